package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.FLOAT4;
import static io.omendb.gateway.types.PgTypes.FLOAT8;
import static io.omendb.gateway.types.PgTypes.INT2;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.INT8;
import static io.omendb.gateway.types.PgTypes.NUMERIC;

import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleUnaryOperator;

/** Functions on numbers. */
final class MathFunctions {
  private MathFunctions() {}

  static void register(FunctionTable table) {
    for (PgType type : List.of(INT2, INT4, INT8, NUMERIC, FLOAT4, FLOAT8)) {
      table.immutable("abs", type, List.of(type), (c, a) -> abs(a[0], type));
    }
    for (PgType type : List.of(INT2, INT4, INT8, NUMERIC)) {
      table.immutable(
          "mod", type, List.of(type, type), (c, a) -> PgArithmetic.modulo(a[0], a[1], type));
    }
    rounding(table);
    table.immutable("sign", FLOAT8, List.of(FLOAT8), (c, a) -> Math.signum((Double) a[0]));
    table.immutable(
        "sign", NUMERIC, List.of(NUMERIC), (c, a) -> BigDecimal.valueOf(decimal(a[0]).signum()));
    real(table, "sqrt", Math::sqrt);
    real(table, "exp", Math::exp);
    real(table, "sin", Math::sin);
    real(table, "cos", Math::cos);
    real(table, "tan", Math::tan);
    real(table, "asin", Math::asin);
    real(table, "acos", Math::acos);
    real(table, "atan", Math::atan);
    real(table, "degrees", Math::toDegrees);
    real(table, "radians", Math::toRadians);
    real(table, "cbrt", Math::cbrt);
    table.immutable("ln", FLOAT8, List.of(FLOAT8), (c, a) -> Math.log(positive((Double) a[0])));
    table.immutable("log", FLOAT8, List.of(FLOAT8), (c, a) -> Math.log10(positive((Double) a[0])));
    table.immutable("numeric_relabel", NUMERIC, List.of(NUMERIC), (c, a) -> a[0]);
    for (String name : List.of("power", "pow")) {
      table.immutable(
          name, FLOAT8, List.of(FLOAT8, FLOAT8), (c, a) -> power((Double) a[0], (Double) a[1]));
      table.immutable(
          name, NUMERIC, List.of(NUMERIC, NUMERIC), (c, a) -> power(decimal(a[0]), decimal(a[1])));
    }
    table.immutable("pi", FLOAT8, List.of(), (c, a) -> Math.PI);
    table.volatileFunction(
        "random", FLOAT8, List.of(), (c, a) -> ThreadLocalRandom.current().nextDouble());
    table.immutable(
        "numeric_typmod",
        NUMERIC,
        List.of(NUMERIC, INT4, INT4),
        (c, a) -> constrain(decimal(a[0]), (Integer) a[1], (Integer) a[2]));
    table.immutable(
        "numeric_avg",
        NUMERIC,
        List.of(NUMERIC, INT8),
        (c, a) -> PgArithmetic.divideNumeric(decimal(a[0]), BigDecimal.valueOf((Long) a[1])));
    table.immutable(
        "float_avg", FLOAT8, List.of(FLOAT8, INT8), (c, a) -> (Double) a[0] / (Long) a[1]);
  }

  private static void rounding(FunctionTable table) {
    table.immutable(
        "round",
        NUMERIC,
        List.of(NUMERIC),
        (c, a) -> scale(decimal(a[0]), 0, RoundingMode.HALF_UP));
    table.immutable(
        "round",
        NUMERIC,
        List.of(NUMERIC, INT4),
        (c, a) -> scale(decimal(a[0]), (Integer) a[1], RoundingMode.HALF_UP));
    table.immutable("round", FLOAT8, List.of(FLOAT8), (c, a) -> Math.rint((Double) a[0]));
    table.immutable(
        "trunc", NUMERIC, List.of(NUMERIC), (c, a) -> scale(decimal(a[0]), 0, RoundingMode.DOWN));
    table.immutable(
        "trunc",
        NUMERIC,
        List.of(NUMERIC, INT4),
        (c, a) -> scale(decimal(a[0]), (Integer) a[1], RoundingMode.DOWN));
    table.immutable(
        "trunc",
        FLOAT8,
        List.of(FLOAT8),
        (c, a) -> (Double) a[0] < 0 ? Math.ceil((Double) a[0]) : Math.floor((Double) a[0]));
    for (String name : List.of("ceil", "ceiling")) {
      table.immutable(
          name, NUMERIC, List.of(NUMERIC), (c, a) -> scale(decimal(a[0]), 0, RoundingMode.CEILING));
      table.immutable(name, FLOAT8, List.of(FLOAT8), (c, a) -> Math.ceil((Double) a[0]));
    }
    table.immutable(
        "floor", NUMERIC, List.of(NUMERIC), (c, a) -> scale(decimal(a[0]), 0, RoundingMode.FLOOR));
    table.immutable("floor", FLOAT8, List.of(FLOAT8), (c, a) -> Math.floor((Double) a[0]));
  }

