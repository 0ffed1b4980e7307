package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.SharedLake;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogInspection;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.recovery.LakeRebuild;
import io.omendb.jobs.recovery.LakeRows;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeTable.LakeCut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.jspecify.annotations.Nullable;

/**
 * What the stream begins with where neither a checkpoint nor the log's beginning is there: the
 * tables, the rows that the lake has of them, with their locations, and which cuts these are. Until
 * all of it is sent the stream counts as not begun: sending it again changes nothing, since the
 * same rows have the same keys and versions.
 *
 * <p>Confined to the task thread.
 */
final class LakeBegin implements AutoCloseable {
  private static final int PIECE_ROWS_MAX = 1 << 10;
  private static final long PIECE_BYTES_MAX = 1 << 20;

  private final LakeRebuild rebuild;
  private final LogState state;
  private final SharedLake lake;
  private final int shardCount;
  private final Deque<TableSchema> toCreate = new ArrayDeque<>();
  private final Deque<Integer> toFill;
  private @Nullable LakeRows rows;

  private LakeBegin(LakeRebuild rebuild, SharedLake lake, int shardCount) {
    this.rebuild = rebuild;
    this.state = rebuild.begin();
    this.lake = lake;
    this.shardCount = shardCount;
    Map<Integer, TableSchema> tables = new TreeMap<>(rebuild.tables());
    state.catalog().tables().forEach(table -> tables.put(table.tableId(), table));
    toCreate.addAll(tables.values());
    toFill = new ArrayDeque<>(rebuild.tables().keySet());
  }

  /** Null where a stream without a checkpoint begins with the log's first record. */
  static @Nullable LakeBegin find(RuntimeJobOptions options) throws IOException {
    Path directory = TransactionLogOwner.logDirectory(options);
    if (!Files.isDirectory(directory)) {
      return null;
    }
    LogInspection log = LogInspection.of(directory, LogFileSystem.LOCAL);
    if (!LakeRebuild.isNeeded(log)) {
      return null;
    }
    SharedLake lake = SharedLake.acquire(options.lake());
    boolean found = false;
    try {
      LakeRebuild rebuild = LakeRebuild.of(log, options.databaseId(), lake.catalog());
      found = true;
      return new LakeBegin(rebuild, lake, options.shardCount());
    } finally {
      if (!found) {
        lake.close();
      }
    }
  }

  /** The log's state from which the stream goes on. */
  LogState state() {
    return state.copy();
  }

  /** Sends some of it; false where all was sent. */
  boolean send(ReaderOutput<ShardMessage> output) {
    TableSchema schema = toCreate.poll();
    if (schema != null) {
      for (int shard = 0; shard < shardCount; shard++) {
        output.collect(new ShardMessage.Ddl(shard, state.csn(), new CreateTable(schema)));
      }
      return true;
    }
    Integer tableId = toFill.peek();
    if (tableId == null) {
      return false;
    }
    LakeRows open = rows;
    if (open == null) {
      open = rebuild.rows(tableId);
      rows = open;
    }
    if (!sendRows(open, tableId, output)) {
      open.close();
      rows = null;
      toFill.remove();
      sendCut(tableId, output);
    }
    return true;
  }

  private boolean sendRows(LakeRows open, int tableId, ReaderOutput<ShardMessage> output) {
    Map<Integer, List<ShardMessage.LakeRow>> piece = new TreeMap<>();
    long bytes = 0;
    boolean more = true;
    for (int i = 0; more && i < PIECE_ROWS_MAX && bytes < PIECE_BYTES_MAX; i++) {
      more = open.next();
      if (more) {
        ShardMessage.LakeRow row =
            new ShardMessage.LakeRow(open.key(), open.row(), open.location());
        piece.computeIfAbsent(open.shard(shardCount), shard -> new ArrayList<>()).add(row);
        bytes += row.row().length;
      }
    }
    long csn = rebuild.rowsCsn(tableId);
    long cutCsn = rebuild.cut(tableId).csn();
    piece.forEach(
        (shard, found) ->
            output.collect(new ShardMessage.LakeRows(shard, csn, tableId, cutCsn, found)));
    return more;
  }

  private void sendCut(int tableId, ReaderOutput<ShardMessage> output) {
    LakeCut cut = rebuild.cut(tableId);
    LakePublished record =
        new LakePublished(
            cut.csn(),
            cut.epoch(),
            tableId,
            cut.csn(),
            cut.snapshotId(),
            cut.locationFile(),
            OperatorCatalog.NO_HORIZON);
    for (int shard = 0; shard < shardCount; shard++) {
      output.collect(new ShardMessage.Located(shard, record));
    }
  }

  @Override
  public void close() {
    LakeRows open = rows;
    rows = null;
    try {
      if (open != null) {
        open.close();
      }
    } finally {
      lake.close();
    }
  }
}
