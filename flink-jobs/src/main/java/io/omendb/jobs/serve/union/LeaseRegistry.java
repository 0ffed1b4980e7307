package io.omendb.jobs.serve.union;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import org.jspecify.annotations.Nullable;

/**
 * The open leases of this JVM: by id, and by the Flink job that reads under them. A job's sources
 * know the job, not the lease, so that one translated job serves any number of executions.
 */
public final class LeaseRegistry {
  private static final ProcessRegistry<String, LakeLease> LEASES =
      ProcessRegistry.of(Content.LEASES);
  private static final ProcessRegistry<String, LakeLease> BY_JOB =
      ProcessRegistry.of(Content.LEASES_OF_JOBS);

  private LeaseRegistry() {}

  public static void register(LakeLease lease) {
    LEASES.add(lease.id(), lease);
  }

  public static void unregister(LakeLease lease) {
    LEASES.remove(lease.id(), lease);
    BY_JOB.removeAll(lease);
  }

  /** From now until the lease is closed, the sources of that job read under it. */
  public static void assign(String jobId, String leaseId) {
    BY_JOB.add(jobId, get(leaseId));
  }

  /** The lease that a job was assigned; SNAPSHOT_TOO_OLD if it is closed or was never here. */
  public static LakeLease ofJob(String jobId) {
    @Nullable LakeLease lease = BY_JOB.get(jobId);
    if (lease == null) {
      throw new OmenException(
          ErrorCode.SNAPSHOT_TOO_OLD, "no lease is open in this process for job " + jobId);
    }
    return lease;
  }

  /** The open lease of that id; SNAPSHOT_TOO_OLD if it is closed or was never here. */
  public static LakeLease get(String leaseId) {
    @Nullable LakeLease lease = LEASES.get(leaseId);
    if (lease == null) {
      throw new OmenException(
          ErrorCode.SNAPSHOT_TOO_OLD, "no lease " + leaseId + " is open in this process");
    }
    return lease;
  }

  /** Whether an open lease may still read that table's lake files. */
  public static boolean isLeased(int tableId) {
    return LEASES.values().stream().anyMatch(lease -> lease.lakeViews().containsKey(tableId));
  }
}
