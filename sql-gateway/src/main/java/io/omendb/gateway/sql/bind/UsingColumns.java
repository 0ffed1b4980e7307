package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;

/** The columns of JOIN … USING: the merged ones first, then the others of both sides. */
final class UsingColumns {
  private final Coercion coercion;
  private final Scope both;
  private final int leftColumns;
  private final JoinRelType type;
  private final List<ScopeColumn> merged = new ArrayList<>();
  private final List<ScopeColumn> rest;
  private final List<RexNode> conditions = new ArrayList<>();

  UsingColumns(Coercion coercion, Scope both, int leftColumns, JoinRelType type) {
    this.coercion = coercion;
    this.both = both;
    this.leftColumns = leftColumns;
    this.type = type;
    this.rest = new ArrayList<>(both.columns());
  }

  void add(String name, int position) {
    int left = find(name, 0, leftColumns, "left", position);
    int right = find(name, leftColumns, rest.size(), "right", position);
    ScopeColumn l = rest.get(left);
    ScopeColumn r = rest.get(right);
    Expr a = expression(l, position);
    Expr b = expression(r, position);
    conditions.add(
        new OperatorBinder(coercion).compare(SqlStdOperatorTable.EQUALS, a, b, position).rex());
    merged.add(mergedColumn(name, l, r, a, b));
    rest.set(left, l.hidden());
    rest.set(right, r.hidden());
  }

  private Expr expression(ScopeColumn column, int position) {
    RexNode node =
        column.merged() != null
            ? column.merged()
            : coercion.rex().makeInputRef(both.rel(), column.field());
    return Expr.of(node, column.type(), position);
  }

  private ScopeColumn mergedColumn(
      String name, ScopeColumn left, ScopeColumn right, Expr a, Expr b) {
    if (type != JoinRelType.FULL) {
      ScopeColumn kept = type == JoinRelType.RIGHT ? right : left;
      return new ScopeColumn(
          null,
          null,
          name,
          kept.type(),
          kept.modifier(),
          kept.field(),
          true,
          true,
          kept.merged(),
          kept.tableId(),
          kept.columnNumber());
    }
    PgType common = Coercion.commonType(List.of(a, b), "JOIN/USING");
    RexNode value =
        coercion
            .rex()
            .makeCall(
                RelTypes.rel(common, true),
                SqlStdOperatorTable.COALESCE,
                List.of(
                    coercion.coerce(a, common, Context.IMPLICIT).rex(),
                    coercion.coerce(b, common, Context.IMPLICIT).rex()));
    return new ScopeColumn(null, null, name, common, -1, left.field(), true, true, value, 0, 0);
  }

  private int find(String name, int from, int to, String side, int position) {
    int found = -1;
    for (int i = from; i < to; i++) {
      ScopeColumn column = rest.get(i);
      if (column.unqualified() && column.name().equals(name)) {
        if (found >= 0) {
          throw BindErrors.error(
              ErrorCode.AMBIGUOUS_COLUMN,
              "common column name \"%s\" appears more than once in %s table".formatted(name, side),
              position);
        }
        found = i;
      }
    }
    if (found < 0) {
      throw BindErrors.error(
          ErrorCode.UNDEFINED_COLUMN,
          "column \"%s\" specified in USING clause does not exist in %s table"
              .formatted(name, side),
          position);
    }
    return found;
  }

  RexNode condition() {
    return FromBinder.conjunction(coercion, conditions);
  }

  List<ScopeColumn> columns() {
    List<ScopeColumn> all = new ArrayList<>(merged);
    all.addAll(rest);
    return all;
  }
}
