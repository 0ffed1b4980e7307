package io.omendb.jobs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class MemoryShareTest {
  private static final int KB = 1024;
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private final MemoryShare share = new MemoryShare("TESTS", "test less", 1000 * KB);

  private static void assertOutOfMemory(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY));
  }

  @Test
  void atTheBoundTheErrorSaysHowMuchAndWhatToDo() {
    share.reserve(600 * KB);
    assertThat(share.tryReserve(401 * KB)).isFalse();
    assertOutOfMemory(() -> share.reserve(401 * KB));
    assertThatThrownBy(() -> share.reserve(401 * KB))
        .hasMessageContaining("tests")
        .hasMessageContaining("401 kB")
        .hasMessageContaining("test less");
    assertThat(share.usedBytes()).isEqualTo(600 * KB);
    share.reserve(400 * KB);
    share.release(1000 * KB);
    assertThat(share.usedBytes()).isZero();
    assertThat(share.peakBytes()).isEqualTo(1000 * KB);
    assertThatThrownBy(() -> share.release(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsHeldAnywayCountsBeyondTheBound() {
    share.reserve(900 * KB);
    share.force(300 * KB);
    assertThat(share.usedBytes()).isEqualTo(1200 * KB);
    assertThat(share.peakBytes()).isEqualTo(1200 * KB);
    assertThat(share.tryReserve(1)).isFalse();
    share.release(250 * KB);
    assertThat(share.tryReserve(50 * KB)).isTrue();
    assertThat(share.tryReserve(1)).isFalse();
    share.release(1000 * KB);
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void whoWaitsIsServedInTurn() {
    share.reserve(1000 * KB);
    List<Integer> served = new CopyOnWriteArrayList<>();
    List<Thread> waiting = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int number = i;
      // The first wants more than the others, and still comes first.
      long bytes = i == 0 ? 500L * KB : 100 * KB;
      Thread thread =
          new Thread(
              () -> {
                assertThat(share.await(bytes, 60_000)).isTrue();
                served.add(number);
              });
      thread.start();
      waiting.add(thread);
      Awaitility.await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    }
    share.release(200 * KB);
    assertThat(served).isEmpty();
    share.release(300 * KB);
    Awaitility.await().until(() -> served.equals(List.of(0)));
    for (int i = 1; i < 4; i++) {
      List<Integer> expected = List.of(0, 1, 2, 3).subList(0, i + 1);
      share.release(100 * KB);
      Awaitility.await().until(() -> served.equals(expected));
    }
    assertThat(waiting).allSatisfy(thread -> thread.join(10_000));
    share.release(1000 * KB);
  }

  @Test
  void aWaitEndsWithItsTimeAndWithAnInterrupt() {
    share.reserve(1000 * KB);
    assertThat(share.await(1, 1)).isFalse();
    assertThat(share.await(1001 * KB, 60_000)).as("never to be had").isFalse();
    CompletableFuture<ErrorCode> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                ended.completeExceptionally(new AssertionError(share.await(KB, 60_000)));
              } catch (OmenException e) {
                ended.complete(e.code());
              }
            });
    thread.start();
    Awaitility.await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    thread.interrupt();
    assertThat(ended.join()).isEqualTo(ErrorCode.QUERY_CANCELED);
    share.release(1000 * KB);
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void smallOwnersTakeNothingAndLargeOnesGiveAllBack() {
    MemoryAccount small = new MemoryAccount(share, 900 * KB, "less");
    small.reserve(60 * KB);
    assertThat(share.usedBytes()).isZero();
    MemoryAccount large = new MemoryAccount(share, 900 * KB, "less");
    large.reserve(500 * KB);
    assertThat(share.usedBytes()).isGreaterThanOrEqualTo(500 * KB - MemoryAccount.FREE_BYTES);
    assertThat(large.tryReserve(401 * KB)).as("beyond its own bound").isFalse();
    assertThatThrownBy(() -> large.reserve(401 * KB)).hasMessageContaining("less");
    large.release(490 * KB);
    assertThat(share.usedBytes()).isZero();
    large.reserve(300 * KB);
    large.releaseAll();
    assertThat(share.usedBytes()).isZero();
    large.reserve(300 * KB);
    large.close();
    large.close();
    small.close();
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void whoHoldsMemoryDoesNotWaitForMore() {
    MemoryAccount holder = new MemoryAccount(share, 10_000 * KB, "less");
    MemoryAccount other = new MemoryAccount(share, 10_000 * KB, "less");
    holder.reserve(500 * KB);
    other.reserve(500 * KB);
    // Both want more than there is: neither waits for the other.
    assertOutOfMemory(() -> holder.reserve(500 * KB));
    assertOutOfMemory(() -> other.reserve(500 * KB));
    holder.close();
    other.reserve(400 * KB);
    other.close();
    assertThat(share.usedBytes()).isZero();
  }

  /** Owners take and give back at random: the share is never exceeded, and empty at the end. */
  @Test
  void manyOwnersAtRandom() throws InterruptedException {
    System.out.println("seed " + SEED);
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Random random = new Random(SEED + i);
      Thread thread =
          new Thread(
              () -> {
                for (int round = 0; round < 200; round++) {
                  try (MemoryAccount account = new MemoryAccount(share, 700 * KB, "less")) {
                    for (int step = 0; step < 10; step++) {
                      account.reserve(1 + random.nextInt(90 * KB));
                      account.release(random.nextInt((int) account.bytes() + 1));
                    }
                  } catch (OmenException e) {
                    if (e.code() != ErrorCode.OUT_OF_MEMORY) {
                      failures.add(e);
                    }
                  } catch (RuntimeException e) {
                    failures.add(e);
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(share.usedBytes()).isZero();
    assertThat(share.peakBytes()).isLessThanOrEqualTo(share.bytesMax());
  }

  @Test
  void theSharesOfEveryHeapFitIntoIt() {
    for (long heapMb : new long[] {64, 256, 512, 768, 1500, 4096, 32_768}) {
      MemoryBudget budget = MemoryBudget.ofHeap(heapMb << 20);
      long sum = 0;
      for (MemoryBudget.Kind kind : MemoryBudget.Kind.values()) {
        sum += budget.share(kind).bytesMax();
      }
      assertThat(sum).isPositive().isLessThanOrEqualTo(budget.bytesMax());
      assertThat(budget.bytesMax()).isLessThan((heapMb << 20) * 71 / 100);
    }
  }
}
