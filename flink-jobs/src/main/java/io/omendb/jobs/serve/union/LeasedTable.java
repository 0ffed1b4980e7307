package io.omendb.jobs.serve.union;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.SnapshotLease.LakeView;
import io.omendb.jobs.serve.shard.ChangedKeys;
import io.omendb.jobs.serve.shard.LocationCodec;
import io.omendb.jobs.serve.shard.PublishedCut;
import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.serve.shard.SubtaskShards;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.RowCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.PositionMask;
import io.omendb.lake.LakeScan.RowIterator;
import io.omendb.lake.LakeTable;
import io.omendb.state.store.StoreReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * One table as a lease at S sees it, in two parts that do not overlap: the files of the lake
 * snapshot, which is the state at F, without the rows whose keys changed in (F, S]; and, per shard,
 * the newest version at S of each key that changed, unless it is a deletion. The leasing
 * transaction's own writes count as changes after S.
 *
 * <p>Without a lake snapshot everything comes from the shards. Thread-safe; methods that read wait
 * until the shards have reached S. Wrong locations would make rows appear twice or not at all, so a
 * shard's locations are read only when all of cut F are there.
 */
public final class LeasedTable {
  private final int tableId;
  private final long csn;
  private final LakeView view;
  private final OwnWrites ownWrites;
  private final ShardDirectory shards;
  private final LeasedLake lake;

  @GuardedBy("this")
  private @Nullable LakeScan scan;

  @GuardedBy("this")
  private @Nullable List<FileSplit> files;

  @GuardedBy("this")
  private @Nullable Map<String, RoaringBitmap> masks;

  LeasedTable(
      int tableId,
      long csn,
      LakeView view,
      OwnWrites ownWrites,
      ShardDirectory shards,
      LeasedLake lake) {
    this.tableId = tableId;
    this.csn = csn;
    this.view = view;
    this.ownWrites = ownWrites;
    this.shards = shards;
    this.lake = lake;
  }

  public int shardCount() {
    return shards.shardCount();
  }

  /** The table's schema at S. */
  public TableSchema schema() {
    TableSchema created = ownWrites.created();
    if (created != null) {
      return created;
    }
    SubtaskShards owner = awaitShard(0);
    TableSchema schema = owner.schema(tableId);
    if (schema == null) {
      throw new OmenException(
          ErrorCode.UNDEFINED_TABLE, "table %d is not there at CSN %d".formatted(tableId, csn));
    }
    return schema;
  }

  /** Whether the lake holds a part of it. */
  public boolean hasLake() {
    return view.snapshotId() != LakeView.NONE.snapshotId();
  }

  /** The lake's part; empty without a lake snapshot. Listed once, by whoever asks first. */
  public synchronized List<FileSplit> files() {
    List<FileSplit> listed = files;
    if (listed == null) {
      listed = hasLake() ? List.copyOf(scan().files()) : List.of();
      files = listed;
    }
    return listed;
  }

  /** Rows of the lake's part, its deleted ones too; empty where the lake has nothing yet. */
  public OptionalLong lakeRowCount() {
    return hasLake()
        ? OptionalLong.of(files().stream().mapToLong(FileSplit::rowCount).sum())
        : OptionalLong.empty();
  }

  private synchronized LakeScan scan() {
    LakeScan open = scan;
    if (open == null) {
      TableSchema schema = schema();
      LakeTable table =
          lake.catalog()
              .load(schema.namespace(), schema.name())
              .filter(found -> found.tableId() == tableId)
              .orElseThrow(
                  () ->
                      new OmenException(
                          ErrorCode.SNAPSHOT_TOO_OLD,
                          "the lake has table %s.%s no longer"
                              .formatted(schema.namespace(), schema.name())));
      open = table.scan(view.snapshotId());
      scan = open;
    }
    return open;
  }

