package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.CoordinatedTransactionTest.assertFails;
import static io.omendb.jobs.txn.CoordinatedTransactionTest.get;
import static io.omendb.jobs.txn.CoordinatedTransactionTest.scan;
import static io.omendb.jobs.txn.TestDatabase.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inserting where there is no row, as ON CONFLICT DO NOTHING does, beside others that write. */
class InsertIfAbsentTest {
  @TempDir static Path directories = Path.of("unset");
  private static int number;

  private final TestDatabase db;
  private final TableSchema table;

  InsertIfAbsentTest() throws IOException {
    db = new TestDatabase(directories.resolve("absent" + number++));
    table = db.createTable("t");
  }

  @AfterEach
  void close() throws IOException {
    Awaitility.await().untilAsserted(() -> assertThat(db.coordinator.locks().size()).isZero());
    db.close();
  }

  private void committed(long id, String value) {
    try (Transaction transaction = db.database.begin()) {
      transaction.insert(table, row(id, value));
      transaction.commit().join();
    }
  }

  private void deleted(long id) {
    try (Transaction transaction = db.database.begin()) {
      transaction.delete(table, get(transaction, table, id));
      transaction.commit().join();
    }
  }

  private List<String> rows() {
    try (Transaction transaction = db.database.begin()) {
      return scan(transaction, table, KeyRange.ALL);
    }
  }

  private CompletableFuture<Boolean> insertLater(Transaction transaction, long id) {
    CompletableFuture<Boolean> inserting =
        CompletableFuture.supplyAsync(
            () -> transaction.insertIfAbsent(table, row(id, "later"), false));
    Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
    return inserting;
  }

  @Test
  void ownRowsCount() {
    try (Transaction transaction = db.database.begin()) {
      assertThat(transaction.insertIfAbsent(table, row(1, "a"), true)).isTrue();
      assertThat(transaction.insertIfAbsent(table, row(1, "b"), true)).isFalse();
      transaction.delete(table, get(transaction, table, 1));
      assertThat(transaction.insertIfAbsent(table, row(1, "c"), true)).isTrue();
      transaction.commit().join();
    }
    assertThat(rows()).containsExactly("1=c");
  }

  @Test
  void aRowCommittedSinceTheSnapshotIsSkippedOrAConflict() {
    try (Transaction lenient = db.database.begin();
        Transaction strict = db.database.begin()) {
      committed(1, "first");
      assertThat(lenient.insertIfAbsent(table, row(1, "second"), false)).isFalse();
      assertThat(lenient.insertIfAbsent(table, row(2, "other"), false)).isTrue();
      lenient.commit().join();
      assertFails(
          ErrorCode.SERIALIZATION_FAILURE,
          () -> strict.insertIfAbsent(table, row(1, "third"), true));
    }
    assertThat(rows()).containsExactly("1=first", "2=other");
  }

  @Test
  void aRowDeletedSinceTheSnapshotIsNoRow() {
    committed(1, "old");
    try (Transaction lenient = db.database.begin();
        Transaction strict = db.database.begin()) {
      deleted(1);
      assertFails(
          ErrorCode.SERIALIZATION_FAILURE, () -> strict.insertIfAbsent(table, row(1, "x"), true));
      strict.rollback();
      assertThat(lenient.insertIfAbsent(table, row(1, "new"), false)).isTrue();
      lenient.commit().join();
    }
    assertThat(rows()).containsExactly("1=new");
  }

  @Test
  void whoeverIsInsertingIsWaitedForAndSkippedIfHeCommits() throws Exception {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.insert(table, row(1, "first"));
      CompletableFuture<Boolean> inserting = insertLater(second, 1);
      first.commit().join();
      assertThat(inserting.get(10, TimeUnit.SECONDS)).isFalse();
      second.commit().join();
    }
    assertThat(rows()).containsExactly("1=first");
  }

  @Test
  void whoeverIsInsertingIsWaitedForAndReplacedIfHeRollsBack() throws Exception {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.insert(table, row(1, "first"));
      CompletableFuture<Boolean> inserting = insertLater(second, 1);
      first.rollback();
      assertThat(inserting.get(10, TimeUnit.SECONDS)).isTrue();
      second.commit().join();
    }
    assertThat(rows()).containsExactly("1=later");
  }

  @Test
  void skippedRowsStayFreeForOthers() {
    committed(1, "a");
    committed(2, "b");
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      // In opposite orders: with locks kept each would wait for the other.
      for (long id : new long[] {1, 2}) {
        assertThat(first.insertIfAbsent(table, row(id, "x"), false)).isFalse();
        assertThat(second.insertIfAbsent(table, row(3 - id, "x"), false)).isFalse();
      }
      second.update(table, get(second, table, 1), row(1, "changed"));
      second.commit().join();
    }
    assertThat(rows()).containsExactly("1=changed", "2=b");
  }

  @Test
  void aLockThatWasHeldBeforeIsKept() {
    committed(1, "a");
    try (Transaction holder = db.database.begin();
        Transaction other = db.database.begin()) {
      holder.tryLockForUpdate(table, get(holder, table, 1));
      assertThat(holder.insertIfAbsent(table, row(1, "x"), false)).isFalse();
      assertThat(other.tryLockForUpdate(table, get(other, table, 1))).isFalse();
    }
  }

  @Test
  void everyKeyIsInsertedOnceByManyTransactions() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    int keys = 60;
    int clients = 6;
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<Long>> inserted = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        Random random = new Random(seed + client);
        inserted.add(threads.submit(() -> insertAll(random, keys)));
      }
      long sum = 0;
      for (Future<Long> count : inserted) {
        sum += count.get(60, TimeUnit.SECONDS);
      }
      assertThat(rows()).as("seed %d", seed).hasSize(keys);
      assertThat(sum).as("seed %d", seed).isEqualTo(keys);
    } finally {
      threads.shutdownNow();
    }
  }

  /** Small transactions over ascending keys, so that none can deadlock; some roll back. */
  private long insertAll(Random random, int keys) {
    long inserted = 0;
    long next = 0;
    while (next < keys) {
      int size = 1 + random.nextInt(5);
      try (Transaction transaction = db.database.begin()) {
        long mine = 0;
        for (long id = next; id < Math.min(keys, next + size); id++) {
          mine += transaction.insertIfAbsent(table, row(id, "v"), false) ? 1 : 0;
        }
        if (random.nextInt(4) == 0) {
          continue;
        }
        transaction.commit().join();
        inserted += mine;
        next += size;
      } catch (OmenException unexpected) {
        throw new AssertionError(unexpected.code() + ": " + unexpected.getMessage(), unexpected);
      }
    }
    return inserted;
  }
}
