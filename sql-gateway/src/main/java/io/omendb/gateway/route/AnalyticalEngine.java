package io.omendb.gateway.route;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.types.PgType;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.rel.RelNode;

/**
 * Runs validated plans as Flink batch jobs over lake snapshot plus hot delta. Thread-safe.
 *
 * <p>A plan reads what its statement's transaction sees: its snapshot, its own writes included. The
 * engine takes a {@link io.omendb.jobs.serve.SnapshotLease} from the context's transaction for the
 * tables it reads and closes it with the rows.
 */
public interface AnalyticalEngine {

  /**
   * Starts the job. FEATURE_NOT_SUPPORTED, from here or from the rows, says that a value turned out
   * to be none that the engine carries exactly: the executor over state can run the plan. Rows have
   * one datum per entry of {@code columns}, of that type. The cursor's {@code next} checks the
   * context's cancel token while it waits; closing the cursor cancels a job that still runs.
   */
  RowSource run(RelNode plan, List<PgType> columns, ExecutionContext context);

  /** The engine's own plan, lines separated by newlines, for EXPLAIN. */
  String explain(RelNode plan, ExecutionContext context);

  /**
   * Why this plan cannot run here with PostgreSQL's results (a system table, floats to be grouped),
   * as a sentence; empty where it can. Called for each execution; must be cheap.
   */
  Optional<String> refusal(RelNode plan);
}
