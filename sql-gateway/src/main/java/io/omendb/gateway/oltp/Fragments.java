package io.omendb.gateway.oltp;

import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;

/** Parts of plans for another engine that shares this executor's meaning of expressions. */
public final class Fragments {
  private Fragments() {}

  /** A scalar expression over a row of its inputs. */
  public static Expression expression(RexNode node, RexBuilder builder) {
    return new ExpressionCompiler(builder).compile(node);
  }

  /**
   * The part of {@code root} above {@code below}, over the rows of {@code below} that somebody else
   * delivers. The operator may be opened once; closing its rows closes {@code rows}.
   */
  public static Operator over(RelNode root, RelNode below, RowSource rows) {
    RelNode plan = replace(root, below, rows);
    return new PlanCompiler(plan.getCluster().getRexBuilder(), null)
        .compile(plan, PlanCompiler.all(plan));
  }

  private static RelNode replace(RelNode node, RelNode below, RowSource rows) {
    if (node == below) {
      return new OpenedRows(node.getCluster(), node.getTraitSet(), node.getRowType(), rows);
    }
    return node.copy(
        node.getTraitSet(),
        node.getInputs().stream().map(input -> replace(input, below, rows)).toList());
  }
}
