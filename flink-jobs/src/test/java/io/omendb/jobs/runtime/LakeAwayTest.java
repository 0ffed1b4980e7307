package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.lake.LakeFaults;
import io.omendb.jobs.lake.LakeFaults.Operation;
import io.omendb.jobs.memory.MemoryBudget;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.LakeTableState;
import io.omendb.jobs.serve.LakeTableState.Trouble;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.serve.union.LeasedTable;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.RowIterator;
import io.omendb.lake.LakeTable;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import io.omendb.lake.catalog.LakeNames;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Table;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A lake that is away, or that refuses one table, delays the lake, or that table in it: commits,
 * definitions and open transactions go on, what is wrong can be seen, and it ends by itself.
 */
class LakeAwayTest {
  private static final long CUT_INTERVAL_MS = 100;

  @TempDir Path directory;
  private TestDatabase cluster;
  private Map<String, String> lake;

  @BeforeEach
  void open() throws Exception {
    cluster = new TestDatabase(directory);
    lake = LakeFaults.properties(directory.resolve("faulty-lake"));
  }

  @AfterEach
  void close() throws Exception {
    LakeFaults.mend(lake);
    cluster.close();
  }

  private Database start(@Nullable Path checkpoint) throws Exception {
    cluster.start(
        checkpoint,
        cluster.options.withCuts(CUT_INTERVAL_MS, 1L << 20).with(settings -> settings.lake = lake),
        TransactionLogOwner::open);
    return EmbeddedDatabases.await(cluster.id(), TestDatabase.PATIENCE);
  }

  private static TableSchema create(Database database, String name) throws Exception {
    try (Transaction ddl = database.begin()) {
      TableSchema table = ddl.createTable(TestDatabase.schema(0, name));
      ddl.commit().get(30, TimeUnit.SECONDS);
      return table;
    }
  }

  private static void drop(Database database, TableSchema table) throws Exception {
    try (Transaction ddl = database.begin()) {
      ddl.dropTable(table);
      ddl.commit().get(30, TimeUnit.SECONDS);
    }
  }

  private static RowData row(long id) {
    return GenericRowData.of(id, 1, StringData.fromString("n"));
  }

  private static long insert(Database database, TableSchema table, long id) throws Exception {
    try (Transaction write = database.begin()) {
      write.insert(table, row(id));
      return write.commit().get(30, TimeUnit.SECONDS);
    }
  }

  private static void awaitLake(Database database, TableSchema table, long csn) {
    await().atMost(TestDatabase.PATIENCE).until(() -> database.lakeCsn(table.tableId()) >= csn);
  }

  private static Trouble awaitTrouble(Database database, TableSchema table) {
    return await()
        .atMost(TestDatabase.PATIENCE)
        .until(() -> state(database, table).trouble(), trouble -> trouble != null);
  }

  private static LakeTableState state(Database database, TableSchema table) {
    return database.lakeTables().stream()
        .filter(state -> state.tableId() == table.tableId())
        .findFirst()
        .orElseThrow();
  }

  /** Ids of the rows of the lake's newest snapshot. */
  private List<Long> lakeIds(TableSchema table) {
    try (IcebergLakeCatalog catalog = IcebergLakeCatalog.open(lake, "omendb")) {
      LakeTable found = catalog.load(table.namespace(), table.name()).orElseThrow();
      Map<Long, Integer> rows = new TreeMap<>();
      var scan = found.scan(found.current().orElseThrow().snapshotId());
      for (FileSplit file : scan.files()) {
        collect(scan.read(file, new int[] {0, 1}, position -> false), rows);
      }
      return List.copyOf(rows.keySet());
    }
  }

  private static void collect(RowIterator iterator, Map<Long, Integer> rows) {
    try (iterator) {
      while (iterator.next()) {
        assertThat(rows.put(iterator.row().getLong(0), 1)).as("first of its key").isNull();
      }
    }
  }

  /** What an analytical query reads. */
  private static List<Long> leasedIds(Database database, TableSchema table) {
    Map<Long, Integer> rows = new TreeMap<>();
    try (Transaction read = database.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      LeasedTable leased = LeaseRegistry.get(lease.id()).table(table.tableId());
      for (FileSplit file : leased.files()) {
        collect(leased.readFile(file, new int[] {0, 1}), rows);
      }
      for (int shard = 0; shard < leased.shardCount(); shard++) {
        collect(leased.readShard(shard), rows);
      }
    }
    return List.copyOf(rows.keySet());
  }

