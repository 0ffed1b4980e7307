package io.omendb.gateway.olap;

import io.omendb.gateway.oltp.EvaluationSnapshot;
import io.omendb.gateway.oltp.Expression;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.scope.ScopeFormat;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of a query's job find of it in this JVM, by the job's id: where its rows go and
 * the expressions that it evaluates. The job itself names none of this, so a translated job serves
 * every execution of its statement. Bounded by the number of queries that run at once.
 */
final class RunningQueries {
  private static final ProcessRegistry<String, RunningQuery> BY_JOB =
      ProcessRegistry.of(Content.RUNNING_QUERIES);

  private RunningQueries() {}

  /** One execution; {@code expressions} are numbered as the job's functions are. */
  record RunningQuery(ResultChannel results, List<SharedExpression> expressions) {}

  /**
   * An expression over a row of its arguments, and how arguments and result travel. Shared by the
   * tasks that evaluate it; each makes its own context.
   */
  record SharedExpression(
      Expression expression,
      EvaluationSnapshot snapshot,
      List<Carried> arguments,
      Carried result) {}

  static void put(JobID job, RunningQuery query) {
    BY_JOB.add(job.toHexString(), query);
  }

  static void remove(JobID job) {
    BY_JOB.remove(job.toHexString());
  }

  static RunningQuery find(JobID job) {
    return find(job.toHexString());
  }

  /** By the scope of a task's metrics, which is where a function is told its job. */
  static RunningQuery find(MetricGroup task) {
    String job = task.getAllVariables().get(ScopeFormat.SCOPE_JOB_ID);
    if (job == null) {
      throw new IllegalStateException("the task's metric group does not name its job");
    }
    return find(job);
  }

  private static RunningQuery find(String job) {
    @Nullable RunningQuery query = BY_JOB.get(job);
    if (query == null) {
      throw new IllegalStateException(
          "the statement of query job " + job + " is over, or is not in this process");
    }
    return query;
  }
}
