package io.omendb.gateway.olap;

import io.omendb.gateway.olap.FlinkExpressions.ExpressionCompilation;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.PlanCompiler;
import io.omendb.gateway.oltp.RowSource;
import java.util.Optional;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;

/**
 * Cuts a plan into what Flink runs and what the gateway does with its result: a chain of projections, filters and sorts at the top that
 * computes values which cannot travel through Flink unchanged, such as numerics whose scale depends on the value (averages, quotients)
 * or intervals. Such a chain usually stands over an aggregation, so few rows pass through it.
 */
final class PlanSplit {
  private final RelNode root;
  private final RelNode below;

  private PlanSplit(RelNode root, RelNode below) {
    this.root = root;
    this.below = below;
  }

  static PlanSplit of(RelNode root) {
    RelNode below = root;
    RelNode node = root;
    while (node instanceof Project || node instanceof Filter || node instanceof Sort) {
      RelNode input = node.getInput(0);
      if (node instanceof Project project && computesWhatCannotTravel(project)) {
        below = input;
      }
      node = input;
    }
    // A sort keeps its order only at the root of a Flink query: a bare projection over it is the gateway's.
    if (below == root && root instanceof Project project && project.getInput() instanceof Sort) {
      below = project.getInput();
    }
    return new PlanSplit(root, below);
  }

  private static boolean computesWhatCannotTravel(Project project) {
    for (RexNode expression : project.getProjects()) {
      if (!(expression instanceof RexInputRef)) {
        Optional<FlinkTypes.Carried> carried = FlinkTypes.carried(expression.getType());
        if (carried.isEmpty() || carried.get().isDynamic()) {
          return true;
        }
      }
    }
    return false;
  }

  /** What Flink runs. */
  RelNode below() {
    return below;
  }

  /** Runs the rest over Flink's rows. */
  RowSource open(RowSource rows, ExpressionCompilation compilation, ExecutionContext context) {
    return below == root ? rows : PlanCompiler.over(root, below, rows).open(context);
  }
}
