package io.omendb.state.store;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Daemon threads for flushes and compactions, shared by all stores of the JVM that ask for the same
 * number. A store has at most one flush and one compaction queued, so the queue is bounded by the
 * number of stores. Idle threads end.
 */
public final class BackgroundThreads {

  private static final AtomicInteger NEXT_THREAD = new AtomicInteger();
  private static final Map<Integer, Executor> BY_COUNT = new ConcurrentHashMap<>();

  private BackgroundThreads() {}

  /**
   * @param threadCount 0 for half of the processors, but two at least
   */
  public static Executor shared(int threadCount) {
    int count =
        threadCount > 0 ? threadCount : Math.max(2, Runtime.getRuntime().availableProcessors() / 2);
    return BY_COUNT.computeIfAbsent(count, BackgroundThreads::create);
  }

  private static Executor create(int threadCount) {
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
