package io.omendb.jobs.runtime;

import static org.awaitility.Awaitility.await;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeTable;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import io.omendb.state.store.StoreCursor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;

/** A runtime job on a MiniCluster of its own, a log and a lake in a directory, and shorthands. */
@SuppressWarnings("try") // Closing a MiniCluster may be interrupted; tests let that fail them.
final class TestDatabase implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  final RuntimeJobOptions options;
  private final Path directory;
  private final MiniCluster cluster;
  private @Nullable JobID job;

  TestDatabase(Path directory) throws Exception {
    this(directory, "test-" + UUID.randomUUID());
  }

  private TestDatabase(Path directory, String id) throws Exception {
    this.directory = directory;
    options =
        RuntimeJobOptions.defaults(
                id,
                directory.resolve("database"),
                IcebergLakeCatalog.localProperties(directory.resolve("lake")))
            .withShardCount(8)
            .withCheckpoints(3_600_000, 2);
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64));
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(4)
                .build());
    cluster.start();
  }

  static TableSchema schema(int tableId, String name) {
    return new TableSchema(
        tableId,
        "public",
        name,
        1,
        List.of(
            new Column(1, "id", ColumnType.of(ColumnType.Kind.BIGINT), false, null),
            new Column(2, "amount", ColumnType.of(ColumnType.Kind.INTEGER), true, null),
            new Column(3, "note", ColumnType.of(ColumnType.Kind.TEXT), true, null)),
        List.of(0),
        Map.of());
  }

  void start(@Nullable Path checkpoint) throws Exception {
    start(checkpoint, 2);
  }

  void start(@Nullable Path checkpoint, int parallelism) throws Exception {
    start(checkpoint, options.withParallelism(parallelism), ScriptedCoordinator::open);
    await().atMost(PATIENCE).until(() -> LogOwners.find(id()).isPresent());
  }

  void start(@Nullable Path checkpoint, RuntimeJobOptions jobOptions, LogOwner.Factory owners)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpointDirectory().toUri().toString());
    if (checkpoint != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint.toUri().toString());
    }
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    RuntimeJob.build(env, jobOptions, owners);
    JobGraph graph = env.getStreamGraph().getJobGraph();
    job = graph.getJobID();
    cluster.submitJob(graph).get(30, TimeUnit.SECONDS);
  }

  Path checkpointDirectory() {
    return directory.resolve("checkpoints");
  }

  String id() {
    return options.databaseId();
  }

  ScriptedCoordinator coordinator() {
    return (ScriptedCoordinator) LogOwners.find(id()).orElseThrow();
  }

  ShardDirectory shards() {
    return ShardDirectory.of(id(), options.shardCount());
  }

  Path checkpoint() throws Exception {
    return Path.of(
        java.net.URI.create(
            cluster
                .triggerCheckpoint(job(), CheckpointType.FULL)
                .thenApply(id -> latest())
                .get(30, TimeUnit.SECONDS)));
  }

  private String latest() {
    try {
      return CheckpointFinder.newest(checkpointDirectory()).orElseThrow().toUri().toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private JobID job() {
    JobID id = job;
    if (id == null) {
      throw new IllegalStateException("not started");
    }
    return id;
  }

  void cancel() throws Exception {
    cluster.cancelJob(job()).get(30, TimeUnit.SECONDS);
    await().atMost(PATIENCE).until(() -> status().isGloballyTerminalState());
  }

  JobStatus status() throws Exception {
    return cluster.getJobStatus(job()).get(30, TimeUnit.SECONDS);
  }

  /** Every task fails, as when the TaskManager's process dies; the job restarts on a new one. */
  void killTaskManager() throws Exception {
    cluster.terminateTaskManager(0).get(30, TimeUnit.SECONDS);
    cluster.startTaskManager();
  }

  // Rows of tables made by schema().

  long create(TableSchema table) {
    return coordinator().commit(List.of(new CreateTable(table)));
  }

  RowChange put(TableSchema table, long id, int amount, String note) {
    TableCodec codec = new TableCodec(table);
    RowData row = GenericRowData.of(id, amount, StringData.fromString(note));
    byte[] key = codec.key(row);
    return new RowChange(
        table.tableId(),
        1,
        codec.keys().shard(key, options.shardCount()),
        key,
        codec.rows().encode(row));
  }

  RowChange remove(TableSchema table, long id) {
    TableCodec codec = new TableCodec(table);
    byte[] key = codec.key(List.of(id));
    return new RowChange(
        table.tableId(), 1, codec.keys().shard(key, options.shardCount()), key, null);
  }

  long commit(Change... changes) {
    return coordinator().commit(List.of(changes));
  }

  void awaitApplied(long csn) throws Exception {
    for (int shard = 0; shard < options.shardCount(); shard++) {
      shards().whenReady(shard, csn).get(30, TimeUnit.SECONDS);
    }
  }

  /** The rows of a table at a CSN as the shards have them: id to amount and note. */
  Map<Long, String> rows(TableSchema table, long csn) throws Exception {
    awaitApplied(csn);
    TableCodec codec = new TableCodec(table);
    Map<Long, String> rows = new TreeMap<>();
    for (int shard = 0; shard < options.shardCount(); shard++) {
      try (StoreCursor cursor =
          shards().reader(shard).scan(Keyspaces.rows(table.tableId()), shard, null, null, csn)) {
        while (cursor.next()) {
          if (!cursor.isDeleted()) {
            RowData row = codec.rows().decode(cursor.value());
            rows.put(row.getLong(0), row.getInt(1) + " " + row.getString(2));
          }
        }
      }
    }
    return rows;
  }

  /** Asks for a cut of everything and waits until the log says it is published. */
  long cutAndAwait(TableSchema table) {
    await().atMost(PATIENCE).until(() -> !coordinator().cutOutstanding());
    long cut = coordinator().cut();
    awaitPublished(table, cut);
    return cut;
  }

  void awaitPublished(TableSchema table, long cut) {
    await().atMost(PATIENCE).until(() -> coordinator().lake(table.tableId()).snapshotCsn() >= cut);
  }

  /** The rows of a table in the lake, read by the lake alone. */
  Map<Long, String> lakeRows(TableSchema table) {
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(options.lake(), "omendb")) {
      Map<Long, String> rows = new TreeMap<>();
      Optional<LakeTable> found = lake.load(table.namespace(), table.name());
      Optional<LakeTable.LakeCut> current = found.flatMap(LakeTable::current);
      if (found.isEmpty() || current.isEmpty()) {
        return rows;
      }
      LakeScan scan = found.get().scan(current.get().snapshotId());
      for (LakeScan.FileSplit file : scan.files()) {
        try (LakeScan.RowIterator i =
            scan.read(file, new int[] {0, 1, 2}, LakeScan.PositionMask.NONE)) {
          while (i.next()) {
            RowData row = i.row();
            String former =
                rows.put(row.getLong(0), row.getInt(1) + " " + row.getString(2).toString());
            if (former != null) {
              throw new AssertionError("key %d twice in the lake".formatted(row.getLong(0)));
            }
          }
        }
      }
      return rows;
    }
  }

  /** Rows in all data files of a table's newest snapshot, deleted ones too. */
  long lakeFileRows(TableSchema table) {
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(options.lake(), "omendb")) {
      LakeTable found = lake.load(table.namespace(), table.name()).orElseThrow();
      return found.scan(found.current().orElseThrow().snapshotId()).files().stream()
          .mapToLong(LakeScan.FileSplit::rowCount)
          .sum();
    }
  }

  @Override
  public void close() throws Exception {
    cluster.close();
    EmbeddedDatabases.stopped(id());
  }
}
