package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.serve.union.LeasedTable;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.RowIterator;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The job ends and goes on with other subtasks while a query holds a lease. The new coordinator
 * knows nothing of the lease, so what it reads may be let go of: then it must say so, and never
 * answer wrongly.
 */
class OpenLeaseTest {
  private static final int ROWS = 60;

  @TempDir Path directory;
  private TestDatabase cluster;

  @BeforeEach
  void open() throws Exception {
    cluster = new TestDatabase(directory);
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  private Database start(@Nullable Path checkpoint, int parallelism) throws Exception {
    cluster.start(
        checkpoint,
        cluster.options.withParallelism(parallelism).withCuts(3_600_000, 1L << 30),
        TransactionLogOwner::open);
    return EmbeddedDatabases.await(cluster.id(), TestDatabase.PATIENCE);
  }

  private static TableSchema create(Database database) throws Exception {
    try (Transaction ddl = database.begin()) {
      TableSchema table = ddl.createTable(TestDatabase.schema(0, "orders"));
      ddl.commit().get(30, TimeUnit.SECONDS);
      return table;
    }
  }

  private static RowData row(long id, int amount) {
    return GenericRowData.of(id, amount, StringData.fromString("n"));
  }

  private static void insert(Database database, TableSchema table, int from, int to)
      throws Exception {
    try (Transaction write = database.begin()) {
      for (long id = from; id < to; id++) {
        write.insert(table, row(id, 0));
      }
      write.commit().get(30, TimeUnit.SECONDS);
    }
  }

  /** Every row gets that amount, and one that is a multiple of the amount goes. */
  private static void change(Database database, TableSchema table, int amount) throws Exception {
    try (Transaction write = database.begin()) {
      for (long id = 0; id < ROWS; id++) {
        StoredRow old = write.get(table, List.of(id)).get(30, TimeUnit.SECONDS);
        if (old != null && id == amount) {
          write.delete(table, old);
        } else if (old != null) {
          write.update(table, old, row(id, amount));
        }
      }
      write.commit().get(30, TimeUnit.SECONDS);
    }
  }

  private static void cut(Database database, TableSchema table) {
    long cut = database.requestCut();
    await().atMost(TestDatabase.PATIENCE).until(() -> database.lakeCsn(table.tableId()) >= cut);
  }

  private static Map<Long, Integer> read(LeasedTable table) {
    Map<Long, Integer> rows = new TreeMap<>();
    readFiles(table, rows);
    readShards(table, rows);
    return rows;
  }

  private static void readFiles(LeasedTable table, Map<Long, Integer> rows) {
    for (FileSplit file : table.files()) {
      collect(table.readFile(file, new int[] {0, 1, 2}), rows);
    }
  }

  private static void readShards(LeasedTable table, Map<Long, Integer> rows) {
    for (int shard = 0; shard < table.shardCount(); shard++) {
      collect(table.readShard(shard), rows);
    }
  }

  private static void collect(RowIterator iterator, Map<Long, Integer> rows) {
    try (iterator) {
      while (iterator.next()) {
        assertThat(rows.put(iterator.row().getLong(0), iterator.row().getInt(1))).isNull();
      }
    }
  }

  private static LeasedTable leased(SnapshotLease lease, TableSchema table) {
    return LeaseRegistry.get(lease.id()).table(table.tableId());
  }

  private static Map<Long, Integer> newQuery(Database database, TableSchema table) {
    try (Transaction read = database.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      return read(leased(lease, table));
    }
  }

  private static Map<Long, Integer> expected(int rows) {
    Map<Long, Integer> expected = new TreeMap<>();
    for (long id = 0; id < rows; id++) {
      expected.put(id, 0);
    }
    return expected;
  }

  @Test
  void aLeaseOutlivesRescalingWhileNothingIsLetGoOf() throws Exception {
    Database database = start(null, 2);
    TableSchema table = create(database);
    insert(database, table, 0, 40);
    cut(database, table);
    insert(database, table, 40, ROWS);
    try (Transaction read = database.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      Path checkpoint = cluster.checkpoint();
      cluster.cancel();
      Database again = start(checkpoint, 3);
      change(again, table, 1);
      assertThat(read(leased(lease, table))).isEqualTo(expected(ROWS));
      Map<Long, Integer> changed = expected(ROWS);
      changed.remove(1L);
      changed.replaceAll((id, amount) -> 1);
      assertThat(newQuery(again, table)).isEqualTo(changed);
    }
  }

  /** Half of the query is read before the job ends, the other half after newer cuts. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLeaseWhoseRowsAreGoneIsRefused(boolean inLake) throws Exception {
    Database database = start(null, 2);
    TableSchema table = create(database);
    insert(database, table, 0, 40);
    if (inLake) {
      cut(database, table);
    }
    insert(database, table, 40, ROWS);
    try (Transaction read = database.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      Map<Long, Integer> rows = new TreeMap<>();
      readFiles(leased(lease, table), rows);
      assertThat(rows).hasSize(inLake ? 40 : 0);
      Path checkpoint = cluster.checkpoint();
      cluster.cancel();
      Database again = start(checkpoint, 3);
      Map<Long, Integer> changed = changeAndCut(again, table);
      assertThatThrownBy(() -> readShards(leased(lease, table), rows))
          .isInstanceOfSatisfying(
              OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SNAPSHOT_TOO_OLD));
      assertThat(newQuery(again, table)).isEqualTo(changed);
    }
  }

  /** Moves the horizon; returns what the table is then. */
  private Map<Long, Integer> changeAndCut(Database database, TableSchema table) throws Exception {
    Map<Long, Integer> changed = expected(ROWS);
    for (int amount = 1; amount <= 3; amount++) {
      change(database, table, amount);
      cut(database, table);
      changed.remove((long) amount);
    }
    changed.replaceAll((id, amount) -> 3);
    // What shards may forget is gone when their memory is written out.
    cluster.checkpoint();
    return changed;
  }

  /** The same for reads by key, and after one more restart, which must not forget the horizon. */
  @Test
  void aTransactionOfAnEarlierCoordinatorIsRefused() throws Exception {
    Database database = start(null, 2);
    TableSchema table = create(database);
    insert(database, table, 0, ROWS);
    try (Transaction first = database.begin();
        Transaction second = database.begin()) {
      for (Transaction transaction : List.of(first, second)) {
        assertThat(amount(transaction, table, 7)).isZero();
      }
      Path checkpoint = cluster.checkpoint();
      cluster.cancel();
      changeAndCut(start(checkpoint, 3), table);
      assertTooOld(first, table);
      checkpoint = cluster.checkpoint();
      cluster.cancel();
      Database again = start(checkpoint, 1);
      assertTooOld(second, table);
      try (Transaction read = again.begin()) {
        assertThat(amount(read, table, 7)).isEqualTo(3);
      }
    }
  }

  private static int amount(Transaction transaction, TableSchema table, long id) throws Exception {
    return transaction.get(table, List.of(id)).get(30, TimeUnit.SECONDS).row().getInt(1);
  }

  private static void assertTooOld(Transaction transaction, TableSchema table) {
    assertThatThrownBy(() -> amount(transaction, table, 7))
        .satisfies(
            e ->
                assertThat(e instanceof OmenException ? e : e.getCause())
                    .isInstanceOfSatisfying(
                        OmenException.class,
                        cause -> assertThat(cause.code()).isEqualTo(ErrorCode.SNAPSHOT_TOO_OLD)));
  }
}
