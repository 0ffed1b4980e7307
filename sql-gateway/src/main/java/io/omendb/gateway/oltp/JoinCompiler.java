package io.omendb.gateway.oltp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.util.ImmutableBitSet;
import org.jspecify.annotations.Nullable;

/** Chooses how a join runs: by hash, by key lookups into the right side, or row by row. */
final class JoinCompiler {
  private final PlanCompiler plans;
  private final RexBuilder builder;
  private final ExpressionCompiler expressions;

  JoinCompiler(PlanCompiler plans, RexBuilder builder, ExpressionCompiler expressions) {
    this.plans = plans;
    this.builder = builder;
    this.expressions = expressions;
  }

  /** One {@code left = right} of the condition; both over their own side's fields. */
  private record Equality(RexNode left, RexNode right) {}

  Operator compile(Join join, ImmutableBitSet needed) {
    if (join.getJoinType() == JoinRelType.INNER
        && isConfined(join.getRight())
        && !isConfined(join.getLeft())) {
      return swapped(join);
    }
    return compile(
        join.getLeft(), join.getRight(), join.getJoinType(), join.getCondition(), needed);
  }

  /** With the smaller side first, so that the other can be looked up; columns put back in order. */
  private Operator swapped(Join join) {
    int leftWidth = width(join.getLeft());
    int rightWidth = width(join.getRight());
    RexNode condition =
        join.getCondition()
            .accept(
                new RexShuttle() {
                  @Override
                  public RexNode visitInputRef(RexInputRef ref) {
                    int index = ref.getIndex();
                    return new RexInputRef(
                        index < leftWidth ? index + rightWidth : index - leftWidth, ref.getType());
                  }
                });
    Operator joined =
        compile(
            join.getRight(),
            join.getLeft(),
            JoinRelType.INNER,
            condition,
            ImmutableBitSet.range(leftWidth + rightWidth));
    List<Expression> columns = new ArrayList<>();
    for (int i = 0; i < leftWidth + rightWidth; i++) {
      int from = i < leftWidth ? i + rightWidth : i - leftWidth;
      columns.add((row, context) -> row[from]);
    }
    return new ProjectOperator(joined, columns);
  }

  private Operator compile(
      RelNode left, RelNode right, JoinRelType type, RexNode condition, ImmutableBitSet needed) {
    int leftWidth = width(left);
    int rightWidth = width(right);
    List<Equality> equalities = new ArrayList<>();
    List<RexNode> rest = new ArrayList<>();
    split(condition, leftWidth, equalities, rest);
    ImmutableBitSet used = needed.union(RelOptUtil.InputFinder.bits(condition));
    ImmutableBitSet leftNeeded = used.intersect(ImmutableBitSet.range(leftWidth));
    ImmutableBitSet rightNeeded = used.except(ImmutableBitSet.range(leftWidth)).shift(-leftWidth);
    Operator leftRows = plans.compile(left, leftNeeded);
    Operator rightRows = plans.compile(right, rightNeeded);
    UnaryOperator<Operator> byHash =
        input ->
            new HashJoinOperator(
                input,
                rightRows,
                HashJoinOperator.Kind.valueOf(type.name()),
                leftWidth,
                rightWidth,
                equalities.isEmpty() ? null : keys(equalities),
                rest.isEmpty() ? null : expressions.compile(and(rest)));
    UnaryOperator<Operator> byLookup =
        rest.isEmpty() || type == JoinRelType.INNER
            ? byLookup(left, right, type, equalities, rest, rightNeeded)
            : null;
    return byLookup == null
        ? byHash.apply(leftRows)
        : new AdaptiveJoinOperator(leftRows, byLookup, byHash);
  }

  private static int width(RelNode node) {
    return node.getRowType().getFieldCount();
  }

