package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.parser.ExpressionText;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.Column;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlNode;

/** What a column gets that a statement says nothing about, and conversion to columns' types. */
final class Defaults {
  private final QueryBinder queries;

  Defaults(QueryBinder queries) {
    this.queries = queries;
  }

  /** The column's default, or NULL. */
  RexNode of(Column column) {
    PgType type = PgTypes.forColumn(column.type());
    String text = column.defaultExpression();
    return text == null
        ? queries.rex().makeNullLiteral(RelTypes.rel(type, true))
        : bound(ExpressionText.parse(text), column.name(), type);
  }

  /** A default expression as a value of the column's type. */
  RexNode bound(SqlNode expression, String column, PgType type) {
    Expr e = new ExpressionBinder(queries, null, null, "DEFAULT expressions").bind(expression);
    return assigned(e, column, type);
  }

  /** Conversion as an assignment does it; 42804 where there is none. */
  RexNode assigned(Expr e, String column, PgType type) {
    if (!Coercion.canCoerce(e.type(), type, Context.ASSIGNMENT)) {
      throw BindErrors.error(
          ErrorCode.DATATYPE_MISMATCH,
          "column \"%s\" is of type %s but expression is of type %s"
              .formatted(column, type.sqlName(), e.type().sqlName()),
          e.position());
    }
    return queries.coercion().coerce(e, type, Context.ASSIGNMENT).rex();
  }
}
