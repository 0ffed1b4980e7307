package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.table.TableSchema;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real transactions over the runtime job, read by key and by Flink's planner. */
class EmbeddedDatabaseTest {
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

  private Database start(@Nullable Path checkpoint) throws Exception {
    cluster.start(checkpoint, cluster.options, TransactionLogOwner::open);
    return EmbeddedDatabases.await(cluster.id(), TestDatabase.PATIENCE);
  }

  private static TableSchema createOrders(Database database) throws Exception {
    try (Transaction ddl = database.begin()) {
      TableSchema table = ddl.createTable(TestDatabase.schema(0, "orders"));
      ddl.commit().get(30, TimeUnit.SECONDS);
      return table;
    }
  }

  private static void insert(Database database, TableSchema table, int from, int to)
      throws Exception {
    try (Transaction write = database.begin()) {
      for (long id = from; id < to; id++) {
        write.insert(table, GenericRowData.of(id, (int) id * 10, StringData.fromString("n")));
      }
      write.commit().get(30, TimeUnit.SECONDS);
    }
  }

  @SuppressWarnings("try") // Closing a result may be interrupted; that fails the test.
  private static Row sums(SnapshotLease lease, int tableId) throws Exception {
    JobID job = JobID.generate();
    LeaseRegistry.assign(job.toHexString(), lease.id());
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    tables.getConfig().set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, job.toHexString());
    tables.executeSql(
        """
        CREATE TEMPORARY TABLE orders (id BIGINT NOT NULL, amount INT, note STRING)
        WITH ('connector' = 'omendb', 'table-id' = '%d')
        """
            .formatted(tableId));
    try (CloseableIterator<Row> rows =
        tables.executeSql("SELECT COUNT(*), SUM(amount) FROM orders").collect()) {
      return rows.next();
    }
  }

  @Test
  void planAndKeySeeTheSameAfterEachCommitAndAfterARestart() throws Exception {
    Database database = start(null);
    TableSchema table = createOrders(database);
    insert(database, table, 0, 100);
    long cut = database.requestCut();
    await().atMost(TestDatabase.PATIENCE).until(() -> database.lakeCsn(table.tableId()) >= cut);
    insert(database, table, 100, 150);
    try (Transaction read = database.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      assertThat(lease.lakeViews())
          .doesNotContainEntry(table.tableId(), SnapshotLease.LakeView.NONE);
      assertThat(sums(lease, table.tableId())).isEqualTo(Row.of(150L, 111_750));
      assertThat(read.get(table, List.of(120L)).get().row().getInt(1)).isEqualTo(1_200);
    }
    Path checkpoint = cluster.checkpoint();
    insert(database, table, 150, 160);
    cluster.cancel();
    Database again = start(checkpoint);
    try (Transaction read = again.begin();
        SnapshotLease lease = read.lease(List.of(table))) {
      assertThat(sums(lease, table.tableId())).isEqualTo(Row.of(160L, 127_200));
      assertThat(read.get(table, List.of(155L)).get().row().getInt(1)).isEqualTo(1_550);
    }
  }
}
