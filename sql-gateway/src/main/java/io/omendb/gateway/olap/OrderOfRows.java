package io.omendb.gateway.olap;

import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.type.RelDataTypeField;

/** What of a grouping depends on the order in which its rows come. */
final class OrderOfRows {
  private static final Set<String> OF_ANY_ORDER = Set.of("bool_and", "bool_or", "every");

  private OrderOfRows() {}

  /** A refusal where the result is another for another order of the same rows. */
  static void requireNone(Aggregate aggregate) {
    List<RelDataTypeField> fields = aggregate.getInput().getRowType().getFieldList();
    for (int key : aggregate.getGroupSet()) {
      if (hasEqualForms(RelTypes.pgType(fields.get(key).getType()))) {
        throw dependent("which of several equal values is shown");
      }
    }
    for (AggregateCall call : aggregate.getAggCallList()) {
      boolean ofAnyOrder =
          switch (call.getAggregation().getKind()) {
            case COUNT, LITERAL_AGG, SINGLE_VALUE -> true;
            case SUM, SUM0 -> !isFloat(argument(call, fields));
            case MIN, MAX -> !hasEqualForms(argument(call, fields));
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

  private static PgType argument(AggregateCall call, List<RelDataTypeField> fields) {
    return RelTypes.pgType(fields.get(call.getArgList().get(0)).getType());
  }

  private static boolean isFloat(PgType type) {
    return type == PgTypes.FLOAT4 || type == PgTypes.FLOAT8;
  }

  /** Types of which values are equal that look different: 1.0 and 1.00, -0 and 0. */
  private static boolean hasEqualForms(PgType type) {
    return isFloat(type) || type == PgTypes.NUMERIC || type == PgTypes.INTERVAL;
  }
}
