package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.table.TableSchema;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeJobTest {
  private static final TableSchema ORDERS = TestDatabase.schema(16384, "orders");

  @TempDir Path directory;
  private TestDatabase database;

  @BeforeEach
  void open() throws Exception {
    database = new TestDatabase(directory);
  }

  @AfterEach
  void close() throws Exception {
    database.close();
  }

  private long fill(int from, int to) {
    long csn = -1;
    for (int i = from; i < to; i++) {
      csn = database.commit(database.put(ORDERS, i, i * 10, "n" + i));
    }
    return csn;
  }

  private static Map<Long, String> expected(int from, int to) {
    Map<Long, String> rows = new TreeMap<>();
    for (long i = from; i < to; i++) {
      rows.put(i, i * 10 + " n" + i);
    }
    return rows;
  }

  @Test
  void commitsBecomeVisibleAtTheirCsn() throws Exception {
    database.start(null);
    long created = database.create(ORDERS);
    long filled = fill(0, 100);
    long changed = database.commit(database.put(ORDERS, 5, -1, "x"), database.remove(ORDERS, 6));
    assertThat(database.rows(ORDERS, created)).isEmpty();
    assertThat(database.rows(ORDERS, filled)).isEqualTo(expected(0, 100));
    Map<Long, String> after = expected(0, 100);
    after.put(5L, "-1 x");
    after.remove(6L);
    assertThat(database.rows(ORDERS, changed)).isEqualTo(after);
  }

  @Test
  void replaysTheWholeLogWithoutACheckpoint() throws Exception {
    database.start(null);
    database.create(ORDERS);
    fill(0, 50);
    database.cancel();
    database.start(null);
    long csn = fill(50, 60);
    assertThat(database.rows(ORDERS, csn)).isEqualTo(expected(0, 60));
  }

  @Test
  void goesOnFromACheckpointWithAnotherParallelism() throws Exception {
    database.start(null, 2);
    database.create(ORDERS);
    database.awaitApplied(fill(0, 50));
    Path checkpoint = database.checkpoint();
    fill(50, 70);
    database.cancel();
    database.start(checkpoint, 3);
    assertThat(database.rows(ORDERS, database.coordinator().csn())).isEqualTo(expected(0, 70));
    long csn = fill(70, 80);
    assertThat(database.rows(ORDERS, csn)).isEqualTo(expected(0, 80));
  }

  @Test
  void servesAnIdleDatabaseAfterARestore() throws Exception {
    database.start(null);
    database.create(ORDERS);
    long csn = fill(0, 10);
    database.awaitApplied(csn);
    Path checkpoint = database.checkpoint();
    database.cancel();
    database.start(checkpoint);
    assertThat(database.rows(ORDERS, csn)).isEqualTo(expected(0, 10));
  }

  @Test
  void survivesALostTaskManagerWithEveryRowOnce() throws Exception {
    database.start(null);
    database.create(ORDERS);
    database.awaitApplied(fill(0, 30));
    database.checkpoint();
    database.awaitApplied(fill(30, 40));
    ScriptedCoordinator before = database.coordinator();
    database.killTaskManager();
    org.awaitility.Awaitility.await()
        .atMost(TestDatabase.PATIENCE)
        .until(() -> LogOwners.find(database.id()).filter(c -> c != before).isPresent());
    long csn = fill(40, 50);
    assertThat(database.rows(ORDERS, csn)).isEqualTo(expected(0, 50));
  }

  @Test
  void sendsALargeCommitInPieces() throws Exception {
    database.start(null);
    database.create(ORDERS);
    int size = 3 * CommitLogReader.PIECE_CHANGES_MAX + 7;
    io.omendb.jobs.log.LogRecord.Change[] changes = new io.omendb.jobs.log.LogRecord.Change[size];
    for (int i = 0; i < size; i++) {
      changes[i] = database.put(ORDERS, i, i * 10, "n" + i);
    }
    long csn = database.commit(changes);
    assertThat(database.rows(ORDERS, csn)).isEqualTo(expected(0, size));
    assertThat(database.rows(ORDERS, csn - 1)).isEmpty();
  }
}
