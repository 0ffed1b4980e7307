package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexSubQuery;
import org.apache.calcite.sql.SqlAggFunction;
import org.jspecify.annotations.Nullable;

/**
 * The aggregate calls of one query level. While its expressions are bound, call k is written as a
 * reference to field {@code inputFields + k}, beyond the input's row; {@link #rewrite} turns an
 * expression over input and calls into one over the aggregate's row: groups, then calls.
 */
final class AggregateCollector {

  /** A call over expressions of the input; {@code order} are sort keys within the group. */
  record Call(
      SqlAggFunction function,
      List<RexNode> arguments,
      boolean distinct,
      @Nullable RexNode filter,
      List<RexNode> order,
      List<Boolean> descending,
      PgType type,
      RelDataType relType) {}

  private final RexBuilder rex;
  private final Scope scope;
  private final int inputFields;
  private final List<Call> calls = new ArrayList<>();
  private final List<RexNode> groups = new ArrayList<>();

  AggregateCollector(RexBuilder rex, Scope scope) {
    this.rex = rex;
    this.scope = scope;
    this.inputFields = scope.rel().getRowType().getFieldCount();
  }

  List<Call> calls() {
    return calls;
  }

  List<RexNode> groups() {
    return groups;
  }

  void group(RexNode expression) {
    if (!groups.contains(expression)) {
      groups.add(expression);
    }
  }

  /** Registers a call, or finds the same one again. */
  RexNode add(Call call) {
    int index = calls.indexOf(call);
    if (index < 0) {
      index = calls.size();
      calls.add(call);
    }
    return new RexInputRef(inputFields + index, call.relType());
  }

  /** Over the aggregate's row; 42803 for a column that is neither grouped nor aggregated. */
  RexNode rewrite(Expr e) {
    return e.rex()
        .accept(
            new RexShuttle() {
              @Override
              public RexNode visitInputRef(RexInputRef ref) {
                int group = groups.indexOf(ref);
                if (group >= 0) {
                  return groupRef(group);
                }
                if (ref.getIndex() >= inputFields) {
                  return new RexInputRef(
                      groups.size() + ref.getIndex() - inputFields, ref.getType());
                }
                throw ungrouped(ref.getIndex(), e.position());
              }

              @Override
              public RexNode visitCall(RexCall call) {
                int group = groups.indexOf(call);
                return group >= 0 ? groupRef(group) : super.visitCall(call);
              }

              @Override
              public RexNode visitSubQuery(RexSubQuery subQuery) {
                if (usesScope(subQuery)) {
                  throw BindErrors.notSupported(
                      "a subquery that refers to columns of a grouped query", e.position());
                }
                return super.visitSubQuery(subQuery);
              }

              @Override
              public RexNode visitFieldAccess(RexFieldAccess access) {
                return access;
              }
            });
  }

  private boolean usesScope(RexSubQuery subQuery) {
    return scope.usedCorrelation() != null
        && RelOptUtil.getVariablesUsed(subQuery.rel).contains(scope.usedCorrelation());
  }

  private RexNode groupRef(int group) {
    return rex.makeInputRef(groups.get(group).getType(), group);
  }

  private RuntimeException ungrouped(int field, int position) {
    for (ScopeColumn column : scope.columns()) {
      if (column.field() == field && column.merged() == null) {
        String name = column.table() == null ? column.name() : column.table() + "." + column.name();
        return BindErrors.error(
            ErrorCode.GROUPING_ERROR,
            ("column \"%s\" must appear in the GROUP BY clause or be used in an aggregate"
                    + " function")
                .formatted(name),
            position);
      }
    }
    return BindErrors.error(
        ErrorCode.GROUPING_ERROR,
        "an expression must appear in the GROUP BY clause or be used in an aggregate function",
        position);
  }

  /** Nullable, whatever its argument, where it may be over no rows. */
  RelDataType resultType(RelDataType type, boolean filtered) {
    return groups.isEmpty() || filtered
        ? RelTypes.FACTORY.createTypeWithNullability(type, true)
        : type;
  }
}