  private void split(
      RexNode condition, int leftWidth, List<Equality> equalities, List<RexNode> rest) {
    for (RexNode conjunct :
        RelOptUtil.conjunctions(RexUtil.expandSearch(builder, null, condition))) {
      Equality equality =
          conjunct.isA(SqlKind.EQUALS) ? equality((RexCall) conjunct, leftWidth) : null;
      if (equality == null) {
        rest.add(conjunct);
      } else {
        equalities.add(equality);
      }
    }
  }

  private static @Nullable Equality equality(RexCall call, int leftWidth) {
    RexNode a = call.getOperands().get(0);
    RexNode b = call.getOperands().get(1);
    ImmutableBitSet aBits = RelOptUtil.InputFinder.bits(a);
    ImmutableBitSet bBits = RelOptUtil.InputFinder.bits(b);
    if (aBits.isEmpty() || bBits.isEmpty()) {
      return null;
    }
    if (aBits.length() <= leftWidth && bBits.nth(0) >= leftWidth) {
      return new Equality(a, RexUtil.shift(b, -leftWidth));
    }
    if (bBits.length() <= leftWidth && aBits.nth(0) >= leftWidth) {
      return new Equality(b, RexUtil.shift(a, -leftWidth));
    }
    return null;
  }

  private HashJoinOperator.Keys keys(List<Equality> equalities) {
    List<Expression> left = new ArrayList<>();
    List<Expression> right = new ArrayList<>();
    for (Equality equality : equalities) {
      left.add(expressions.compile(equality.left()));
      right.add(expressions.compile(equality.right()));
    }
    return new HashJoinOperator.Keys(left, right);
  }

  private RexNode and(List<RexNode> nodes) {
    return RexUtil.composeConjunction(builder, nodes);
  }

  /** Null where the right side has no key that the equalities bind. */
  private @Nullable UnaryOperator<Operator> byLookup(
      RelNode left,
      RelNode right,
      JoinRelType type,
      List<Equality> equalities,
      List<RexNode> rest,
      ImmutableBitSet rightNeeded) {
    boolean suits =
        type == JoinRelType.INNER
            || type == JoinRelType.LEFT
            || type == JoinRelType.SEMI
            || type == JoinRelType.ANTI;
    if (!suits || equalities.isEmpty()) {
      return null;
    }
    CorrelationId variable = right.getCluster().createCorrel();
    RexNode leftRow = builder.makeCorrel(left.getRowType(), variable);
    List<RexNode> conditions = new ArrayList<>();
    for (Equality equality : equalities) {
      RexNode value =
          equality
              .left()
              .accept(
                  new RexShuttle() {
                    @Override
                    public RexNode visitInputRef(RexInputRef ref) {
                      return builder.makeFieldAccess(leftRow, ref.getIndex());
                    }
                  });
      conditions.add(builder.makeCall(SqlStdOperatorTable.EQUALS, equality.right(), value));
    }
    RelNode sought = PlanRewriter.rewrite(LogicalFilter.create(right, and(conditions)));
    if (!isConfined(sought)) {
      return null;
    }
    Operator lookup = plans.compile(sought, rightNeeded);
    Expression residual = rest.isEmpty() ? null : expressions.compile(and(rest));
    return input -> {
      Operator joined =
          new CorrelateOperator(
              input,
              lookup,
              variable.getId(),
              PlanCompiler.correlateKind(type),
              width(left),
              width(right));
      return residual == null ? joined : new FilterOperator(joined, residual);
    };
  }

  /** Whether a plan reads a table by equality on its leading key columns, and nothing else. */
  private boolean isConfined(RelNode node) {
    if (node instanceof Project project) {
      return isConfined(project.getInput());
    }
    if (node instanceof Filter filter
        && filter.getInput() instanceof TableScan scan
        && scan.getTable().unwrap(io.omendb.jobs.table.TableSchema.class) != null) {
      return plans.accessPath(scan, filter.getCondition()).prefixLength() > 0;
    }
    return node instanceof Filter filter && isConfined(filter.getInput());
  }
}