  private Table foreign(TableSchema table) {
    JdbcCatalog catalog = new JdbcCatalog();
    catalog.setConf(new Configuration(false));
    Map<String, String> properties = new TreeMap<>(lake);
    properties.remove("io-impl");
    properties.put("jdbc.schema-version", "V1");
    catalog.initialize("omendb", properties);
    return catalog.loadTable(LakeNames.identifier(table.namespace(), table.name()));
  }

  @Test
  @SuppressWarnings("try") // the resource is held, not used
  void withoutMemoryTheLakeWaitsAndCommitsGoOn() throws Exception {
    Database database = start(null);
    TableSchema table = create(database, "table");
    awaitLake(database, table, insert(database, table, 0));
    long csn;
    try (AutoCloseable allMemory = LakeFaults.takeMemory()) {
      long before = LakeFaults.putOff();
      long id = 1;
      csn = insert(database, table, id);
      while (LakeFaults.putOff() < before + 3) {
        csn = insert(database, table, ++id);
      }
      assertThat(database.lakeCsn(table.tableId())).isLessThan(csn);
      assertThat(database.lakeTables()).extracting(LakeTableState::trouble).containsOnlyNulls();
    }
    awaitLake(database, table, csn);
    assertThat(lakeIds(table)).isEqualTo(leasedIds(database, table));
    MemoryShare share = MemoryBudget.ofProcess().share(MemoryBudget.Kind.LAKE);
    await().atMost(TestDatabase.PATIENCE).until(() -> share.usedBytes() == 0);
  }

  /** Each kind of operation in turn; no transaction dies and no statement waits for the lake. */
  @Test
  void commitsAndDefinitionsGoOnWhateverOfTheLakeFails() throws Exception {
    Database database = start(null);
    TableSchema lasting = create(database, "lasting");
    awaitLake(database, lasting, insert(database, lasting, 0));
    long id = 1;
    for (Operation operation : Operation.values()) {
      if (operation == Operation.OPEN) {
        continue;
      }
      TableSchema toDrop = create(database, "dropped_" + id);
      awaitLake(database, toDrop, insert(database, toDrop, 1));
      try (Transaction open = database.begin()) {
        open.insert(lasting, row(id));
        LakeFaults.fail(lake, operation, "");
        insert(database, lasting, id + 1);
        TableSchema made = create(database, "made_" + id);
        insert(database, made, 1);
        drop(database, toDrop);
        TableSchema again = create(database, toDrop.name());
        insert(database, again, 2);
        insert(database, lasting, id + 2);
        await().atMost(TestDatabase.PATIENCE).until(() -> LakeFaults.hits(lake) >= 6);
        // The faults so far may all be of the dropped table, whose trouble is nobody's any more.
        await("trouble of " + operation)
            .atMost(TestDatabase.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(database.lakeTables())
                        .extracting(LakeTableState::trouble)
                        .anySatisfy(
                            trouble ->
                                assertThat(trouble)
                                    .isNotNull()
                                    .extracting(Trouble::message, STRING)
                                    .contains("injected")));
        open.commit().get(30, TimeUnit.SECONDS);
        LakeFaults.mend(lake);
        long last = insert(database, again, 3);
        awaitLake(database, again, last);
        awaitLake(database, lasting, last - 1);
        awaitLake(database, made, last - 1);
        assertThat(lakeIds(again)).isEqualTo(List.of(2L, 3L));
        assertThat(lakeIds(made)).isEqualTo(List.of(1L));
      }
      id += 3;
    }
    assertThat(lakeIds(lasting)).hasSize((int) id).isEqualTo(leasedIds(database, lasting));
    assertThat(cluster.status()).isEqualTo(JobStatus.RUNNING);
    await()
        .atMost(TestDatabase.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(database.lakeTables())
                    .allSatisfy(state -> assertThat(state.trouble()).isNull()));
  }

