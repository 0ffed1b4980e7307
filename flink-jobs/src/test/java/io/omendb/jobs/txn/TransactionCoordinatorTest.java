package io.omendb.jobs.txn;

import static io.omendb.jobs.txn.CoordinatedTransactionTest.assertFails;
import static io.omendb.jobs.txn.TestDatabase.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.FaultyFiles;
import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogReader;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionCoordinatorTest {
  private static final CoordinatorOptions OPTIONS = CoordinatorOptions.defaults().withCuts(0, 0);
  private static final FileCommitLogOptions SMALL_SEGMENTS =
      FileCommitLogOptions.DEFAULT.withSegmentBytes(300).withPreallocateBytes(0);

  @TempDir Path directory = Path.of("unset");

  private static List<LogRecord> records(FileCommitLog log) throws IOException {
    List<LogRecord> records = new ArrayList<>();
    try (LogReader reader = log.read(log.beginPosition())) {
      for (LogRecord record = reader.poll(); record != null; record = reader.poll()) {
        records.add(record);
      }
    }
    return records;
  }

  private static void insert(TestDatabase db, TableSchema table, long id) {
    try (Transaction transaction = db.database.begin()) {
      transaction.insert(table, row(id, "v" + id));
      Waits.await(transaction.commit());
    }
  }

  @Test
  void anUnresolvedCutIsFoundAndNoSecondOneIsMade() throws IOException {
    long cut;
    int tableId;
    try (TestDatabase db = new TestDatabase(directory)) {
      assertThat(db.database.requestCut()).isZero();
      TableSchema table = db.createTable("t");
      tableId = table.tableId();
      insert(db, table, 1);
      cut = db.database.requestCut();
      assertThat(cut).isEqualTo(db.database.durableCsn());
      assertThat(db.database.lakeCsn(tableId)).isEqualTo(-1);
      assertThat(db.database.requestCut()).isEqualTo(cut);
      insert(db, table, 2);
      assertThat(db.database.requestCut()).isEqualTo(db.database.durableCsn());
    }
    try (TestDatabase db = new TestDatabase(directory)) {
      LogState state = db.coordinator.stateCopy();
      assertThat(state.lastCutCsn()).isEqualTo(cut);
      assertThat(state.outstandingCuts()).containsOnlyKeys(tableId);
      db.coordinator.lakePublished(tableId, cut, 99, "file").join();
      db.coordinator.lakePublished(tableId, cut, 99, "file").join();
      assertThat(db.database.lakeCsn(tableId)).isEqualTo(cut);
      long next = db.database.requestCut();
      assertThat(next).isGreaterThan(cut);
      db.coordinator.lakePublished(tableId, next, 100, "file2").join();
      assertThat(db.database.requestCut()).isEqualTo(next);
      assertThat(records(db.log).stream().filter(r -> r instanceof LogRecord.LakePublished))
          .hasSize(2);
      assertThat(records(db.log).stream().filter(r -> r instanceof LogRecord.Cut)).hasSize(2);
    }
  }

  @Test
  void cutsComeByTimeAndByAWishThatHadToWait() throws IOException {
    CoordinatorOptions timed = CoordinatorOptions.defaults().withCuts(20, 0);
    try (TestDatabase db = new TestDatabase(directory, timed, FileCommitLogOptions.DEFAULT)) {
      TableSchema table = db.createTable("t");
      insert(db, table, 1);
      Awaitility.await().until(() -> !db.coordinator.stateCopy().outstandingCuts().isEmpty());
      long first = db.coordinator.stateCopy().lastCutCsn();
      insert(db, table, 2);
      long wished = db.database.requestCut();
      assertThat(wished).isGreaterThan(first);
      db.coordinator.lakePublished(table.tableId(), first, 1, "a").join();
      Awaitility.await().until(() -> db.coordinator.stateCopy().lastCutCsn() >= wished);
    }
  }

  @Test
  void theHorizonStaysBelowWhatSnapshotsNeed() throws IOException {
    try (TestDatabase db = new TestDatabase(directory)) {
      TableSchema table = db.createTable("t");
      insert(db, table, 1);
      long first = db.database.requestCut();
      db.coordinator.lakePublished(table.tableId(), first, 1, "a").join();
      Transaction old = db.database.begin();
      insert(db, table, 2);
      long second = db.database.requestCut();
      db.coordinator.lakePublished(table.tableId(), second, 2, "b").join();
      insert(db, table, 3);
      long third = db.database.requestCut();
      db.coordinator.lakePublished(table.tableId(), third, 3, "c").join();
      assertThat(horizon(db, table)).isEqualTo(first);
      assertThat(CoordinatedTransactionTest.get(old, table, 1).row().getLong(0)).isEqualTo(1);
      old.close();
      insert(db, table, 4);
      long fourth = db.database.requestCut();
      db.coordinator.lakePublished(table.tableId(), fourth, 4, "d").join();
      assertThat(horizon(db, table)).isEqualTo(third);
    }
  }

  private static long horizon(TestDatabase db, TableSchema table) {
    return Objects.requireNonNull(db.coordinator.lake().get(table.tableId())).horizon();
  }

  @Test
  void aReplacedCoordinatorNeitherCommitsNorGivesSnapshots() throws IOException {
    TestDatabase zombie = new TestDatabase(directory);
    TableSchema table = zombie.createTable("t");
    Transaction open = zombie.database.begin();
    open.insert(table, row(1, "zombie"));
    try (TestDatabase current = new TestDatabase(directory)) {
      assertFails(ErrorCode.CANNOT_CONNECT_NOW, () -> zombie.database.begin());
      assertFails(ErrorCode.SERIALIZATION_FAILURE, () -> Waits.await(open.commit()));
      Awaitility.await().until(() -> zombie.coordinator.failure().isDone());
      insert(current, table, 1);
      try (Transaction transaction = current.database.begin()) {
        assertThat(CoordinatedTransactionTest.get(transaction, table, 1).row().getString(1))
            .hasToString("v1");
      }
    } finally {
      zombie.close();
    }
  }

  @Test
  void unknownOutcomesCanBeLookedUp() throws IOException {
    long id;
    long epoch;
    long csn;
    try (TestDatabase db = new TestDatabase(directory)) {
      TableSchema table = db.createTable("t");
      try (Transaction transaction = db.database.begin()) {
        transaction.insert(table, row(1, "a"));
        id = transaction.id();
        csn = transaction.commit().join();
      }
      epoch = db.coordinator.epoch();
    }
    try (TestDatabase db = new TestDatabase(directory)) {
      assertThat(db.coordinator.commitOf(epoch, id)).hasValue(csn);
      assertThat(db.coordinator.commitOf(epoch, id + 1)).isEmpty();
    }
  }

  @Test
  void aCoordinatorStartsFromACheckpointedStateAndATrimmedLog() throws IOException {
    DataOutputSerializer saved = new DataOutputSerializer(64);
    long csn;
    try (TestDatabase db = new TestDatabase(directory, OPTIONS, SMALL_SEGMENTS)) {
      TableSchema table = db.createTable("t");
      for (long id = 0; id < 20; id++) {
        insert(db, table, id);
      }
      db.log.trim(db.coordinator.stateCopy().neededFrom());
      assertThat(db.log.beginPosition()).as("the lake needs all of it").isZero();
      long cut = db.database.requestCut();
      db.coordinator.lakePublished(table.tableId(), cut, 1, "a").join();
      LogState state = db.coordinator.stateCopy();
      state.writeTo(saved);
      db.log.trim(Math.min(state.position(), state.neededFrom()));
      assertThat(db.log.beginPosition()).isPositive();
      insert(db, table, 20);
      csn = db.database.durableCsn();
    }
    LogState base =
        LogState.readFrom(new DataInputDeserializer(saved.getSharedBuffer(), 0, saved.length()));
    try (FileCommitLog log = FileCommitLog.open(directory, SMALL_SEGMENTS);
        TransactionCoordinator coordinator =
            TransactionCoordinator.open(log, base, TestDatabase.SHARDS, OPTIONS)) {
      assertThat(coordinator.durableCsn()).isEqualTo(csn + 1);
      assertThat(coordinator.catalog().table("public", "t")).isPresent();
    }
  }

  /**
   * Fails the log at each of its file operations in turn. What was acknowledged is in the log
   * afterwards; what is in it was acknowledged or failed with an unknown outcome; CSNs only rise.
   */
  @ParameterizedTest
  @ValueSource(strings = {"dies", "goes on", "full"})
  void failuresAtEveryFileOperation(String mode) throws IOException {
    boolean reached = true;
    for (int failAt = 1; reached; failAt++) {
      Path path = directory.resolve(mode.replace(' ', '_') + failAt);
      FaultyFiles files =
          new FaultyFiles(
              failAt,
              mode.equals("dies"),
              mode.equals("full") ? "No space left on device" : "injected");
      Set<Long> acknowledged = new HashSet<>();
      Set<Long> uncertain = new HashSet<>();
      try (TestDatabase db = new TestDatabase(path, OPTIONS, SMALL_SEGMENTS.withFiles(files))) {
        workload(db, acknowledged, uncertain, mode);
      } catch (IOException | OmenException e) {
        assertThat(files.failed()).isTrue();
      }
      reached = files.failed();
      check(path, acknowledged, uncertain, "%s at %d".formatted(mode, failAt));
    }
  }

  private static void workload(
      TestDatabase db, Set<Long> acknowledged, Set<Long> uncertain, String mode) {
    TableSchema table = db.createTable("t");
    for (long id = 0; id < 6; id++) {
      try {
        insert(db, table, id);
        acknowledged.add(id);
        if (id == 2) {
          long cut = db.database.requestCut();
          Waits.await(db.coordinator.lakePublished(table.tableId(), cut, 1, "a"));
        }
      } catch (OmenException e) {
        if (e.code() == ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN) {
          uncertain.add(id);
        } else if (mode.equals("full")) {
          assertThat(e.code()).isIn(ErrorCode.DISK_FULL, ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN);
        }
      }
    }
  }

  private static void check(Path path, Set<Long> acknowledged, Set<Long> uncertain, String what)
      throws IOException {
    try (TestDatabase db = new TestDatabase(path, OPTIONS, SMALL_SEGMENTS)) {
      Set<Long> found = new HashSet<>();
      long last = 0;
      for (LogRecord record : records(db.log)) {
        assertThat(record.csn()).as(what).isGreaterThan(last);
        last = record.csn();
      }
      try (Transaction transaction = db.database.begin()) {
        transaction
            .catalog()
            .table("public", "t")
            .ifPresent(
                table -> {
                  try (var cursor = transaction.scan(table, io.omendb.jobs.serve.KeyRange.ALL)) {
                    while (cursor.next()) {
                      found.add(cursor.current().row().getLong(0));
                    }
                  }
                });
      }
      assertThat(found).as(what).containsAll(acknowledged);
      found.removeAll(acknowledged);
      assertThat(uncertain).as(what).containsAll(found);
    }
  }
}
