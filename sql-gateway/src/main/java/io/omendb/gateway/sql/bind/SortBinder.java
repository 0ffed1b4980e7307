package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelCollation;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelFieldCollation.Direction;
import org.apache.calcite.rel.RelFieldCollation.NullDirection;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.logical.LogicalSort;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOrderBy;
import org.jspecify.annotations.Nullable;

/** ORDER BY, LIMIT and OFFSET. NULLs come last where ascending and first where descending. */
final class SortBinder {
  private final QueryBinder queries;
  private final Scope.@Nullable Ctes ctes;

  SortBinder(QueryBinder queries, Scope.@Nullable Ctes ctes) {
    this.queries = queries;
    this.ctes = ctes;
  }

  /** One ORDER BY item: its expression and how it sorts. */
  record Key(SqlNode expression, boolean descending, @Nullable Boolean nullsFirst) {
    static Key of(SqlNode node) {
      SqlNode expression = node;
      boolean descending = false;
      Boolean nullsFirst = null;
      while (true) {
        switch (expression.getKind()) {
          case NULLS_FIRST -> nullsFirst = true;
          case NULLS_LAST -> nullsFirst = false;
          case DESCENDING -> descending = true;
          default -> {
            return new Key(expression, descending, nullsFirst);
          }
        }
        expression = ((SqlCall) expression).operand(0);
      }
    }

    RelFieldCollation collation(int field) {
      boolean first = nullsFirst == null ? descending : nullsFirst;
      return new RelFieldCollation(
          field,
          descending ? Direction.DESCENDING : Direction.ASCENDING,
          first ? NullDirection.FIRST : NullDirection.LAST);
    }
  }

  /** Sorts a relation by its own columns only, as set operations and VALUES are. */
  Relation sorted(Relation relation, SqlOrderBy order) {
    List<RelFieldCollation> collations = new ArrayList<>();
    for (SqlNode node : order.orderList) {
      Key key = Key.of(node);
      int field = outputField(key.expression(), relation.columns());
      if (field < 0) {
        throw BindErrors.notSupported(
            "ORDER BY an expression of a set operation's result", BindErrors.position(node));
      }
      collations.add(key.collation(field));
    }
    return new Relation(
        sort(relation.rel(), RelCollations.of(collations), order), relation.columns());
  }

  /** The output column that an ORDER BY item names or counts; -1 for an expression. */
  static int outputField(SqlNode expression, List<ScopeColumn> columns) {
    if (expression instanceof SqlNumericLiteral number && number.isInteger()) {
      int ordinal = number.intValue(false);
      if (ordinal < 1 || ordinal > columns.size()) {
        throw BindErrors.error(
            ErrorCode.INVALID_COLUMN_REFERENCE,
            "ORDER BY position %d is not in select list".formatted(ordinal),
            BindErrors.position(expression));
      }
      return ordinal - 1;
    }
    if (expression.getKind() == SqlKind.LITERAL) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR,
          "non-integer constant in ORDER BY",
          BindErrors.position(expression));
    }
    if (expression instanceof SqlIdentifier identifier && identifier.isSimple()) {
      return named(identifier.getSimple(), columns, BindErrors.position(expression));
    }
    return -1;
  }

  private static int named(String name, List<ScopeColumn> columns, int position) {
    int found = -1;
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        if (found >= 0 && !sameColumn(columns.get(i), columns.get(found))) {
          throw BindErrors.error(
              ErrorCode.AMBIGUOUS_COLUMN, "ORDER BY \"%s\" is ambiguous".formatted(name), position);
        }
        found = found < 0 ? i : found;
      }
    }
    return found;
  }

  private static boolean sameColumn(ScopeColumn a, ScopeColumn b) {
    return a.tableId() != 0 && a.tableId() == b.tableId() && a.columnNumber() == b.columnNumber();
  }

  RelNode sort(RelNode input, RelCollation collation, SqlOrderBy order) {
    RexNode offset = count(order.offset, "OFFSET");
    RexNode fetch = count(order.fetch, "LIMIT");
    if (collation.getFieldCollations().isEmpty() && offset == null && fetch == null) {
      return input;
    }
    return LogicalSort.create(input, collation, offset, fetch);
  }

  private @Nullable RexNode count(@Nullable SqlNode node, String clause) {
    if (node == null) {
      return null;
    }
    Expr bound = new ExpressionBinder(queries, null, ctes, clause).bind(node);
    return queries.coercion().coerce(bound, PgTypes.INT8, Context.ASSIGNMENT).rex();
  }
}
