package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptRule;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.plan.hep.HepProgramBuilder;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Correlate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.RelFactories;
import org.apache.calcite.rel.core.TableFunctionScan;
import org.apache.calcite.rel.rules.CoreRules;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexSubQuery;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql2rel.RelDecorrelator;
import org.apache.calcite.tools.RelBuilder;

/**
 * Turns a bound plan into one that engines like: no subquery expressions, no correlation where it
 * can be avoided, filters as low as they go. Rules without costs: both engines decide the rest.
 */
final class Optimizer {
  private static final List<RelOptRule> SUBQUERIES =
      List.of(
          CoreRules.FILTER_SUB_QUERY_TO_CORRELATE,
          CoreRules.PROJECT_SUB_QUERY_TO_CORRELATE,
          CoreRules.JOIN_SUB_QUERY_TO_CORRELATE);

  private static final List<RelOptRule> PUSH_DOWN =
      List.of(
          CoreRules.FILTER_INTO_JOIN,
          CoreRules.JOIN_CONDITION_PUSH,
          CoreRules.FILTER_PROJECT_TRANSPOSE,
          CoreRules.FILTER_AGGREGATE_TRANSPOSE,
          CoreRules.FILTER_SET_OP_TRANSPOSE,
          CoreRules.FILTER_MERGE,
          CoreRules.PROJECT_MERGE,
          CoreRules.PROJECT_REMOVE);

  private Optimizer() {}

  static RelNode optimize(RelNode bound) {
    Shape shape = Shape.of(bound);
    RelNode plan = bound;
    if (shape.subqueries) {
      plan = apply(SUBQUERIES, plan);
      shape = Shape.of(plan);
    }
    if (shape.correlations && !shape.correlatedFunctions) {
      RelBuilder builder = RelFactories.LOGICAL_BUILDER.create(plan.getCluster(), null);
      plan = KeptTypes.release(RelDecorrelator.decorrelateQuery(KeptTypes.hold(plan), builder));
    }
    if (shape.filtersOrJoins) {
      plan = apply(PUSH_DOWN, plan);
    }
    return withoutSearch(plan, searchExpander(plan.getCluster().getRexBuilder()));
  }

  static boolean hasSubquery(RelNode plan) {
    return Shape.of(plan).subqueries;
  }

  private static RelNode apply(List<RelOptRule> rules, RelNode plan) {
    HepProgramBuilder program = HepProgram.builder();
    program.addRuleCollection(rules);
    HepPlanner planner = new HepPlanner(program.build());
    planner.setExecutor(plan.getCluster().getPlanner().getExecutor());
    planner.setRoot(plan);
    return planner.findBestExp();
  }

  /** What a plan contains, so that simple statements skip what they have no use for. */
  private static final class Shape {
    private boolean subqueries;
    private boolean correlations;
    private boolean filtersOrJoins;

    /** Calcite's decorrelator would lose the correlation of a table function's arguments. */
    private boolean correlatedFunctions;

    static Shape of(RelNode plan) {
      Shape shape = new Shape();
      shape.visit(plan);
      return shape;
    }

    private void visit(RelNode node) {
      correlations |= node instanceof Correlate;
      correlatedFunctions |=
          node instanceof TableFunctionScan && !RelOptUtil.getVariablesUsed(node).isEmpty();
      filtersOrJoins |= node instanceof Join || node instanceof Filter || node instanceof Project;
      node.accept(
          new RexShuttle() {
            @Override
            public RexNode visitSubQuery(RexSubQuery subQuery) {
              subqueries = true;
              return subQuery;
            }
          });
      for (RelNode input : node.getInputs()) {
        visit(input);
      }
    }
  }

  /** Calcite's simplifier writes ranges as SEARCH; engines get comparisons. */
  private static RelNode withoutSearch(RelNode node, RexShuttle expander) {
    List<RelNode> inputs = new ArrayList<>();
    boolean changed = false;
    for (RelNode input : node.getInputs()) {
      RelNode expanded = withoutSearch(input, expander);
      changed |= expanded != input;
      inputs.add(expanded);
    }
    RelNode copied = changed ? node.copy(node.getTraitSet(), inputs) : node;
    return copied.accept(expander);
  }

  /** Rules make CASE with integer literals of another type than the other branches. */
  private static RexNode ofOneType(RexCall call, RexBuilder rex) {
    List<RexNode> operands = new ArrayList<>();
    PgType type = RelTypes.pgType(call.getType());
    for (int i = 0; i < call.getOperands().size(); i++) {
      RexNode operand = call.getOperands().get(i);
      boolean value = i % 2 == 1 || i == call.getOperands().size() - 1;
      boolean other = value && RelTypes.pgType(operand.getType()) != type;
      operands.add(
          other
              ? rex.makeCast(
                  RelTypes.rel(type, operand.getType().isNullable()), operand, false, false)
              : operand);
    }
    return operands.equals(call.getOperands())
        ? call
        : rex.makeCall(call.getType(), call.getOperator(), operands);
  }

  private static RexShuttle searchExpander(RexBuilder rex) {
    return new RexShuttle() {
      @Override
      public RexNode visitCall(RexCall call) {
        RexNode visited = super.visitCall(call);
        return switch (visited.getKind()) {
          case SEARCH -> RexUtil.expandSearch(rex, null, visited);
          case AND -> RexUtil.flatten(rex, visited);
          // What all alternatives ask for stands before them: a join finds its keys there.
          case OR -> RexUtil.pullFactors(rex, RexUtil.flatten(rex, visited));
          case CASE -> ofOneType((RexCall) visited, rex);
          default -> visited;
        };
      }
    };
  }
}
