package io.omendb.jobs.serve.union;

import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.serve.LeaseSource;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.shard.ShardDirectory;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/** Gives out {@link LakeLease}s over the shards and the lake of this JVM. */
public final class LakeLeaseSource implements LeaseSource {
  private final ShardDirectory shards;
  private final Supplier<LeasedLake> lake;

  /** {@code lake} opens or joins the lake's catalog; each lease closes what it got. */
  public LakeLeaseSource(ShardDirectory shards, Supplier<LeasedLake> lake) {
    this.shards = shards;
    this.lake = lake;
  }

  @Override
  public SnapshotLease lease(
      long csn,
      Map<Integer, SnapshotLease.LakeView> tables,
      List<LogRecord.Change> ownWrites,
      Runnable released) {
    LakeLease lease =
        new LakeLease(
            UUID.randomUUID().toString(), csn, tables, ownWrites, shards, lake.get(), released);
    LeaseRegistry.register(lease);
    return lease;
  }
}
