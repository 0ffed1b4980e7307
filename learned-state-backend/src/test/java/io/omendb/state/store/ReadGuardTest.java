package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is retired is released when nobody can hold it, all of it, and once. */
class ReadGuardTest {

  private static final int READER_COUNT = 3;
  private static final int THING_COUNT = 4_000;

  /** So that a reader which the processor was taken from holds back few. */
  private static final int RETIRED_MAX = 200;

  private final ReadGuard guard = new ReadGuard();

  /** Something that readers hold, which is of no use any more once it is released. */
  private static final class Thing {
    private final AtomicInteger releaseCount = new AtomicInteger();
  }

  private volatile Thing current = new Thing();
  private volatile boolean ended;

  @Test
  void nothingIsReleasedUnderAReader() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READER_COUNT);
    List<Future<Long>> readers = new ArrayList<>();
    for (int i = 0; i < READER_COUNT; i++) {
      readers.add(threads.submit(this::readUntilEnded));
    }
    List<Thing> former = new ArrayList<>();
    for (int i = 0; i < THING_COUNT; i++) {
      Thing thing = current;
      former.add(thing);
      current = new Thing();
      guard.retire(thing.releaseCount::incrementAndGet);
      while (i % RETIRED_MAX == 0 && !guard.poll()) {
        Thread.onSpinWait();
      }
    }
    ended = true;
    for (Future<Long> reader : readers) {
      assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
    }
    threads.shutdown();
    assertThat(guard.poll()).isTrue();
    assertThat(former).allMatch(thing -> thing.releaseCount.get() == 1);
  }

  private long readUntilEnded() {
    long count = 0;
    do {
      int ticket = guard.enter();
      try {
        Thing thing = current;
        for (int look = 0; look < 3; look++) {
          assertThat(thing.releaseCount).hasValue(0);
        }
      } finally {
        guard.exit(ticket);
      }
      count++;
    } while (!ended);
    return count;
  }

  @Test
  void aReleaseThatIsUnderWayIsNotYetDone() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    Future<?> releasing =
        threads.submit(
            () ->
                guard.retire(
                    () -> {
                      begun.countDown();
                      try {
                        assertThat(mayEnd.await(60, TimeUnit.SECONDS)).isTrue();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                    }));
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(guard.poll()).isFalse();
    mayEnd.countDown();
    releasing.get(60, TimeUnit.SECONDS);
    threads.shutdown();
    assertThat(guard.poll()).isTrue();
  }

  @Test
  void aReleaseThatFailsKeepsNoneOfTheOthers() {
    AtomicInteger released = new AtomicInteger();
    int ticket = guard.enter();
    guard.retire(released::incrementAndGet);
    guard.retire(
        () -> {
          throw new IllegalStateException("cannot be given up");
        });
    guard.retire(released::incrementAndGet);
    guard.exit(ticket);
    assertThatThrownBy(guard::poll).hasMessage("cannot be given up");
    assertThat(released).hasValue(2);
    assertThat(guard.poll()).isTrue();
  }
}
