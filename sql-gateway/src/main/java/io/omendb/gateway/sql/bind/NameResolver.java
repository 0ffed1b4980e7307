package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.PgRexBuilder;
import io.omendb.jobs.ErrorCode;
import java.util.List;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/** Finds the column that a name means, from the inner query level outwards. */
final class NameResolver {
  private final PgRexBuilder rex;

  NameResolver(PgRexBuilder rex) {
    this.rex = rex;
  }

  Expr column(List<String> names, @Nullable Scope start, int position) {
    boolean tableSeen = false;
    for (Scope scope = start; scope != null; scope = scope.parent()) {
      ScopeColumn found = null;
      for (ScopeColumn column : scope.columns()) {
        tableSeen |= names.size() > 1 && namesTable(names, column);
        if (matches(names, column)) {
          if (found != null) {
            throw BindErrors.error(
                ErrorCode.AMBIGUOUS_COLUMN,
                "column reference \"%s\" is ambiguous".formatted(names.get(names.size() - 1)),
                position);
          }
          found = column;
        }
      }
      if (found != null) {
        return expression(found, scope, scope == start, position);
      }
    }
    if (names.size() > 1 && !tableSeen) {
      throw BindErrors.error(
          ErrorCode.UNDEFINED_TABLE,
          "missing FROM-clause entry for table \"%s\"".formatted(names.get(names.size() - 2)),
          position);
    }
    throw BindErrors.undefinedColumn(String.join(".", names), position);
  }

  private static boolean matches(List<String> names, ScopeColumn column) {
    return column.name().equals(names.get(names.size() - 1))
        && (names.size() == 1 ? column.unqualified() : namesTable(names, column));
  }

  private static boolean namesTable(List<String> names, ScopeColumn column) {
    int table = names.size() - 2;
    return names.get(table).equals(column.table())
        && (table == 0 || names.get(table - 1).equals(column.schema()));
  }

  private Expr expression(ScopeColumn column, Scope scope, boolean own, int position) {
    RexNode node;
    if (column.merged() != null) {
      if (!own) {
        throw BindErrors.notSupported(
            "an outer reference to a merged column of a full join", position);
      }
      node = column.merged();
    } else if (own) {
      node = rex.makeInputRef(scope.rel(), column.field());
    } else {
      RelDataTypeField field = scope.rel().getRowType().getFieldList().get(column.field());
      node =
          rex.makeFieldAccess(
              rex.makeCorrel(scope.rel().getRowType(), scope.correlation()), field.getIndex());
    }
    return Expr.of(node, column.type(), column.modifier(), position);
  }
}
