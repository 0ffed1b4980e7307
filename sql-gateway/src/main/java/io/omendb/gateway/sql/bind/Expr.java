package io.omendb.gateway.sql.bind;

import io.omendb.gateway.types.PgType;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/**
 * A bound expression with its PostgreSQL type. Of type unknown are string literals ({@code text} is
 * set), parameters whose type is not known yet ({@code parameter} is 0 or more), and NULL; all are
 * made into another type by {@link Coercion}. {@code modifier} is PostgreSQL's typmod, -1 for none.
 */
record Expr(
    RexNode rex, PgType type, int modifier, int position, @Nullable String text, int parameter) {

  static Expr of(RexNode rex, PgType type, int position) {
    return new Expr(rex, type, -1, position, null, -1);
  }

  static Expr of(RexNode rex, PgType type, int modifier, int position) {
    return new Expr(rex, type, modifier, position, null, -1);
  }

  boolean isUntypedParameter() {
    return parameter >= 0;
  }

  boolean isNullLiteral() {
    return text == null
        && parameter < 0
        && rex.isA(SqlKind.LITERAL)
        && RexLiteral.isNullLiteral(rex);
  }
}
