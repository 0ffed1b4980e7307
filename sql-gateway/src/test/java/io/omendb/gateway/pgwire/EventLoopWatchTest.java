package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLoopWatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = loops.next();
  private final EventLoopWatch watch = new EventLoopWatch();
  private final EventLoopWatch.Activity activity = watch.of(loop);

  EventLoopWatchTest() {
    watch.start();
  }

  @AfterEach
  void close() {
    watch.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Starts a task that lasts until it is told of, and ends it then. */
  private String toldOf(Runnable untilInterrupted) throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    Thread[] thread = new Thread[1];
    loop.execute(
        () -> {
          thread[0] = Thread.currentThread();
          activity.run(untilInterrupted);
          Thread.interrupted();
          over.countDown();
        });
    Awaitility.await().atMost(PATIENCE).until(() -> !watch.holds().isEmpty());
    thread[0].interrupt();
    assertThat(over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(watch.holds()).hasSize(1);
    return watch.holds().get(0);
  }

  @Test
  void tellsOfATaskThatWaits() throws InterruptedException {
    assertThat(toldOf(EventLoopWatchTest::waitForNothing))
        .contains("WAITING")
        .contains("EventLoopWatchTest.waitForNothing");
  }

  private static void waitForNothing() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void tellsOfATaskThatComputes() throws InterruptedException {
    assertThat(toldOf(EventLoopWatchTest::compute)).contains("EventLoopWatchTest.compute");
  }

  private static void compute() {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void tellsOfATaskThatAnIdleOwnerBlocks() throws InterruptedException {
    Object monitor = new Object();
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch letGo = new CountDownLatch(1);
    Thread owner =
        new Thread(
            () -> {
              synchronized (monitor) {
                held.countDown();
                try {
                  letGo.await();
                } catch (InterruptedException ended) {
                  Thread.currentThread().interrupt();
                }
              }
            });
    owner.start();
    held.await();
    loop.execute(() -> activity.run(() -> enter(monitor)));
    Awaitility.await().atMost(PATIENCE).until(() -> !watch.holds().isEmpty());
    letGo.countDown();
    owner.join();
    assertThat(watch.holds().get(0)).contains("BLOCKED").contains("EventLoopWatchTest.enter");
  }

  private static void enter(Object monitor) {
    synchronized (monitor) {
      assertThat(Thread.holdsLock(monitor)).isTrue();
    }
  }

  @Test
  void aSocketsWriteIsNoCallOnAFile() {
    StackTraceElement write = frame("sun.nio.ch.FileDispatcherImpl", "write0");
    assertThat(call(write, frame("sun.nio.ch.FileDispatcherImpl", "write"))).isTrue();
    assertThat(call(write, frame("sun.nio.ch.SocketDispatcher", "write"))).isFalse();
  }

  private static StackTraceElement frame(String type, String method) {
    return new StackTraceElement(type, method, null, -2);
  }

  private static boolean call(StackTraceElement... stack) {
    return EventLoopWatch.isFileCall(stack);
  }

  @Test
  void manyShortTasksAreNoLongOne() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    loop.execute(() -> spin(TimeUnit.MILLISECONDS.toNanos(300), over));
    assertThat(over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(watch.holds()).isEmpty();
  }

  /** Spends so much processor time in tasks of a millisecond. */
  private void spin(long leftNanos, CountDownLatch over) {
    activity.run(
        () -> {
          var threads = ManagementFactory.getThreadMXBean();
          long start = threads.getCurrentThreadCpuTime();
          while (threads.getCurrentThreadCpuTime() - start < 1_000_000) {
            Thread.onSpinWait();
          }
        });
    if (leftNanos <= 0) {
      over.countDown();
    } else {
      loop.execute(() -> spin(leftNanos - 1_000_000, over));
    }
  }

  @Test
  void waitingForTheNextTaskIsNoTask() {
    loop.submit(() -> activity.run(() -> {})).awaitUninterruptibly();
    CountDownLatch ticks = new CountDownLatch(1);
    var unused = loop.schedule(ticks::countDown, 150, TimeUnit.MILLISECONDS);
    Awaitility.await().atMost(PATIENCE).until(() -> ticks.getCount() == 0);
    assertThat(watch.holds()).isEmpty();
  }
}
