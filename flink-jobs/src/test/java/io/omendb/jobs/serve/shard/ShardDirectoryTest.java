package io.omendb.jobs.serve.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.store.EmptyReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers wait for shards whose owners come and go; nobody is lost between two of them. */
class ShardDirectoryTest {

  private static final int SHARD_COUNT = 4;
  private static final int READER_COUNT = 2;
  private static final int OWNER_COUNT = 4_000;

  private final String databaseId = UUID.randomUUID().toString();
  private final ShardDirectory directory = ShardDirectory.of(databaseId, SHARD_COUNT);

  @AfterEach
  void forget() {
    ShardDirectory.forget(databaseId);
  }

  private static SubtaskShards subtask(int first, int last) {
    return new SubtaskShards(new KeyGroupRange(first, last), new EmptyReader());
  }

  @Test
  void whoWaitsForASubtaskThatEndsWaitsForItsSuccessor() {
    SubtaskShards former = subtask(0, SHARD_COUNT - 1);
    directory.attach(former);
    CompletableFuture<@Nullable Void> ready = directory.whenReady(2, 7);
    directory.detach(former);
    assertThat(ready).isNotDone();
    SubtaskShards successor = subtask(2, 3);
    directory.attach(successor);
    successor.advance(6);
    assertThat(ready).isNotDone();
    successor.advance(7);
    assertThat(ready).isCompleted();
  }

  @Test
  void whoGaveUpIsNotKeptWhileNobodyHoldsTheShard() {
    for (int i = 0; i < 100; i++) {
      directory.whenReady(1, 5).cancel(false);
    }
    assertThat(directory.orphanCount()).isLessThanOrEqualTo(1);
  }

  /** What depends on a future may want the lock of another thread that waits for this one. */
  @Test
  void whoIsToldThatTheDatabaseStoppedRunsOutsideOfTheLock() {
    AtomicBoolean told = new AtomicBoolean();
    AtomicBoolean locked = new AtomicBoolean();
    Runnable look =
        () -> {
          told.set(true);
          locked.compareAndSet(false, Thread.holdsLock(directory));
        };
    CompletableFuture<?> waiting =
        directory.whenReady(1, 5).whenComplete((ready, failure) -> look.run());
    ShardDirectory.forget(databaseId);
    assertThat(waiting).isCompletedExceptionally();
    assertThat(told).isTrue();
    SubtaskShards late = subtask(0, SHARD_COUNT - 1);
    directory.attach(late);
    CompletableFuture<?> later =
        directory.whenReady(0, 5).whenComplete((ready, failure) -> look.run());
    directory.detach(late);
    assertThat(later).isCompletedExceptionally();
    assertThat(locked).isFalse();
  }

  /** Two subtasks split the shards, end in either order, and follow each other. */
  @Test
  void nobodyIsLostBetweenTwoOwners() throws Exception {
    Long given = Long.getLong("seed");
    long seed = given != null ? given : new Random().nextLong();
    System.out.println("ShardDirectoryTest: -Dseed=" + seed);
    Random random = new Random(seed);
    AtomicLong csn = new AtomicLong();
    AtomicBoolean ended = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(READER_COUNT);
    List<Future<List<CompletableFuture<?>>>> readers = new ArrayList<>();
    for (int i = 0; i < READER_COUNT; i++) {
      Random ofReader = new Random(random.nextLong());
      readers.add(threads.submit(() -> read(csn, ended, ofReader)));
    }
    for (int i = 0; i < OWNER_COUNT; i++) {
      int cut = random.nextInt(SHARD_COUNT - 1);
      SubtaskShards low = subtask(0, cut);
      SubtaskShards high = subtask(cut + 1, SHARD_COUNT - 1);
      directory.attach(low);
      directory.attach(high);
      for (int step = random.nextInt(4); step > 0; step--) {
        long next = csn.incrementAndGet();
        low.advance(next);
        high.advance(next);
      }
      directory.detach(random.nextBoolean() ? low : high);
      directory.detach(low);
      directory.detach(high);
    }
    ended.set(true);
    List<CompletableFuture<?>> waiting = new ArrayList<>();
    for (Future<List<CompletableFuture<?>>> reader : readers) {
      waiting.addAll(reader.get(60, TimeUnit.SECONDS));
    }
    threads.shutdown();
    SubtaskShards last = subtask(0, SHARD_COUNT - 1);
    directory.attach(last);
    last.advance(Long.MAX_VALUE - 1);
    assertThat(waiting).allMatch(CompletableFuture::isDone);
  }

  private List<CompletableFuture<?>> read(AtomicLong csn, AtomicBoolean ended, Random random) {
    List<CompletableFuture<?>> waiting = new ArrayList<>();
    while (!ended.get()) {
      long wanted = csn.get() + random.nextInt(3);
      waiting.add(directory.whenReady(random.nextInt(SHARD_COUNT), wanted));
      if (waiting.size() > 100) {
        waiting.removeIf(CompletableFuture::isDone);
        Thread.onSpinWait();
      }
    }
    return waiting;
  }
}
