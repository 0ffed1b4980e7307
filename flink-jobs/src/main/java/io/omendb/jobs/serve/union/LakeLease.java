package io.omendb.jobs.serve.union;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.shard.ShardDirectory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A lease whose tables are read as lake snapshot plus hot delta. Thread-safe; registered in {@link
 * LeaseRegistry} while open.
 */
public final class LakeLease implements SnapshotLease {
  private final String id;
  private final long csn;
  private final Map<Integer, LakeView> views;
  private final List<Change> ownWrites;
  private final ShardDirectory shards;
  private final LeasedLake lake;
  private final Runnable released;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Map<Integer, LeasedTable> tables = new ConcurrentHashMap<>();

  LakeLease(
      String id,
      long csn,
      Map<Integer, LakeView> views,
      List<Change> ownWrites,
      ShardDirectory shards,
      LeasedLake lake,
      Runnable released) {
    this.id = id;
    this.csn = csn;
    this.views = Map.copyOf(views);
    this.ownWrites = List.copyOf(ownWrites);
    this.shards = shards;
    this.lake = lake;
    this.released = released;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public long csn() {
    return csn;
  }

  @Override
  public Map<Integer, LakeView> lakeViews() {
    return views;
  }

  /** How to read one of the leased tables. */
  public LeasedTable table(int tableId) {
    if (closed.get()) {
      throw new OmenException(ErrorCode.SNAPSHOT_TOO_OLD, "lease " + id + " is closed");
    }
    @Nullable LakeView view = views.get(tableId);
    if (view == null) {
      throw new OmenException(
          ErrorCode.UNDEFINED_TABLE, "lease %s has no table %d".formatted(id, tableId));
    }
    return tables.computeIfAbsent(
        tableId,
        key -> new LeasedTable(tableId, csn, view, OwnWrites.of(tableId, ownWrites), shards, lake));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      LeaseRegistry.unregister(this);
      try {
        lake.close();
      } finally {
        released.run();
      }
    }
  }
}
