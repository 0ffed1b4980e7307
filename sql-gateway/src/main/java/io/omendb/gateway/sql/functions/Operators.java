package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgType;
import org.apache.calcite.rex.RexCall;
import org.jspecify.annotations.Nullable;

/**
 * What each operator of a plan does to datums. Plans hold, beside {@link PgFunction}s, only these
 * of Calcite's operators: comparisons, IS [NOT] DISTINCT FROM, + - * / mod and unary minus on two
 * operands of one type, AND, OR, NOT, IS [NOT] NULL/TRUE/FALSE, CASE, COALESCE, CAST. AND, OR, CASE
 * and COALESCE are control flow and the executor's own.
 */
public final class Operators {
  private Operators() {}

  /**
   * The meaning of a call; null arguments are dealt with. IllegalArgumentException for control flow
   * and operators that no plan holds.
   */
  public static Scalar of(RexCall call) {
    if (call.getOperator() instanceof PgFunction function) {
      return function::eval;
    }
    PgType type = RelTypes.pgType(call.getType());
    return switch (call.getKind()) {
      case PLUS -> strict((c, a) -> PgArithmetic.add(a[0], a[1], type));
      case MINUS -> strict((c, a) -> PgArithmetic.subtract(a[0], a[1], type));
      case TIMES -> strict((c, a) -> PgArithmetic.multiply(a[0], a[1], type));
      case DIVIDE -> strict((c, a) -> PgArithmetic.divide(a[0], a[1], type));
      case MOD -> strict((c, a) -> PgArithmetic.modulo(a[0], a[1], type));
      case MINUS_PREFIX -> strict((c, a) -> PgArithmetic.negate(a[0], type));
      case PLUS_PREFIX -> strict((c, a) -> a[0]);
      case EQUALS -> strict((c, a) -> PgComparison.equal(a[0], a[1]));
      case NOT_EQUALS -> strict((c, a) -> !PgComparison.equal(a[0], a[1]));
      case LESS_THAN -> strict((c, a) -> PgComparison.compare(a[0], a[1]) < 0);
      case LESS_THAN_OR_EQUAL -> strict((c, a) -> PgComparison.compare(a[0], a[1]) <= 0);
      case GREATER_THAN -> strict((c, a) -> PgComparison.compare(a[0], a[1]) > 0);
      case GREATER_THAN_OR_EQUAL -> strict((c, a) -> PgComparison.compare(a[0], a[1]) >= 0);
      case IS_DISTINCT_FROM -> (c, a) -> !same(a[0], a[1]);
      case IS_NOT_DISTINCT_FROM -> (c, a) -> same(a[0], a[1]);
      case NOT -> strict((c, a) -> !(Boolean) a[0]);
      case IS_NULL, IS_UNKNOWN -> (c, a) -> a[0] == null;
      case IS_NOT_NULL -> (c, a) -> a[0] != null;
      case IS_TRUE -> (c, a) -> Boolean.TRUE.equals(a[0]);
      case IS_NOT_TRUE -> (c, a) -> !Boolean.TRUE.equals(a[0]);
      case IS_FALSE -> (c, a) -> Boolean.FALSE.equals(a[0]);
      case IS_NOT_FALSE -> (c, a) -> !Boolean.FALSE.equals(a[0]);
      case CAST -> {
        PgType from = RelTypes.pgType(call.getOperands().get(0).getType());
        yield strict((c, a) -> PgCasts.cast(a[0], from, type, c.zone()));
      }
      default -> throw new IllegalArgumentException("no operator in plans: " + call);
    };
  }

  private interface Strict {
    @Nullable Object eval(EvalContext context, Object[] arguments);
  }

  private static Scalar strict(Strict body) {
    return (context, arguments) -> {
      Object[] values = new Object[arguments.length];
      for (int i = 0; i < values.length; i++) {
        Object argument = arguments[i];
        if (argument == null) {
          return null;
        }
        values[i] = argument;
      }
      return body.eval(context, values);
    };
  }

  private static boolean same(@Nullable Object a, @Nullable Object b) {
    if (a == null || b == null) {
      return a == null && b == null;
    }
    return PgComparison.equal(a, b);
  }
}
