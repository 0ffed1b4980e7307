package io.omendb.jobs.txn;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.txn.LockTable.Mode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/** Who may lock what, and what a grant says of the key's newest commit. */
class LockTableTest {
  private static final long SEED = Long.getLong("seed", 20_261_128L);

  /** More than are forgotten in one go. */
  private static final int LARGE = 10_000;

  private static final int FORGOTTEN_AFTER = 100;

  private static LockKey key(int number) {
    return LockKey.row(1, ByteBuffer.allocate(4).putInt(number).array());
  }

  private static void commit(LockTable table, long csn, int from, int to) {
    LockOwner owner = new LockOwner("commit " + csn);
    for (int i = from; i < to; i++) {
      assertThat(table.tryAcquire(owner, key(i), Mode.EXCLUSIVE)).isNotNegative();
    }
    table.release(owner, csn);
  }

  private static long newestCsn(LockTable table, int number) {
    LockOwner owner = new LockOwner("reader");
    long csn = table.tryAcquire(owner, key(number), Mode.SHARED);
    table.release(owner, 0);
    return csn;
  }

  @Test
  void keysOfALargeCommitAreAllForgotten() {
    LockTable table = new LockTable(1 << 20);
    commit(table, 7, 0, LARGE);
    commit(table, 9, 5, 6);
    assertThat(newestCsn(table, 0)).isEqualTo(7);
    assertThat(newestCsn(table, LARGE - 1)).isEqualTo(7);
    table.forget(6);
    assertThat(table.size()).isEqualTo(LARGE);
    table.forget(7);
    assertThat(table.size()).as("what a later commit wrote").isEqualTo(1);
    assertThat(newestCsn(table, 0)).isZero();
    assertThat(newestCsn(table, 5)).isEqualTo(9);
    table.forget(9);
    assertThat(table.size()).isZero();
    assertThat(table.forgottenBelow()).as("nobody can have missed these").isZero();
  }

  @Test
  void beyondTheBoundTheOldestGoAndSnapshotsBelowThemAreTold() {
    LockTable table = new LockTable(LARGE);
    commit(table, 7, 0, LARGE);
    assertThat(table.forgottenBelow()).isZero();
    commit(table, 9, LARGE, LARGE + 1);
    assertThat(table.forgottenBelow()).isEqualTo(7);
    assertThat(newestCsn(table, LARGE)).isEqualTo(9);
    assertThat(table.size()).isLessThanOrEqualTo(LARGE);
  }

  /** What a grant says is never older than what the same thread saw committed, unless forgotten. */
  @Test
  void writersAndAForgetterAgreeOnEveryKey() throws Exception {
    int keys = 40;
    LockTable table = new LockTable(25);
    AtomicLongArray committed = new AtomicLongArray(keys);
    AtomicLong nextCsn = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> running = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      SplittableRandom random = new SplittableRandom(SEED + t);
      running.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 20_000; i++) {
                  write(table, random, committed, nextCsn);
                }
              }));
    }
    Future<?> forgetter =
        threads.submit(
            () -> {
              while (!running.stream().allMatch(Future::isDone)) {
                table.forget(nextCsn.get() - FORGOTTEN_AFTER);
              }
            });
    for (Future<?> writer : running) {
      writer.get();
    }
    forgetter.get();
    threads.shutdown();
    assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    table.forget(nextCsn.get());
    assertThat(table.size()).as("seed %d", SEED).isZero();
  }

  private static void write(
      LockTable table, SplittableRandom random, AtomicLongArray committed, AtomicLong nextCsn) {
    int number = random.nextInt(committed.length());
    LockOwner owner = new LockOwner("writer");
    long told = table.tryAcquire(owner, key(number), Mode.EXCLUSIVE);
    if (told < 0) {
      table.release(owner, 0);
      return;
    }
    long last = committed.get(number);
    boolean mayBeForgotten =
        last <= nextCsn.get() - FORGOTTEN_AFTER || last <= table.forgottenBelow();
    assertThat(told == last || (told == 0 && mayBeForgotten))
        .as("seed %d: told %d of key %d, committed at %d", SEED, told, number, last)
        .isTrue();
    long csn = nextCsn.incrementAndGet();
    committed.set(number, csn);
    table.release(owner, csn);
  }
}