  @Test
  void aDatabaseStartsWithoutItsLakeAndPublishesInOrderWhenThatComesBack() throws Exception {
    LakeFaults.fail(lake, Operation.OPEN, "");
    Database database = start(null);
    TableSchema table = create(database, "t");
    insert(database, table, 1);
    assertThat(leasedIds(database, table)).as("nothing is needed of the lake").containsExactly(1L);
    Trouble trouble = awaitTrouble(database, table);
    assertThat(trouble.reason()).isIn("STORAGE", "UNEXPECTED");
    LakeFaults.mend(lake);
    awaitLake(database, table, insert(database, table, 2));
    assertThat(lakeIds(table)).containsExactly(1L, 2L);

    Path checkpoint = cluster.checkpoint();
    cluster.cancel();
    LakeFaults.fail(lake, Operation.OPEN, "");
    Database again = start(checkpoint);
    insert(again, table, 3);
    assertThatThrownBy(() -> leasedIds(again, table))
        .isInstanceOfSatisfying(
            OmenException.class,
            e -> {
              assertThat(e.code()).isIn(ErrorCode.IO_ERROR, ErrorCode.INTERNAL_ERROR);
              assertThat(e).hasMessageContaining("SET omendb.route = 'state'");
            });
    LakeFaults.mend(lake);
    awaitLake(again, table, insert(again, table, 4));
    assertThat(lakeIds(table)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(leasedIds(again, table)).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aForeignCommitStopsItsTableAloneUntilItIsRolledBack() throws Exception {
    Database database = start(null);
    TableSchema stuck = create(database, "stuck");
    TableSchema free = create(database, "free");
    awaitLake(database, stuck, insert(database, stuck, 1));
    long ours = foreign(stuck).currentSnapshot().snapshotId();
    foreign(stuck).newAppend().commit();
    for (long id = 2; id < 5; id++) {
      insert(database, stuck, id);
      awaitLake(database, free, insert(database, free, id));
    }
    Trouble trouble = awaitTrouble(database, stuck);
    assertThat(trouble.reason()).isEqualTo("FOREIGN_SNAPSHOT");
    assertThat(trouble.message()).contains("OmenDB's last snapshot is " + ours);
    assertThat(trouble.advice()).contains("roll the lake's table back");
    assertThat(state(database, stuck).behindBytes()).isPositive();
    assertThat(state(database, free).trouble()).isNull();
    assertThat(leasedIds(database, stuck)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(lakeIds(free)).containsExactly(2L, 3L, 4L);

    // The stuck cut is asked for again by the next run, and still holds up nobody else.
    Path checkpoint = cluster.checkpoint();
    cluster.cancel();
    Database again = start(checkpoint);
    awaitLake(again, free, insert(again, free, 5));
    awaitTrouble(again, stuck);

    foreign(stuck).manageSnapshots().rollbackTo(ours).commit();
    awaitLake(again, stuck, insert(again, stuck, 5));
    assertThat(lakeIds(stuck)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(leasedIds(again, stuck)).containsExactly(1L, 2L, 3L, 4L, 5L);
    await().atMost(TestDatabase.PATIENCE).until(() -> state(again, stuck).trouble() == null);
  }

  /** What a query is told when somebody took away what it needs of the lake. */
  @Test
  void aQueryThatMissesAFileOrItsSnapshotSaysSo() throws Exception {
    Database database = start(null);
    TableSchema table = create(database, "t");
    awaitLake(database, table, insert(database, table, 1));
    try (Transaction read = database.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      LeasedTable leased = LeaseRegistry.get(lease.id()).table(table.tableId());
      FileSplit file = leased.files().get(0);
      Files.delete(Path.of(URI.create(file.dataFile())));
      assertThatThrownBy(() -> collect(leased.readFile(file, new int[] {0, 1}), new TreeMap<>()))
          .isInstanceOfSatisfying(
              OmenException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.IO_ERROR);
                assertThat(e).hasMessageContaining("data file is gone: " + file.dataFile());
                assertThat(e).hasMessageContaining("SET omendb.route = 'state'");
              });
    }
    Table foreign = foreign(table);
    long ours = foreign.currentSnapshot().snapshotId();
    foreign.newAppend().commit();
    foreign.expireSnapshots().expireSnapshotId(ours).commit();
    assertThatThrownBy(() -> leasedIds(database, table))
        .isInstanceOfSatisfying(
            OmenException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE);
              assertThat(e).hasMessageContaining("has no snapshot " + ours);
            });
  }
}
