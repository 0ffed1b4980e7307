package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.CoordinatedTransactionTest.assertFails;
import static io.omendb.jobs.txn.CoordinatedTransactionTest.get;
import static io.omendb.jobs.txn.TestDatabase.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A transaction's own bound on its waits for locks. */
class LockTimeoutTest {
  @TempDir static Path directories = Path.of("unset");
  private static int number;

  private final TestDatabase db;
  private final TableSchema table;

  LockTimeoutTest() throws IOException {
    db = new TestDatabase(directories.resolve("timeout" + number++));
    table = db.createTable("t");
  }

  @AfterEach
  void close() throws IOException {
    db.close();
  }

  @Test
  void endsAWaitForARow() {
    try (Transaction holder = db.database.begin();
        Transaction waiter = db.database.begin()) {
      holder.insert(table, row(1, "a"));
      waiter.limitLockWaits(20);
      assertFails(ErrorCode.LOCK_NOT_AVAILABLE, () -> waiter.insert(table, row(1, "b")));
      assertThat(db.coordinator.locks().waitingCount()).isZero();
    }
  }

  @Test
  void endsAWaitForATableOfEveryKindOfAccess() {
    try (Transaction holder = db.database.begin()) {
      holder.dropTable(table);
      try (Transaction scanner = db.database.begin()) {
        scanner.limitLockWaits(20);
        assertFails(ErrorCode.LOCK_NOT_AVAILABLE, () -> scanner.scan(table, KeyRange.ALL).close());
      }
      try (Transaction dropper = db.database.begin()) {
        dropper.limitLockWaits(20);
        assertFails(ErrorCode.LOCK_NOT_AVAILABLE, () -> dropper.dropTable(table));
      }
      try (Transaction reader = db.database.begin()) {
        reader.limitLockWaits(20);
        assertFails(
            ErrorCode.LOCK_NOT_AVAILABLE, () -> Waits.await(reader.get(table, List.of(1L))));
      }
      assertThat(db.coordinator.locks().waitingCount()).isZero();
    }
  }

  @Test
  void aLockThatIsGrantedInTimeIsKept() {
    try (Transaction holder = db.database.begin();
        Transaction waiter = db.database.begin()) {
      holder.dropTable(table);
      waiter.limitLockWaits(60_000);
      CompletableFuture<StoredRow> read = waiter.get(table, List.of(1L));
      assertThat(read).isNotDone();
      holder.rollback();
      assertThat(read.join()).isNull();
      try (Transaction other = db.database.begin()) {
        other.limitLockWaits(20);
        assertFails(ErrorCode.LOCK_NOT_AVAILABLE, () -> other.dropTable(table));
      }
    }
  }

  @Test
  void zeroIsNoBound() {
    try (Transaction first = db.database.begin();
        Transaction second = db.database.begin()) {
      first.insert(table, row(1, "a"));
      second.limitLockWaits(20);
      second.limitLockWaits(0);
      CompletableFuture<Void> waiting =
          CompletableFuture.runAsync(() -> second.insert(table, row(1, "b")));
      org.awaitility.Awaitility.await().until(() -> db.coordinator.locks().waitingCount() == 1);
      first.rollback();
      waiting.join();
      assertThat(get(second, table, 1).row().getString(1)).hasToString("b");
    }
  }

  @Test
  void whatATransactionMayDoAtOnceTakesNoLockThatIsTaken() {
    try (Transaction holder = db.database.begin();
        Transaction other = db.database.begin()) {
      holder.insert(table, row(1, "a"));
      assertThat(other.tryLockForInsert(table, row(1, "b"))).isFalse();
      assertThat(other.tryGet(table, List.of(1L))).isEqualTo(new Transaction.Found(null));
      holder.rollback();
      assertThat(other.tryLockForInsert(table, row(1, "b"))).isTrue();
      other.insert(table, row(1, "b"));
      try (Transaction ddl = db.database.begin()) {
        ddl.limitLockWaits(20);
        assertFails(ErrorCode.LOCK_NOT_AVAILABLE, () -> ddl.truncateTable(table));
      }
    }
    try (Transaction ddl = db.database.begin();
        Transaction reader = db.database.begin()) {
      ddl.truncateTable(table);
      assertThat(reader.tryGet(table, List.of(1L))).isNull();
    }
  }
}
