package io.omendb.jobs.txn;

import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.serve.LeaseSource;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;

/** A database over a real log file, with {@link LaggingShards} behind it. */
final class TestDatabase implements AutoCloseable {
  static final int SHARDS = 8;

  final FileCommitLog log;
  final TransactionCoordinator coordinator;
  final LaggingShards shards;
  final CoordinatedDatabase database;

  TestDatabase(Path directory) throws IOException {
    this(directory, CoordinatorOptions.defaults().withCuts(0, 0), FileCommitLogOptions.DEFAULT);
  }

  TestDatabase(Path directory, CoordinatorOptions options, FileCommitLogOptions logOptions)
      throws IOException {
    log = FileCommitLog.open(directory, logOptions);
    coordinator = TransactionCoordinator.open(log, new LogState(0), SHARDS, options);
    shards = new LaggingShards(log, SHARDS, 5, Long.getLong("seed", 1));
    database = new CoordinatedDatabase(coordinator, shards, new Leases());
  }

  /** Leases that remember nothing but what they were given. */
  record Lease(
      String id,
      long csn,
      Map<Integer, LakeView> lakeViews,
      List<LogRecord.Change> ownWrites,
      Runnable released)
      implements SnapshotLease {
    @Override
    public void close() {
      released.run();
    }
  }

  private static final class Leases implements LeaseSource {
    @Override
    public SnapshotLease lease(
        long csn,
        Map<Integer, SnapshotLease.LakeView> tables,
        List<LogRecord.Change> ownWrites,
        Runnable released) {
      return new Lease("lease-" + csn, csn, tables, ownWrites, released);
    }
  }

  /** Table (id bigint primary key, name text), or without the key. */
  static TableSchema definition(String name, boolean keyed) {
    return new TableSchema(
        0,
        "public",
        name,
        0,
        List.of(
            new Column(0, "id", ColumnType.of(ColumnType.Kind.BIGINT), false, null),
            new Column(0, "value", ColumnType.of(ColumnType.Kind.TEXT), true, null)),
        keyed ? List.of(0) : List.of(),
        Map.of());
  }

  TableSchema createTable(String name) {
    return createTable(name, true);
  }

  TableSchema createTable(String name, boolean keyed) {
    try (Transaction transaction = database.begin()) {
      TableSchema schema = transaction.createTable(definition(name, keyed));
      Waits.await(transaction.commit());
      return schema;
    }
  }

  static GenericRowData row(long id, @Nullable String value) {
    return GenericRowData.of(id, value == null ? null : StringData.fromString(value));
  }

  @Override
  public void close() throws IOException {
    shards.close();
    coordinator.close();
    log.close();
  }
}
