package io.omendb.state.store;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Daemon threads for flushes and compactions of all stores of the JVM that name no executor of
 * their own. A store has at most one flush and one compaction queued, so the queue is bounded by
 * the number of stores. Idle threads end.
 */
final class BackgroundThreads {

  private static final AtomicInteger NEXT_THREAD = new AtomicInteger();
  private static final Executor SHARED = create();

  private BackgroundThreads() {}

  static Executor shared() {
    return SHARED;
  }

  private static Executor create() {
    int threadCount = Math.max(2, Runtime.getRuntime().availableProcessors() / 2);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "store-background-" + NEXT_THREAD.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
