package io.omendb.gateway.oltp;

import java.util.List;
import org.apache.calcite.plan.Contexts;
import org.apache.calcite.plan.RelOptRule;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.plan.hep.HepProgramBuilder;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.rules.CoreRules;
import org.apache.calcite.tools.RelBuilder;

/**
 * Moves filters down to the scans and joins that can use them, and removes projections that do
 * nothing. Expressions are moved, never evaluated or simplified: what an expression means is the
 * executor's to say, not Calcite's.
 */
final class PlanRewriter {
  private static final List<RelOptRule> RULES =
      List.of(
          CoreRules.FILTER_MERGE,
          CoreRules.FILTER_INTO_JOIN,
          CoreRules.JOIN_CONDITION_PUSH,
          CoreRules.FILTER_PROJECT_TRANSPOSE,
          CoreRules.FILTER_AGGREGATE_TRANSPOSE,
          CoreRules.FILTER_SET_OP_TRANSPOSE,
          CoreRules.FILTER_CORRELATE,
          CoreRules.PROJECT_MERGE,
          CoreRules.PROJECT_REMOVE);
  private static final HepProgram PROGRAM = program();

  private PlanRewriter() {}

  private static HepProgram program() {
    return new HepProgramBuilder().addRuleCollection(RULES).build();
  }

  static RelNode rewrite(RelNode plan) {
    HepPlanner planner =
        new HepPlanner(PROGRAM, Contexts.of(RelBuilder.Config.DEFAULT.withSimplify(false)));
    planner.setRoot(plan);
    return planner.findBestExp();
  }
}