  /** Reads one file of the lake's part, projected to {@code fields}. */
  public RowIterator readFile(FileSplit file, int[] fields) {
    RoaringBitmap masked = masks().get(file.dataFile());
    PositionMask mask =
        masked == null ? PositionMask.NONE : position -> masked.contains((int) position);
    return scan().read(file, fields, mask);
  }

  /** Lake positions, by data file, of keys that changed since; computed once for all readers. */
  private synchronized Map<String, RoaringBitmap> masks() {
    Map<String, RoaringBitmap> computed = masks;
    if (computed == null) {
      computed = new HashMap<>();
      for (int shard = 0; shard < shards.shardCount(); shard++) {
        addMasks(shard, computed);
      }
      computed.values().forEach(RoaringBitmap::runOptimize);
      masks = computed;
    }
    return computed;
  }

  private void addMasks(int shard, Map<String, RoaringBitmap> target) {
    SubtaskShards owner = awaitLocations(shard);
    StoreReader reader = owner.reader();
    for (byte[] key : ChangedKeys.between(reader, tableId, shard, view.csn(), csn)) {
      addMask(reader, shard, key, target);
    }
    for (byte[] key : ownWrites.keys(shard)) {
      addMask(reader, shard, key, target);
    }
    // Cuts are given up before what belongs to them: after the reads, this tells whether all was
    // there.
    owner.requireCut(tableId, view.csn());
  }

  private void addMask(
      StoreReader reader, int shard, byte[] key, Map<String, RoaringBitmap> target) {
    byte[] location = reader.get(Keyspaces.locations(tableId), shard, key, view.csn());
    if (location != null) {
      long position = LocationCodec.position(location);
      // A data file has fewer than 2^32 rows; positions are taken as unsigned ints.
      target
          .computeIfAbsent(LocationCodec.dataFile(location), file -> new RoaringBitmap())
          .add((int) position);
    }
  }

  /** The shard's part: changed rows, or all where there is no lake snapshot; all columns. */
  public RowIterator readShard(int shard) {
    RowCodec rows = new RowCodec(schema());
    if (ownWrites.created() != null) {
      return ShardRows.own(shard, rows, ownWrites);
    }
    SubtaskShards owner = awaitShard(shard);
    StoreReader reader = owner.reader();
    if (!hasLake()) {
      return ShardRows.all(reader, tableId, shard, csn, rows, ownWrites);
    }
    List<byte[]> changed = ChangedKeys.between(reader, tableId, shard, view.csn(), csn);
    owner.requireCut(tableId, view.csn());
    return ShardRows.changed(reader, tableId, shard, csn, changed, rows, ownWrites);
  }

  private SubtaskShards awaitShard(int shard) {
    try {
      while (true) {
        await(shards.whenReady(shard, csn));
        SubtaskShards owner = shards.owner(shard);
        // The one that was waited for may have ended, and its successor may not be that far.
        if (owner.appliedCsn() >= csn) {
          return owner;
        }
      }
    } catch (IllegalStateException e) {
      throw new OmenException(
          ErrorCode.CANNOT_CONNECT_NOW, "the runtime job is restarting; try again", e);
    }
  }

  private SubtaskShards awaitLocations(int shard) {
    SubtaskShards owner = awaitShard(shard);
    PublishedCut cut = owner.requireCut(tableId, view.csn());
    CompletableFuture<@Nullable Void> located = owner.whenLocated(shard, tableId, cut.cutCsn());
    if (located == null) {
      throw new OmenException(
          ErrorCode.CANNOT_CONNECT_NOW, "the runtime job is restarting; try again");
    }
    await(located);
    return owner;
  }

  private static void await(CompletableFuture<?> future) {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OmenException(
          ErrorCode.QUERY_CANCELED, "canceling statement due to user request", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof OmenException cause
          ? cause
          : new OmenException(ErrorCode.INTERNAL_ERROR, "waiting for a shard failed", e);
    }
  }
}
