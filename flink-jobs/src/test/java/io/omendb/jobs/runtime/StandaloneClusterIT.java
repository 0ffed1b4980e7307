package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.serve.remote.ShardClient;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeTable;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job jar on a standalone cluster: JobManager and two TaskManagers in their own processes, the
 * source and its coordinator in one TaskManager, half of the shards in the other.
 */
class StandaloneClusterIT {
  private static final TableSchema ORDERS = TestDatabase.schema(16384, "orders");
  private static final int ROWS = 100_000;
  private static final int ROWS_PER_COMMIT = 100;
  private static final int SHARDS = 32;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path directory;

  private Path database() {
    return directory.resolve("database");
  }

  private Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  /** Commits the rows; returns the log's end. */
  private long fill(FileCommitLog log) throws IOException {
    TableCodec codec = new TableCodec(ORDERS);
    long csn = 1;
    List<LogRecord> group = new ArrayList<>();
    group.add(new LogRecord.EpochOpened(csn++, log.epoch()));
    group.add(
        new LogRecord.Commit(
            csn, log.epoch(), csn++, 1, List.of(new LogRecord.CreateTable(ORDERS))));
    for (long id = 0; id < ROWS; ) {
      List<Change> changes = new ArrayList<>();
      for (int i = 0; i < ROWS_PER_COMMIT; i++, id++) {
        RowData row = GenericRowData.of(id, (int) (id * 3), StringData.fromString("note " + id));
        byte[] key = codec.key(row);
        changes.add(
            new RowChange(
                ORDERS.tableId(),
                1,
                codec.keys().shard(key, SHARDS),
                key,
                codec.rows().encode(row)));
      }
      group.add(new LogRecord.Commit(csn, log.epoch(), csn++, 1, changes));
    }
    return log.append(group);
  }

  private static long lastCsn() {
    return 2 + ROWS / ROWS_PER_COMMIT;
  }

  private ShardClient connect() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (ShardClient client = ShardClient.connect(database().resolve("serve"))) {
                return client.shardCount() == SHARDS;
              }
            });
    try {
      return ShardClient.connect(database().resolve("serve"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /**
   * A subtask that is restarted drops its connections: a client connects again, until its patience
   * ends.
   */
  private void assertEveryRowSoon() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        assertEveryRow();
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }

  /** After the rows, and not below the horizon, which rises when the lake has taken them in. */
  private static long readableCsn(ShardClient client, int shard) throws IOException {
    return Math.max(lastCsn(), client.appliedCsn(shard));
  }

  private void assertEveryRow() throws IOException {
    TableCodec codec = new TableCodec(ORDERS);
    boolean[] seen = new boolean[ROWS];
    try (ShardClient client = connect()) {
      for (int shard = 0; shard < SHARDS; shard++) {
        for (ShardClient.Entry entry :
            client.scan(ORDERS.tableId(), shard, readableCsn(client, shard))) {
          RowData row = codec.rows().decode(entry.row());
          int id = (int) row.getLong(0);
          assertThat(seen[id]).as("row %d again", id).isFalse();
          seen[id] = true;
          assertThat(row.getInt(1)).isEqualTo(id * 3);
          assertThat(row.getString(2).toString()).isEqualTo("note " + id);
        }
      }
      byte[] key = codec.key(List.of(4_711L));
      int shard = codec.keys().shard(key, SHARDS);
      byte[] row = client.get(ORDERS.tableId(), shard, readableCsn(client, shard), key);
      assertThat(row).isNotNull();
    }
    for (int id = 0; id < ROWS; id++) {
      assertThat(seen[id]).as("row %d", id).isTrue();
    }
  }

  private long lakeRowCount() {
    try (IcebergLakeCatalog lake =
        IcebergLakeCatalog.open(
            IcebergLakeCatalog.localProperties(database().resolve("lake")), "omendb")) {
      Optional<LakeTable> table = lake.load("public", "orders");
      Optional<LakeTable.LakeCut> cut = table.flatMap(LakeTable::current);
      if (table.isEmpty() || cut.isEmpty()) {
        return 0;
      }
      return table.get().scan(cut.get().snapshotId()).files().stream()
          .mapToLong(LakeScan.FileSplit::rowCount)
          .sum();
    }
  }

  private String run(StandaloneCluster cluster, String... restore) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("run", "-d"));
    arguments.addAll(List.of(restore));
    arguments.addAll(
        List.of(
            "-c",
            RuntimeJobMain.class.getName(),
            System.getProperty("omendb.job.jar"),
            "--database-dir",
            database().toString(),
            "--parallelism",
            "2",
            "--shards",
            Integer.toString(SHARDS),
            "--cut-interval-ms",
            "500",
            "--checkpoint-interval-ms",
            "1000"));
    return StandaloneCluster.jobId(cluster.flink(arguments.toArray(String[]::new)));
  }

  @Test
  void everyRowIsReadBackFromRestoredState() throws Exception {
    Path logDirectory = database().resolve("log");
    long rowsEnd;
    try (FileCommitLog log = FileCommitLog.open(logDirectory, FileCommitLogOptions.DEFAULT)) {
      rowsEnd = fill(log);
    }
    try (StandaloneCluster cluster =
        new StandaloneCluster(directory.resolve("cluster"), 2, checkpoints())) {
      String job = run(cluster);
      assertEveryRowSoon();
      // The committer runs in another process than the coordinator, which has to find it out.
      await().atMost(PATIENCE).until(() -> lakeRowCount() == ROWS);
      FileTime applied = FileTime.from(Instant.now());
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  CheckpointFinder.all(checkpoints()).stream()
                      .anyMatch(found -> found.completed().compareTo(applied) > 0));
      cluster.flink("cancel", job);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                try (var files = Files.list(database().resolve("serve"))) {
                  return files.findAny().isEmpty();
                }
              });
      // Without the rows' part of the log, only the checkpoint can bring them back.
      try (FileCommitLog log = FileCommitLog.open(logDirectory, FileCommitLogOptions.DEFAULT)) {
        log.trim(rowsEnd);
        assertThat(log.beginPosition()).isGreaterThanOrEqualTo(rowsEnd);
      }
      Path checkpoint = CheckpointFinder.newest(checkpoints()).orElseThrow();
      run(cluster, "-s", checkpoint.toUri().toString());
      assertEveryRowSoon();
    }
  }
}
