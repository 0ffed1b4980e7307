package io.omendb.gateway.olap;

import io.omendb.gateway.olap.Relation.Input;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/**
 * Renders a join. A conjunct that compares a value of one side with one of the other is left to
 * Flink where it tells equal values as PostgreSQL does, since it hashes only what it sees; any
 * other conjunct is an expression over both rows.
 */
record FlinkJoin(FlinkExpressions expressions, Input left, Input right) {

  Relation render(Join join) {
    int[] keyCount = new int[1];
    String condition = condition(join.getCondition(), keyCount);
    JoinRelType type = join.getJoinType();
    if (type == JoinRelType.SEMI || type == JoinRelType.ANTI) {
      String text =
          "SELECT %s FROM %s WHERE %s (SELECT 1 FROM %s WHERE %s)"
              .formatted(
                  left.allColumns(),
                  left.derived(),
                  type == JoinRelType.SEMI ? "EXISTS" : "NOT EXISTS",
                  right.derived(),
                  condition);
      return new Relation(text, left.types());
    }
    if (type == JoinRelType.FULL && keyCount[0] == 0) {
      throw new UnsupportedPlanException(
          "Flink has no FULL JOIN without an equality that it knows");
    }
    List<Carried> types = new ArrayList<>(left.types());
    types.addAll(right.types());
    String columns =
        left.types().isEmpty() && right.types().isEmpty()
            ? "1 AS c0"
            : left.types().isEmpty()
                ? right.allColumns()
                : right.types().isEmpty()
                    ? left.allColumns()
                    : left.allColumns() + ", " + right.allColumns(left.types().size());
    String text =
        "SELECT %s FROM %s %s %s ON %s"
            .formatted(columns, left.derived(), keyword(type), right.derived(), condition);
    return new Relation(text, types);
  }

  private static String keyword(JoinRelType type) {
    return switch (type) {
      case INNER -> "JOIN";
      case LEFT -> "LEFT JOIN";
      case RIGHT -> "RIGHT JOIN";
      case FULL -> "FULL JOIN";
      default ->
          throw new UnsupportedPlanException("Flink has no counterpart of a " + type + " join");
    };
  }

  private String condition(RexNode node, int[] keyCount) {
    StringJoiner joiner = new StringJoiner(" AND ");
    for (RexNode conjunct : RexUtil.flattenAnd(List.of(node))) {
      String key = key(conjunct);
      if (key != null) {
        keyCount[0]++;
      }
      joiner.add(key != null ? key : expressions.render(conjunct, this::column).sql());
    }
    return joiner.length() == 0 ? "TRUE" : joiner.toString();
  }

  private Rendered column(int index) {
    int leftCount = left.types().size();
    return index < leftCount ? left.column(index) : right.column(index - leftCount);
  }

  /** An equality between the sides that Flink may hash; null for any other condition. */
  private @Nullable String key(RexNode node) {
    if (node.getKind() != SqlKind.EQUALS && node.getKind() != SqlKind.IS_NOT_DISTINCT_FROM) {
      return null;
    }
    RexNode a = ((RexCall) node).getOperands().get(0);
    RexNode b = ((RexCall) node).getOperands().get(1);
    if (side(a) == 0 || side(b) == 0 || side(a) == side(b)) {
      return null;
    }
    Rendered equality =
        FlinkOperators.comparison(
            node.getKind(),
            expressions.render(a, this::column),
            expressions.render(b, this::column));
    return equality == null ? null : equality.sql();
  }

  /** -1 for an expression over the left side, 1 for the right, 0 for both or none. */
  private int side(RexNode node) {
    List<Integer> inputs = ExpressionShape.of(node).inputs();
    if (inputs.isEmpty()) {
      return 0;
    }
    int leftCount = left.types().size();
    if (inputs.get(inputs.size() - 1) < leftCount) {
      return -1;
    }
    return inputs.get(0) >= leftCount ? 1 : 0;
  }
}
