package io.omendb.gateway.olap;

import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;

/** What of a grouping depends on the order in which its rows come. */
final class OrderOfRows {
  private static final Set<String> OF_ANY_ORDER = Set.of("bool_and", "bool_or", "every");

  private OrderOfRows() {}

  /**
   * A refusal where the result is another for another order of the same rows. {@code columns} is
   * how the input's columns come from Flink; empty where they come from the gateway.
   */
  static void requireNone(Aggregate aggregate, List<Carried> columns) {
    for (int key : aggregate.getGroupSet()) {
      if (hasEqualForms(aggregate, key, columns)) {
        throw dependent("which of several equal values is shown");
      }
    }
    for (AggregateCall call : aggregate.getAggCallList()) {
      boolean ofAnyOrder =
          switch (call.getAggregation().getKind()) {
            case COUNT, LITERAL_AGG, SINGLE_VALUE -> true;
            case SUM, SUM0 -> !isFloat(type(aggregate, call.getArgList().get(0)));
            case MIN, MAX -> !hasEqualForms(aggregate, call.getArgList().get(0), columns);
            default ->
                OF_ANY_ORDER.contains(call.getAggregation().getName())
                    || !call.getCollation().getFieldCollations().isEmpty();
          };
      if (!ofAnyOrder) {
        throw dependent(call.getAggregation().getName().toLowerCase(Locale.ROOT));
      }
    }
  }

  private static UnsupportedPlanException dependent(String what) {
    return new UnsupportedPlanException(
        "%s depends on the order of rows, which Flink does not keep".formatted(what));
  }

  private static PgType type(Aggregate aggregate, int column) {
    return RelTypes.pgType(aggregate.getInput().getRowType().getFieldList().get(column).getType());
  }

  private static boolean isFloat(PgType type) {
    return type == PgTypes.FLOAT4 || type == PgTypes.FLOAT8;
  }

  /**
   * Whether the column may have values that are equal and look different: 1.0 and 1.00, -0 and 0.
   */
  private static boolean hasEqualForms(Aggregate aggregate, int column, List<Carried> columns) {
    PgType type = type(aggregate, column);
    return isFloat(type)
        || type == PgTypes.INTERVAL
        || (type == PgTypes.NUMERIC && (columns.isEmpty() || !columns.get(column).isExactNumber()));
  }
}
