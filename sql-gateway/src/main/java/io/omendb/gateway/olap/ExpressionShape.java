package io.omendb.gateway.olap;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexSubQuery;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.rex.RexVisitorImpl;
import org.jspecify.annotations.Nullable;

/** What an expression reads and contains. */
final class ExpressionShape extends RexVisitorImpl<Void> {
  private final boolean deterministic;
  private final SortedSet<Integer> inputs = new TreeSet<>();
  private int nodeCount;
  private @Nullable String unsupported;

  private ExpressionShape(boolean deterministic) {
    super(true);
    this.deterministic = deterministic;
  }

  static ExpressionShape of(RexNode node) {
    ExpressionShape shape = new ExpressionShape(RexUtil.isDeterministic(node));
    node.accept(shape);
    return shape;
  }

  /** The columns that it reads, in index order. */
  List<Integer> inputs() {
    return List.copyOf(inputs);
  }

  int nodeCount() {
    return nodeCount;
  }

  /** Whether it has one value in one execution. */
  boolean isConstant() {
    return deterministic && inputs.isEmpty() && unsupported == null;
  }

  /**
   * What no task can evaluate: subqueries that are still expressions, windows, and functions that
   * are to be called once per row, since Flink's planner may move and repeat calls.
   */
  void refuseUnsupported() {
    if (!deterministic) {
      throw new UnsupportedPlanException(
          "a volatile function is to be called for each row, which Flink's planner may change");
    }
    if (unsupported != null) {
      throw new UnsupportedPlanException(unsupported + " has no counterpart in Flink");
    }
  }

  @Override
  public @Nullable Void visitInputRef(RexInputRef ref) {
    nodeCount++;
    inputs.add(ref.getIndex());
    return null;
  }

  @Override
  public @Nullable Void visitLiteral(RexLiteral literal) {
    nodeCount++;
    return null;
  }

  @Override
  public @Nullable Void visitCall(RexCall call) {
    nodeCount++;
    return super.visitCall(call);
  }

  @Override
  public @Nullable Void visitOver(RexOver over) {
    unsupported = "a window function";
    return null;
  }

  @Override
  public @Nullable Void visitSubQuery(RexSubQuery subQuery) {
    unsupported = "a subquery at this place";
    return null;
  }

  @Override
  public @Nullable Void visitCorrelVariable(RexCorrelVariable variable) {
    unsupported = "a subquery that depends on the rows around it in this way";
    return null;
  }
}
