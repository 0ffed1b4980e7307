package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.TestDatabase.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoordinatedTransactionTest {
  @TempDir static Path directories = Path.of("unset");
  private static int number;

  private TestDatabase db;
  private TableSchema table;

  CoordinatedTransactionTest() throws IOException {
    db = new TestDatabase(directories.resolve("db" + number++));
    table = db.createTable("t");
  }

  @BeforeEach
  void fill() {
    try (Transaction transaction = db.database.begin()) {
      for (long id = -5; id < 5; id++) {
        transaction.insert(table, row(id, "v" + id));
      }
      transaction.commit().join();
    }
  }

  @AfterEach
  void close() throws IOException {
    db.close();
  }

  static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(OmenException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  static StoredRow get(Transaction transaction, TableSchema table, long id) {
    return Objects.requireNonNull(transaction.get(table, List.of(id)).join());
  }

  static List<String> scan(Transaction transaction, TableSchema table, KeyRange range) {
    List<String> found = new ArrayList<>();
    try (RowCursor cursor = transaction.scan(table, range)) {
      while (cursor.next()) {
        var row = cursor.current().row();
        found.add(row.getLong(0) + "=" + (row.isNullAt(1) ? "null" : row.getString(1)));
      }
    }
    return found;
  }

  @Test
  void readsSeeTheSnapshotAndOwnWritesInKeyOrder() {
    try (Transaction transaction = db.database.begin()) {
      transaction.delete(table, get(transaction, table, -5));
      transaction.update(table, get(transaction, table, 0), row(0, "changed"));
      transaction.update(table, get(transaction, table, 4), row(40, "moved"));
      transaction.insert(table, row(7, null));
      assertThat(scan(transaction, table, KeyRange.ALL))
          .containsExactly(
              "-4=v-4",
              "-3=v-3",
              "-2=v-2",
              "-1=v-1",
              "0=changed",
              "1=v1",
              "2=v2",
              "3=v3",
              "7=null",
              "40=moved");
      assertThat(scan(transaction, table, new KeyRange(List.of(), -2L, false, 1L, true)))
          .containsExactly("-1=v-1", "0=changed", "1=v1");
      assertThat(scan(transaction, table, new KeyRange(List.of(40L), null, false, null, false)))
          .containsExactly("40=moved");
      assertThat(transaction.get(table, List.of(4L)).join()).isNull();
      try (Transaction other = db.database.begin()) {
        assertThat(scan(other, table, KeyRange.ALL)).hasSize(10).contains("4=v4", "0=v0");
      }
      transaction.commit().join();
    }
    try (Transaction after = db.database.begin()) {
      assertThat(scan(after, table, KeyRange.ALL)).hasSize(10).contains("40=moved", "0=changed");
    }
  }

  @Test
  void aRestartSeesWhatWasCommittedAndKeepsItsLocks() {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin();
        Transaction third = db.database.begin()) {
      StoredRow seenBySecond = get(second, table, 1);
      StoredRow seenByThird = get(third, table, 1);
      first.update(table, get(first, table, 1), row(1, "first"));
      first.commit().join();
      second.insert(table, row(50, "dropped by the restart"));
      assertFails(
          ErrorCode.SERIALIZATION_FAILURE,
          () -> second.update(table, seenBySecond, row(1, "second")));
      assertThat(second.restart()).isTrue();
      assertThat(second.hasWrites()).isFalse();
      assertThat(third.tryLockForUpdate(table, seenByThird)).as("second holds the row").isFalse();
      StoredRow again = get(second, table, 1);
      assertThat(again.row().getString(1)).hasToString("first");
      second.update(table, again, row(1, "second"));
      second.commit().join();
      assertThat(second.restart()).as("after the end").isFalse();
    }
    try (Transaction after = db.database.begin()) {
      assertThat(scan(after, table, KeyRange.ALL)).hasSize(10).contains("1=second");
    }
  }

  @Test
  void aLockThatTakesWaitingIsNotTriedFor() {
    try (Transaction holder = db.database.begin();
        Transaction other = db.database.begin()) {
      StoredRow seen = get(other, table, 2);
      assertThat(other.tryLockForUpdate(table, get(other, table, 3))).isTrue();
      holder.update(table, get(holder, table, 2), row(2, "held"));
      holder.insert(table, row(60, "new"));
      assertThat(other.tryLockForUpdate(table, seen)).as("held").isFalse();
      assertThat(other.tryLockForInsert(table, row(60, "mine"))).as("held").isFalse();
      holder.commit().join();
      assertThat(other.tryLockForUpdate(table, seen)).as("newer than the snapshot").isFalse();
      assertThat(other.tryLockForInsert(table, row(60, "mine"))).as("newer").isFalse();
      assertThat(other.tryLockForInsert(table, row(61, "mine"))).isTrue();
      other.insert(table, row(61, "mine"));
      other.commit().join();
    }
  }

  @Test
  void duplicateKeysAreRefusedAgainstOwnStoredAndNewerRows() {
    try (Transaction transaction = db.database.begin()) {
      assertFails(ErrorCode.UNIQUE_VIOLATION, () -> transaction.insert(table, row(3, "x")));
      assertFails(
          ErrorCode.IN_FAILED_SQL_TRANSACTION, () -> transaction.insert(table, row(9, "x")));
    }
    try (Transaction transaction = db.database.begin()) {
      transaction.insert(table, row(9, "x"));
      assertFails(ErrorCode.UNIQUE_VIOLATION, () -> transaction.insert(table, row(9, "y")));
    }
    try (Transaction early = db.database.begin();
        Transaction late = db.database.begin()) {
      late.insert(table, row(9, "x"));
      late.commit().join();
      assertFails(ErrorCode.UNIQUE_VIOLATION, () -> early.insert(table, row(9, "y")));
    }
    try (Transaction transaction = db.database.begin()) {
      transaction.delete(table, get(transaction, table, 9));
      transaction.insert(table, row(9, "again"));
      transaction.delete(table, get(transaction, table, 9));
      transaction.commit().join();
    }
    try (Transaction transaction = db.database.begin()) {
      assertThat(transaction.get(table, List.of(9L)).join()).isNull();
    }
  }

  @Test
  void theFirstWriterWins() {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      StoredRow seen = get(second, table, 1);
      first.update(table, get(first, table, 1), row(1, "first"));
      CompletableFuture<Void> waits =
          CompletableFuture.runAsync(() -> second.update(table, seen, row(1, "second")));
      Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      first.commit().join();
      assertThatThrownBy(waits::join)
          .cause()
          .isInstanceOfSatisfying(
              OmenException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILURE));
    }
    try (Transaction third = db.database.begin()) {
      assertThat(get(third, table, 1).row().getString(1)).hasToString("first");
    }
  }

  @Test
  void afterARollbackTheWaiterGoesOn() {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.update(table, get(first, table, 1), row(1, "first"));
      CompletableFuture<Void> waits =
          CompletableFuture.runAsync(
              () -> second.update(table, get(second, table, 1), row(1, "second")));
      Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      first.rollback();
      waits.join();
      second.commit().join();
    }
    try (Transaction third = db.database.begin()) {
      assertThat(get(third, table, 1).row().getString(1)).hasToString("second");
    }
  }

  @Test
  void aDeadlockEndsOneOfTwo() {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.delete(table, get(first, table, 1));
      second.delete(table, get(second, table, 2));
      CompletableFuture<Void> waits =
          CompletableFuture.runAsync(() -> first.delete(table, get(first, table, 2)));
      Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      assertFails(ErrorCode.DEADLOCK_DETECTED, () -> second.delete(table, get(second, table, 1)));
      second.rollback();
      waits.join();
      first.commit().join();
    }
  }

  @Test
  void anInterruptEndsTheWaitAndNothingElse() throws Exception {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.delete(table, get(first, table, 1));
      CompletableFuture<ErrorCode> code = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  second.delete(table, get(second, table, 1));
                } catch (OmenException e) {
                  code.complete(e.code());
                }
              });
      thread.start();
      Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      thread.interrupt();
      assertThat(code.get()).isEqualTo(ErrorCode.QUERY_CANCELED);
      thread.join();
      assertThat(db.coordinator.locks().waitingCount()).isZero();
    }
  }

  @Test
  void rowsWithoutAKeyGetOneAtCommit() {
    TableSchema log = db.createTable("log", false);
    try (Transaction transaction = db.database.begin()) {
      transaction.insert(log, row(1, "a"));
      transaction.insert(log, row(1, "a"));
      transaction.insert(log, row(2, "b"));
      assertThat(scan(transaction, log, KeyRange.ALL)).containsExactly("1=a", "1=a", "2=b");
      try (RowCursor cursor = transaction.scan(log, KeyRange.ALL)) {
        assertThat(cursor.next()).isTrue();
        StoredRow first = cursor.current();
        transaction.delete(log, first);
      }
      transaction.commit().join();
    }
    try (Transaction transaction = db.database.begin()) {
      List<StoredRow> rows = new ArrayList<>();
      try (RowCursor cursor = transaction.scan(log, KeyRange.ALL)) {
        while (cursor.next()) {
          rows.add(cursor.current());
        }
      }
      assertThat(rows).hasSize(2);
      transaction.update(log, rows.get(0), row(8, "changed"));
      transaction.delete(log, rows.get(1));
      assertThat(scan(transaction, log, KeyRange.ALL)).containsExactly("8=changed");
      transaction.commit().join();
    }
    try (Transaction transaction = db.database.begin()) {
      assertThat(scan(transaction, log, KeyRange.ALL)).containsExactly("8=changed");
    }
  }

  @Test
  void ddlIsTransactional() {
    TableSchema inside;
    try (Transaction transaction = db.database.begin()) {
      inside = transaction.createTable(TestDatabase.definition("u", true));
      transaction.insert(inside, row(1, "a"));
      assertThat(transaction.catalog().table("public", "u")).contains(inside);
      assertThat(transaction.catalog().version()).isNegative();
      assertThat(db.database.catalog().table("public", "u")).isEmpty();
      transaction.rollback();
    }
    try (Transaction transaction = db.database.begin()) {
      TableSchema created = transaction.createTable(TestDatabase.definition("u", true));
      assertThat(created.tableId()).isGreaterThan(inside.tableId());
      transaction.insert(created, row(1, "a"));
      assertThat(scan(transaction, created, KeyRange.ALL)).containsExactly("1=a");
      transaction.truncateTable(table);
      TableSchema replaced = transaction.catalog().table("public", "t").orElseThrow();
      assertThat(replaced.tableId()).isNotEqualTo(table.tableId());
      assertThat(scan(transaction, replaced, KeyRange.ALL)).isEmpty();
      transaction.insert(replaced, row(100, "new"));
      transaction.commit().join();
    }
    try (Transaction transaction = db.database.begin()) {
      TableSchema t = transaction.catalog().table("public", "t").orElseThrow();
      assertThat(scan(transaction, t, KeyRange.ALL)).containsExactly("100=new");
      assertFails(ErrorCode.UNDEFINED_TABLE, () -> transaction.scan(table, KeyRange.ALL));
    }
    try (Transaction transaction = db.database.begin()) {
      TableSchema t = transaction.catalog().table("public", "t").orElseThrow();
      transaction.dropTable(t);
      TableSchema again = transaction.createTable(TestDatabase.definition("t", true));
      transaction.insert(again, row(5, "again"));
      transaction.commit().join();
    }
    assertThat(db.database.catalog().tables()).hasSize(2);
  }

  @Test
  void ddlWaitsForOpenTransactionsAndTheySeeNoHalf() {
    try (Transaction reader = db.database.begin();
        Transaction late = db.database.begin()) {
      assertThat(scan(reader, table, KeyRange.ALL)).hasSize(10);
      CompletableFuture<Long> dropped =
          CompletableFuture.supplyAsync(
              () -> {
                try (Transaction ddl = db.database.begin()) {
                  ddl.dropTable(table);
                  return ddl.commit().join();
                }
              });
      Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      CompletableFuture<?> behind = late.get(table, List.of(1L));
      assertThat(behind).isNotDone();
      assertThat(scan(reader, table, KeyRange.ALL)).hasSize(10);
      reader.rollback();
      assertThat(dropped.join()).isPositive();
      assertThatThrownBy(behind::join)
          .cause()
          .isInstanceOfSatisfying(
              OmenException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILURE));
    }
  }

  @Test
  void twoCreatorsOfOneName() {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.createTable(TestDatabase.definition("n", true));
      CompletableFuture<TableSchema> waits =
          CompletableFuture.supplyAsync(
              () -> second.createTable(TestDatabase.definition("n", true)));
      Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      first.commit().join();
      assertThatThrownBy(waits::join)
          .cause()
          .isInstanceOfSatisfying(
              OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DUPLICATE_TABLE));
    }
  }

  @Test
  void aLeaseHoldsTableAndSnapshotBeyondItsTransaction() {
    SnapshotLease lease;
    try (Transaction transaction = db.database.begin()) {
      transaction.insert(table, row(77, "own"));
      lease = transaction.lease(List.of(table));
      assertThat(((TestDatabase.Lease) lease).ownWrites())
          .hasSize(1)
          .allSatisfy(change -> assertThat(change).isInstanceOf(RowChange.class));
      assertThat(lease.csn()).isEqualTo(transaction.snapshot());
    }
    CompletableFuture<Long> dropped =
        CompletableFuture.supplyAsync(
            () -> {
              try (Transaction ddl = db.database.begin()) {
                ddl.dropTable(table);
                return ddl.commit().join();
              }
            });
    Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
    assertThat(dropped).isNotDone();
    lease.close();
    lease.close();
    dropped.join();
    assertThat(db.coordinator.activeSnapshots()).isZero();
  }

  @Test
  void allTransactionsTogetherAreBounded() throws IOException {
    Path directory = directories.resolve("bounded" + number++);
    MemoryShare memory = new MemoryShare("TRANSACTIONS", "commit earlier", 1 << 20);
    CoordinatorOptions options =
        CoordinatorOptions.defaults().withCuts(0, 0).withTransactionMemory(memory);
    try (TestDatabase small = new TestDatabase(directory, options, FileCommitLogOptions.DEFAULT)) {
      TableSchema t = small.createTable("t");
      List<Transaction> open = new ArrayList<>();
      int refused = 0;
      for (int i = 0; i < 20; i++) {
        Transaction transaction = small.database.begin();
        open.add(transaction);
        try {
          for (long id = 0; id < 400; id++) {
            transaction.insert(t, row(1000L * i + id, "some text"));
          }
        } catch (OmenException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
          assertThat(e).hasMessageContaining("commit earlier");
          refused++;
          assertFails(
              ErrorCode.IN_FAILED_SQL_TRANSACTION, () -> scan(transaction, t, KeyRange.ALL));
        }
      }
      assertThat(refused).isPositive();
      assertThat(memory.usedBytes()).isPositive().isLessThanOrEqualTo(memory.bytesMax());
      open.forEach(Transaction::rollback);
      assertThat(memory.usedBytes()).isZero();
      try (Transaction transaction = small.database.begin()) {
        for (long id = 0; id < 400; id++) {
          transaction.insert(t, row(id, "some text"));
        }
        assertThat(scan(transaction, t, KeyRange.ALL)).hasSize(400);
        transaction.commit().join();
      }
      assertThat(memory.usedBytes()).isZero();
    }
  }

  /** One whose transactions are counted there, and that makes no cuts. */
  private TestDatabase databaseWith(MemoryShare memory) throws IOException {
    return new TestDatabase(
        directories.resolve("counted" + number++),
        CoordinatorOptions.defaults().withCuts(0, 0).withTransactionMemory(memory),
        FileCommitLogOptions.DEFAULT);
  }

  /** What is on the heap, once collecting finds nothing more. */
  private static long heldBytes() {
    Runtime runtime = Runtime.getRuntime();
    long before = Long.MAX_VALUE;
    while (true) {
      System.gc();
      long held = runtime.totalMemory() - runtime.freeMemory();
      if (held > before - 100_000) {
        return held;
      }
      before = held;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsCountedIsWhatATransactionHolds(boolean keyed) throws IOException {
    MemoryShare memory = new MemoryShare("TRANSACTIONS", "commit earlier", 1 << 30);
    try (TestDatabase counted = databaseWith(memory)) {
      TableSchema t = counted.createTable("t", keyed);
      long held = 0;
      long charged = 0;
      // What tests before have left may go meanwhile: such a round says nothing.
      for (int round = 0; round < 6 && !isAbout(charged, held); round++) {
        try (Transaction transaction = counted.database.begin()) {
          transaction.insert(t, row(-1, "the table's lock and codec are there"));
          long before = heldBytes();
          for (long id = 0; id < 100_000; id++) {
            transaction.insert(t, row(id, "a row of some forty bytes of text or so"));
          }
          held = heldBytes() - before;
          charged = memory.usedBytes();
        }
      }
      assertThat(isAbout(charged, held)).as("charged %d, held %d", charged, held).isTrue();
    }
  }

  private static boolean isAbout(long charged, long held) {
    return held > 0 && charged >= held * 9 / 10 && charged <= held * 3 / 2;
  }

  @Test
  void rowsThatAreWrittenAgainAreCountedOnce() throws IOException {
    MemoryShare memory = new MemoryShare("TRANSACTIONS", "commit earlier", 1 << 20);
    try (TestDatabase small = databaseWith(memory)) {
      TableSchema t = small.createTable("t");
      try (Transaction transaction = small.database.begin()) {
        for (int i = 0; i < 100; i++) {
          for (long id = 0; id < 400; id++) {
            transaction.insert(t, row(id, "some text"));
          }
          for (long id = 0; id < 400; id++) {
            transaction.update(t, get(transaction, t, id), row(id, "some other text"));
            transaction.delete(t, get(transaction, t, id));
          }
        }
        assertThat(transaction.hasWrites()).isFalse();
        assertThat(scan(transaction, t, KeyRange.ALL)).isEmpty();
        // The locks of 400 keys.
        assertThat(memory.usedBytes()).isLessThan(100_000);
      }
    }
  }

  @Test
  void aLargeCommitIsCountedUntilTheShardsHaveItAndOthersWaitForThat() throws Exception {
    MemoryShare memory = new MemoryShare("TRANSACTIONS", "commit earlier", 8 << 20);
    try (TestDatabase small = databaseWith(memory)) {
      TableSchema t = small.createTable("t");
      String text = "x".repeat(1000);
      long csn;
      try (Transaction transaction = small.database.begin()) {
        for (long id = 0; id < 5000; id++) {
          transaction.insert(t, row(id, text));
        }
        csn = transaction.commit().join();
      }
      assertThat(memory.usedBytes()).isBetween(5_000_000L, 7_000_000L);
      CompletableFuture<Void> written = new CompletableFuture<>();
      Thread writer =
          new Thread(
              () -> {
                try (Transaction transaction = small.database.begin()) {
                  for (long id = 0; id < 5000; id++) {
                    transaction.insert(t, row(10_000 + id, text));
                  }
                  written.complete(null);
                } catch (OmenException e) {
                  written.completeExceptionally(e);
                }
              });
      writer.start();
      Awaitility.await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);
      assertThat(memory.usedBytes()).isLessThanOrEqualTo(memory.bytesMax());
      small.coordinator.sent(csn);
      written.get(60, TimeUnit.SECONDS);
      writer.join();
      assertThat(memory.usedBytes()).isZero();
    }
  }

  @Test
  void lockTimeout() throws IOException {
    CoordinatorOptions options = CoordinatorOptions.defaults().withCuts(0, 0).withLockTimeoutMs(30);
    try (TestDatabase other =
        new TestDatabase(
            directories.resolve("timeout" + number++), options, FileCommitLogOptions.DEFAULT)) {
      TableSchema t = other.createTable("t");
      try (Transaction first = other.database.begin();
          Transaction second = other.database.begin()) {
        first.insert(t, row(1, "a"));
        assertFails(ErrorCode.LOCK_NOT_AVAILABLE, () -> second.insert(t, row(1, "b")));
      }
    }
  }

  @Test
  void nothingStaysLockedOrRemembered() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(db.coordinator.locks().size()).isZero());
    assertThat(db.coordinator.activeSnapshots()).isZero();
    assertThat(db.coordinator.writeBytes()).isZero();
  }
}
