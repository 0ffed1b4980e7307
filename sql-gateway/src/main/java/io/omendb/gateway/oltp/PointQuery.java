package io.omendb.gateway.oltp;

import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.util.ImmutableBitSet;
import org.jspecify.annotations.Nullable;

/**
 * A query for at most one row by its whole primary key: everything but the read itself is done when
 * it is prepared. Immutable.
 */
public final class PointQuery {
  private final AccessPath path;
  private final TableScanOperator scan;
  private final @Nullable Expression residual;
  private final Expression @Nullable [] projection;
  private final boolean prompt;

  private PointQuery(
      AccessPath path,
      TableScanOperator scan,
      @Nullable Expression residual,
      Expression @Nullable [] projection,
      boolean prompt) {
    this.prompt = prompt;
    this.path = path;
    this.scan = scan;
    this.residual = residual;
    this.projection = projection;
  }

  /** Null where the plan is something else. The plan is rewritten already. */
  static @Nullable PointQuery of(RelNode plan, RexBuilder builder) {
    ExpressionCompiler compiler = new ExpressionCompiler(builder);
    List<RexNode> projects = null;
    RelNode node = plan;
    if (node instanceof Project project) {
      projects = project.getProjects();
      node = project.getInput();
    }
    if (!(node instanceof Filter filter)
        || !(filter.getInput() instanceof TableScan tableScan)
        || tableScan.getTable().unwrap(io.omendb.jobs.table.TableSchema.class) == null) {
      return null;
    }
    AccessPath path =
        new AccessPaths(builder, compiler).of(PlanCompiler.table(tableScan), filter.getCondition());
    if (!path.isPoint() || path.alternatives().size() != 1) {
      return null;
    }
    boolean exact =
        path.isExact()
            && RelOptUtil.conjunctions(filter.getCondition()).size()
                == path.table().primaryKey().size();
    ImmutableBitSet needed =
        projects == null ? PlanCompiler.all(node) : RelOptUtil.InputFinder.bits(projects, null);
    if (!exact) {
      needed = needed.union(RelOptUtil.InputFinder.bits(filter.getCondition()));
    }
    return new PointQuery(
        path,
        new TableScanOperator(path, needed),
        exact ? null : compiler.compile(filter.getCondition()),
        projects == null ? null : compiler.compile(projects).toArray(new Expression[0]),
        PromptExpressions.is(filter.getCondition())
            && (projects == null || PromptExpressions.areAll(projects)));
  }

  /** Whether a network thread may evaluate its expressions. */
  boolean isPrompt() {
    return prompt;
  }

  /**
   * As {@link #read}, for network threads: null where a thread that may wait has to do it, because
   * of what there is to read or to compute.
   */
  public Transaction.@Nullable Found tryRead(Transaction transaction, ExecutionContext context) {
    if (!prompt) {
      return null;
    }
    List<Object> key = path.point(context);
    return key == null ? new Transaction.Found(null) : transaction.tryGet(path.table(), key);
  }

  /** Starts the read; completed already where the shard is ready. */
  public CompletableFuture<@Nullable StoredRow> read(
      Transaction transaction, ExecutionContext context) {
    List<Object> key = path.point(context);
    return key == null
        ? CompletableFuture.completedFuture(null)
        : transaction.get(path.table(), key);
  }

  /** The result row of what was read; null for none. */
  public @Nullable Object @Nullable [] row(@Nullable StoredRow stored, ExecutionContext context) {
    if (stored == null) {
      return null;
    }
    @Nullable Object[] row = scan.datums(stored);
    if (residual != null && !Boolean.TRUE.equals(residual.eval(row, context))) {
      return null;
    }
    if (projection == null) {
      return row;
    }
    @Nullable Object[] projected = new Object[projection.length];
    for (int i = 0; i < projected.length; i++) {
      projected[i] = projection[i].eval(row, context);
    }
    return projected;
  }
}
