package io.omendb.gateway.olap;

import io.omendb.gateway.olap.Relation.Input;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgTypes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.type.SqlTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Renders a grouping: counts, sums of integers and of numerics of one scale, least and greatest
 * values. A sum of numerics is Flink's own where no number of rows can take it beyond 38 digits,
 * since Flink's becomes NULL there and starts again with the next row.
 */
record FlinkAggregate(FlinkSqlRenderer renderer, Aggregate aggregate, Input input) {
  /** More take Flink's compiler seconds. */
  private static final int CALLS_MAX = 50;

  /** Each set of distinct arguments multiplies the rows. */
  private static final int DISTINCT_MAX = 8;

  static FlinkAggregate of(FlinkSqlRenderer renderer, Aggregate aggregate) {
    if (aggregate.getGroupType() != Aggregate.Group.SIMPLE) {
      throw new UnsupportedPlanException("grouping sets run in the gateway only");
    }
    long distinct = aggregate.getAggCallList().stream().filter(AggregateCall::isDistinct).count();
    if (aggregate.getAggCallList().size() > CALLS_MAX || distinct > DISTINCT_MAX) {
      throw new UnsupportedPlanException(
          "more than %d aggregates, or %d of DISTINCT values, are too many for a Flink job"
              .formatted(CALLS_MAX, DISTINCT_MAX));
    }
    Input input =
        aggregate.getInput() instanceof Project project
            ? renderer.project(project, onlySummed(aggregate)).as(renderer.alias())
            : renderer.input(aggregate.getInput());
    return new FlinkAggregate(renderer, aggregate, input);
  }

  private static Set<Integer> onlySummed(Aggregate aggregate) {
    Set<Integer> summed = new HashSet<>();
    Set<Integer> others = new HashSet<>(aggregate.getGroupSet().asList());
    for (AggregateCall call : aggregate.getAggCallList()) {
      boolean sum =
          (call.getAggregation().getKind() == SqlKind.SUM
                  || call.getAggregation().getKind() == SqlKind.SUM0)
              && RelTypes.pgType(call.getType()) == PgTypes.NUMERIC;
      (sum ? summed : others).addAll(call.getArgList());
    }
    summed.removeAll(others);
    return summed;
  }

  Relation render() {
    List<Rendered> outputs = new ArrayList<>();
    StringJoiner groups = new StringJoiner(", ");
    for (int key : aggregate.getGroupSet()) {
      requireEquality(input.column(key));
      outputs.add(input.column(key));
      groups.add(input.name(key));
    }
    for (AggregateCall call : aggregate.getAggCallList()) {
      outputs.add(call(call));
    }
    StringJoiner select = new StringJoiner(", ");
    for (int i = 0; i < outputs.size(); i++) {
      select.add(outputs.get(i).sql() + " AS c" + i);
    }
    String list = outputs.isEmpty() ? "COUNT(*) AS c0" : select.toString();
    String grouping = aggregate.getGroupSet().isEmpty() ? "" : " GROUP BY " + groups;
    return new Relation(
        "SELECT " + list + " FROM " + input.derived() + grouping,
        outputs.stream().map(Rendered::type).toList());
  }

  private static void requireEquality(Rendered value) {
    if (!value.type().hasExactEquality()) {
      throw new UnsupportedPlanException(
          "Flink does not tell equal values of type %s as PostgreSQL does"
              .formatted(value.type().pgType().sqlName()));
    }
  }

  private Rendered call(AggregateCall call) {
    Rendered rendered =
        switch (call.getAggregation().getKind()) {
          case COUNT -> count(call);
          case SUM, SUM0 -> sum(call);
          case MIN, MAX -> extreme(call);
          case LITERAL_AGG -> literal(call);
          default -> null;
        };
    if (rendered == null) {
      throw new UnsupportedPlanException(
          "Flink does not compute %s over this type as PostgreSQL does"
              .formatted(call.getAggregation().getName().toLowerCase(Locale.ROOT)));
    }
    return rendered;
  }

  private String distinct(AggregateCall call) {
    if (call.isDistinct()) {
      call.getArgList().forEach(argument -> requireEquality(input.column(argument)));
    }
    return call.isDistinct() ? "DISTINCT " : "";
  }

  private String filtered(AggregateCall call) {
    return call.hasFilter() ? " FILTER (WHERE " + input.name(call.filterArg) + ")" : "";
  }

  private @Nullable Rendered count(AggregateCall call) {
    if (call.getArgList().size() > 1) {
      return null;
    }
    String argument =
        call.getArgList().isEmpty() ? "*" : distinct(call) + input.name(call.getArgList().get(0));
    return new Rendered(
        "COUNT(" + argument + ")" + filtered(call), FlinkTypes.require(call.getType()));
  }

  private @Nullable Rendered sum(AggregateCall call) {
    Rendered argument = input.column(call.getArgList().get(0));
    Digits digits = argument.type().digits();
    Carried result = FlinkTypes.require(call.getType());
    if (digits == null) {
      return null;
    }
    if (result.pgType() == PgTypes.NUMERIC) {
      Digits bounded = digits.bounded();
      boolean zeroOfNoScale = call.getAggregation().getKind() == SqlKind.SUM0 && digits.scale() > 0;
      if (bounded == null || zeroOfNoScale) {
        return null;
      }
      if (!digits.canBeSummed()) {
        argument = renderer.expressions().bounded(argument, bounded);
      }
      result = digits.summed();
    } else if (!result.isInteger() || !argument.type().isInteger()) {
      return null;
    }
    String sum = "SUM(" + distinct(call) + argument.castTo(result).sql() + ")" + filtered(call);
    // The sum of no rows: PostgreSQL's is NULL, the optimizer's own SUM0 is 0.
    return new Rendered(
        call.getAggregation().getKind() == SqlKind.SUM0
            ? "COALESCE(" + sum + ", CAST(0 AS " + result.sql() + "))"
            : sum,
        result);
  }

  private @Nullable Rendered extreme(AggregateCall call) {
    Rendered argument = input.column(call.getArgList().get(0));
    if (!argument.type().hasExactOrder() || argument.type().pgType() == PgTypes.BOOL) {
      return null;
    }
    return new Rendered(
        call.getAggregation().getKind() + "(" + argument.sql() + ")" + filtered(call),
        argument.type());
  }

  /** A constant per group, which rules put there to tell that there was one. */
  private @Nullable Rendered literal(AggregateCall call) {
    return !aggregate.getGroupSet().isEmpty()
            && call.rexList.get(0) instanceof RexLiteral literal
            && literal.getType().getSqlTypeName() == SqlTypeName.BOOLEAN
        ? renderer.expressions().render(literal, index -> input.column(index))
        : null;
  }
}
