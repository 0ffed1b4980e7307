package io.omendb.jobs.serve;

import io.omendb.jobs.log.LogRecord;
import java.util.List;
import java.util.Map;

/** How a transaction leases tables for readers outside it; implemented beside the runtime job. */
public interface LeaseSource {

  /**
   * Leases tables (by id, each with the lake snapshot to read) at {@code csn}. The caller keeps
   * {@code csn}, the tables and the horizon for as long as the lease is open; closing the lease
   * runs {@code released} once. {@code ownWrites} are the transaction's uncommitted changes, which
   * mask what is stored; rows of a table without a primary key have provisional keys there.
   */
  SnapshotLease lease(
      long csn,
      Map<Integer, SnapshotLease.LakeView> tables,
      List<LogRecord.Change> ownWrites,
      Runnable released);
}
