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
   * Starts the job. Rows have one datum per entry of {@code columns}, of that type. The cursor's
   * {@code next} checks the context's cancel token while it waits; closing the cursor cancels a job
   * that still runs.
   */
  RowSource run(RelNode plan, List<PgType> columns, ExecutionContext context);

  /** The engine's own plan, lines separated by newlines, for EXPLAIN. */
  String explain(RelNode plan, ExecutionContext context);

  /**
   * Why this plan cannot run here (a system table, a function without a counterpart), as a
   * sentence; empty where it can. Called when a statement is planned; must be cheap.
   */
  Optional<String> refusal(RelNode plan);
}
