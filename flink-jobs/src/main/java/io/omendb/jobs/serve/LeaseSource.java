package io.omendb.jobs.serve;

import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.table.TableSchema;
import java.util.Collection;
import java.util.List;

/** How a transaction leases tables for readers outside it; implemented beside the runtime job. */
public interface LeaseSource {

  /**
   * Leases these tables at {@code csn}, which the caller keeps readable for as long as the lease is
   * open: it ends that hold when {@code released} runs, once. {@code ownWrites} are the uncommitted
   * changes that mask what is stored.
   */
  SnapshotLease lease(
      long csn,
      Collection<TableSchema> tables,
      List<LogRecord.Change> ownWrites,
      Runnable released);
}