  private static void real(FunctionTable table, String name, DoubleUnaryOperator operator) {
    table.immutable(
        name,
        FLOAT8,
        List.of(FLOAT8),
        (c, a) -> {
          double argument = (Double) a[0];
          double result = operator.applyAsDouble(argument);
          if (Double.isNaN(result) && !Double.isNaN(argument)) {
            throw new OmenException(
                name.equals("sqrt")
                    ? ErrorCode.INVALID_ARGUMENT_FOR_POWER
                    : ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
                name.equals("sqrt")
                    ? "cannot take square root of a negative number"
                    : "input is out of range");
          }
          if (Double.isInfinite(result) && !Double.isInfinite(argument)) {
            throw Errors.outOfRange(FLOAT8);
          }
          return result;
        });
  }

  private static BigDecimal decimal(Object value) {
    return (BigDecimal) value;
  }

  private static Object abs(Object value, PgType type) {
    boolean negative =
        value instanceof BigDecimal d ? d.signum() < 0 : ((Number) value).doubleValue() < 0;
    return negative ? PgArithmetic.negate(value, type) : value;
  }

  private static BigDecimal scale(BigDecimal value, int scale, RoundingMode mode) {
    int bounded = Math.max(-2000, Math.min(scale, 2000));
    BigDecimal rounded = value.setScale(bounded, mode);
    return bounded < 0 ? rounded.setScale(0) : rounded;
  }

  /** numeric(p, s): rounds, and 22003 if it does not fit. */
  private static BigDecimal constrain(BigDecimal value, int precision, int scale) {
    BigDecimal rounded = value.setScale(scale, RoundingMode.HALF_UP);
    if (rounded.signum() != 0 && rounded.precision() - rounded.scale() > precision - scale) {
      throw new OmenException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
    }
    return rounded;
  }

  private static double positive(double value) {
    if (value <= 0) {
      throw new OmenException(
          ErrorCode.INVALID_ARGUMENT_FOR_LOG,
          value == 0
              ? "cannot take logarithm of zero"
              : "cannot take logarithm of a negative number");
    }
    return value;
  }

  private static double power(double base, double exponent) {
    double result = Math.pow(base, exponent);
    if (Double.isNaN(result) && !Double.isNaN(base) && !Double.isNaN(exponent)) {
      throw Errors.invalidParameter(
          "a negative number raised to a non-integer power yields a complex result");
    }
    if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
      if (base == 0) {
        throw Errors.invalidParameter("zero raised to a negative power is undefined");
      }
      throw Errors.outOfRange(FLOAT8);
    }
    return result;
  }

  /** Exact for small whole exponents, otherwise through doubles, at 16 decimals. */
  private static BigDecimal power(BigDecimal base, BigDecimal exponent) {
    BigDecimal whole = exponent.setScale(0, RoundingMode.DOWN);
    if (whole.compareTo(exponent) == 0 && whole.abs().compareTo(BigDecimal.valueOf(999)) <= 0) {
      int n = whole.intValueExact();
      if (n < 0 && base.signum() == 0) {
        throw Errors.invalidParameter("zero raised to a negative power is undefined");
      }
      BigDecimal result = base.pow(Math.abs(n), new MathContext(1000));
      if (n < 0) {
        result = BigDecimal.ONE.divide(result, new MathContext(40));
      }
      return result.setScale(Math.max(16, Math.min(base.scale(), 100)), RoundingMode.HALF_UP);
    }
    return BigDecimal.valueOf(power(base.doubleValue(), exponent.doubleValue()))
        .setScale(16, RoundingMode.HALF_UP);
  }
}
