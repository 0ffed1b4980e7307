package io.omendb.jobs.connector;

import io.omendb.jobs.serve.union.LakeLease;
import io.omendb.jobs.serve.union.LeaseRegistry;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.scope.ScopeFormat;

/** Finds the lease of the job that a source runs in. */
final class JobLease {
  private JobLease() {}

  /** A source is told its job by its metrics' scope only. */
  static LakeLease of(MetricGroup source) {
    String jobId = source.getAllVariables().get(ScopeFormat.SCOPE_JOB_ID);
    if (jobId == null) {
      throw new IllegalStateException("the source's metric group does not name its job");
    }
    return LeaseRegistry.ofJob(jobId);
  }
}
