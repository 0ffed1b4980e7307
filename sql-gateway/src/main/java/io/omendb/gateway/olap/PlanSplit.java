package io.omendb.gateway.olap;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Fragments;
import io.omendb.gateway.oltp.RowSource;
import java.util.function.Function;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rex.RexNode;

/**
 * Cuts a plan into what Flink runs and what the gateway does with its result: a chain of
 * projections, filters and sorts at the top that computes values which cannot travel through Flink
 * unchanged, such as numerics whose scale depends on the value (averages, quotients) or intervals.
 * Such a chain usually stands over an aggregation, so few rows pass through it.
 */
final class PlanSplit {
  private final RelNode root;
  private final RelNode below;

  private PlanSplit(RelNode root, RelNode below) {
    this.root = root;
    this.below = below;
  }

  /** {@code dryRun} renders without side effects, to find out how a node's values would travel. */
  static PlanSplit of(RelNode root, Function<RelNode, FlinkSqlRenderer.Relation> dryRun) {
    RelNode below = root;
    RelNode node = root;
    while (node instanceof Project || node instanceof Filter || node instanceof Sort) {
      RelNode input = node.getInput(0);
      if (node instanceof Project project && computesWhatCannotTravel(project, dryRun)) {
        below = input;
      }
      node = input;
    }
    // A sort keeps its order only at the root of a Flink query: a bare projection over it is the
    // gateway's.
    if (below == root && root instanceof Project project && project.getInput() instanceof Sort) {
      below = project.getInput();
    }
    return new PlanSplit(root, below);
  }

  private static boolean computesWhatCannotTravel(
      Project project, Function<RelNode, FlinkSqlRenderer.Relation> dryRun) {
    for (RexNode expression : project.getProjects()) {
      if (FlinkTypes.carried(expression.getType()).isEmpty()) {
        return true;
      }
    }
    return dryRun.apply(project).columns().stream().anyMatch(FlinkTypes.Carried::isDynamic);
  }

  /** What Flink runs. */
  RelNode below() {
    return below;
  }

  /** Runs the rest over Flink's rows. */
  RowSource open(RowSource rows, ExecutionContext context) {
    return below == root ? rows : Fragments.over(root, below, rows).open(context);
  }
}
