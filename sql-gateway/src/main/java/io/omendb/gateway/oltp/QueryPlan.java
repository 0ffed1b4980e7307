package io.omendb.gateway.oltp;

import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.core.Values;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/**
 * A query compiled for this executor. Immutable; valid for the catalog version that it was planned
 * against.
 */
public final class QueryPlan {
  private final RelNode plan;
  private final Operator operator;
  private final @Nullable PointQuery pointQuery;
  private final Shape shape;

  private QueryPlan(RelNode plan, Operator operator, @Nullable PointQuery pointQuery) {
    this.plan = plan;
    this.operator = operator;
    this.pointQuery = pointQuery;
    this.shape = shapeOf(plan);
  }

  /** Compiles a validated plan; FEATURE_NOT_SUPPORTED where it has what the executor lacks. */
  public static QueryPlan of(RelNode validated) {
    return of(validated, null);
  }

  /** Likewise; a VALUES leaf without rows, if there is one, yields {@code rows} instead. */
  static QueryPlan of(RelNode validated, @Nullable Operator rows) {
    RelNode plan = PlanRewriter.rewrite(validated);
    RexBuilder builder = plan.getCluster().getRexBuilder();
    Operator operator = new PlanCompiler(builder, rows).compile(plan, PlanCompiler.all(plan));
    return new QueryPlan(plan, operator, PointQuery.of(plan, builder));
  }

  /** Starts one execution. */
  public RowSource open(ExecutionContext context) {
    return operator.open(context);
  }

  /** Null where the query is no lookup of one row by its key. */
  public @Nullable PointQuery pointQuery() {
    return pointQuery;
  }

  /** How one table is read. */
  public record Access(
      TableSchema table, boolean wholeTable, boolean limited, String description) {}

  /** Whether it is one row of expressions over no table, as a plain INSERT's source is. */
  boolean isOneRow() {
    RelNode node = plan;
    while (node instanceof Project) {
      node = node.getInput(0);
    }
    return node instanceof Values values && values.getTuples().size() == 1;
  }

  /** Whether a network thread may evaluate the expressions of a {@link #isOneRow} plan. */
  boolean isPromptRow() {
    RelNode node = plan;
    while (node instanceof Project project) {
      if (!PromptExpressions.areAll(project.getProjects())) {
        return false;
      }
      node = node.getInput(0);
    }
    return node instanceof Values values
        && values.getTuples().stream()
            .allMatch(row -> row.stream().allMatch(PromptExpressions::is));
  }

  /** What the plan reads and does, for the router. */
  public record Shape(List<Access> accesses, boolean aggregates, int joins) {}

  public Shape shape() {
    return shape;
  }

  private static Shape shapeOf(RelNode plan) {
    List<Access> accesses = new ArrayList<>();
    int[] joins = new int[1];
    boolean[] aggregates = new boolean[1];
    visit(plan, null, false, accesses, joins, aggregates);
    return new Shape(List.copyOf(accesses), aggregates[0], joins[0]);
  }

  private static void visit(
      RelNode node,
      @Nullable RexNode condition,
      boolean limited,
      List<Access> accesses,
      int[] joins,
      boolean[] aggregates) {
    if (node instanceof TableScan scan) {
      if (scan.getTable().unwrap(TableSchema.class) != null) {
        RexBuilder builder = node.getCluster().getRexBuilder();
        AccessPath path =
            new AccessPaths(builder, new ExpressionCompiler(builder))
                .of(PlanCompiler.table(scan), condition);
        accesses.add(new Access(path.table(), path.isWholeTable(), limited, path.describe()));
      }
      return;
    }
    if (node instanceof Join) {
      joins[0]++;
    }
    if (node instanceof Aggregate) {
      aggregates[0] = true;
    }
    boolean below =
        node instanceof Sort sort
            ? sort.fetch != null && sort.getCollation().getFieldCollations().isEmpty()
            : limited && !(node instanceof Aggregate) && !(node instanceof Join);
    for (RelNode input : node.getInputs()) {
      visit(
          input,
          node instanceof Filter filter ? filter.getCondition() : null,
          below && !(node instanceof Filter),
          accesses,
          joins,
          aggregates);
    }
  }

  /** The plan as EXPLAIN shows it, one line per node. */
  public List<String> describe() {
    List<String> lines = new ArrayList<>();
    describe(plan, null, 0, lines);
    return lines;
  }

  private void describe(RelNode node, @Nullable RexNode condition, int depth, List<String> lines) {
    String indent = depth == 0 ? "" : "  ".repeat(depth - 1) + "  ->  ";
    if (node instanceof TableScan scan && scan.getTable().unwrap(TableSchema.class) != null) {
      RexBuilder builder = plan.getCluster().getRexBuilder();
      AccessPath path =
          new AccessPaths(builder, new ExpressionCompiler(builder))
              .of(PlanCompiler.table(scan), condition);
      lines.add(indent + path.describe());
      return;
    }
    String name = node.getRelTypeName().replace("Logical", "");
    String detail = node instanceof Filter filter ? ": " + filter.getCondition() : "";
    lines.add(indent + name + detail);
    for (RelNode input : node.getInputs()) {
      describe(
          input, node instanceof Filter filter ? filter.getCondition() : null, depth + 1, lines);
    }
  }
}
