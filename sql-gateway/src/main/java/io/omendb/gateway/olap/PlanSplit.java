package io.omendb.gateway.olap;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Fragments;
import io.omendb.gateway.oltp.RowSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.Window;

/**
 * Cuts a plan into what Flink runs and what the gateway does with its result: a chain of
 * projections, filters, sorts, windows and groupings at the top that Flink would not do exactly,
 * such as a sort of floats or a sum of numerics that have a scale each. Usually such a chain stands
 * over a grouping or a join, so few rows pass through it. Flink's rows come in no order, so a
 * grouping whose result depends on the order of its rows is not done over them.
 */
final class PlanSplit {
  private final RelNode root;
  private final RelNode below;
  private final Relation relation;

  private PlanSplit(RelNode root, RelNode below, Relation relation) {
    this.root = root;
    this.below = below;
    this.relation = relation;
  }

  /**
   * The split that leaves most to Flink; {@code render} throws {@link UnsupportedPlanException} for
   * what Flink does not do, and so does this where no split helps.
   */
  static PlanSplit of(RelNode root, Function<RelNode, Relation> render) {
    RelNode below = underOrderedRows(root);
    while (true) {
      Relation relation;
      try {
        relation = render.apply(below).requireExact();
      } catch (UnsupportedPlanException refused) {
        if (!isUnary(below)) {
          throw refused;
        }
        below = below.getInput(0);
        continue;
      }
      for (RelNode node = root; node != below; node = node.getInput(0)) {
        if (node instanceof Aggregate aggregate) {
          OrderOfRows.requireNone(
              aggregate, aggregate.getInput() == below ? relation.columns() : List.of());
        }
      }
      return new PlanSplit(root, below, relation);
    }
  }

  /**
   * A sort keeps its order only at the root of a Flink query: what is above it is the gateway's.
   */
  private static RelNode underOrderedRows(RelNode root) {
    RelNode node = root;
    while (node instanceof Project || node instanceof Filter) {
      node = node.getInput(0);
    }
    boolean ordered =
        node instanceof Sort sort && !sort.getCollation().getFieldCollations().isEmpty();
    return ordered ? node : root;
  }

  private static boolean isUnary(RelNode node) {
    return node instanceof Project
        || node instanceof Filter
        || node instanceof Sort
        || node instanceof Window
        || node instanceof Aggregate;
  }

  /** What Flink runs. */
  RelNode below() {
    return below;
  }

  /** {@link #below()} as rendered when the split was made. */
  Relation relation() {
    return relation;
  }

  /** What the gateway does with Flink's rows, the last step first, as EXPLAIN shows it. */
  List<String> above() {
    List<String> steps = new ArrayList<>();
    for (RelNode node = root; node != below; node = node.getInput(0)) {
      steps.add(node.getRelTypeName().replace("Logical", ""));
    }
    return steps;
  }

  /** Runs the rest over Flink's rows. */
  RowSource open(RowSource rows, ExecutionContext context) {
    return below == root ? rows : Fragments.over(root, below, rows).open(context);
  }
}
