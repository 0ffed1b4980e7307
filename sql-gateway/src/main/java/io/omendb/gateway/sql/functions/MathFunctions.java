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
import java.math.RoundingMode;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

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
    table.immutable("sign", FLOAT8, List.of(FLOAT8), (c, a) -> Math.signum((Double) a[0]) + 0.0);
    table.immutable(
        "sign", NUMERIC, List.of(NUMERIC), (c, a) -> BigDecimal.valueOf(decimal(a[0]).signum()));
    FloatFunctions.register(table);
    numerics(table);
    IntegerFunctions.register(table);
    table.immutable("numeric_relabel", NUMERIC, List.of(NUMERIC), (c, a) -> a[0]);
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

  private static void numerics(FunctionTable table) {
    table.immutable("sqrt", NUMERIC, List.of(NUMERIC), (c, a) -> NumericMath.sqrt(decimal(a[0])));
    table.immutable("exp", NUMERIC, List.of(NUMERIC), (c, a) -> NumericMath.exp(decimal(a[0])));
    table.immutable("ln", NUMERIC, List.of(NUMERIC), (c, a) -> NumericMath.ln(decimal(a[0])));
    for (String name : List.of("log", "log10")) {
      table.immutable(
          name,
          NUMERIC,
          List.of(NUMERIC),
          (c, a) -> NumericMath.log(BigDecimal.TEN, decimal(a[0])));
    }
    table.immutable(
        "log",
        NUMERIC,
        List.of(NUMERIC, NUMERIC),
        (c, a) -> NumericMath.log(decimal(a[0]), decimal(a[1])));
    for (String name : List.of("power", "pow")) {
      table.immutable(
          name,
          NUMERIC,
          List.of(NUMERIC, NUMERIC),
          (c, a) -> NumericMath.power(decimal(a[0]), decimal(a[1])));
    }
    table.immutable(
        "div",
        NUMERIC,
        List.of(NUMERIC, NUMERIC),
        (c, a) -> wholeQuotient(decimal(a[0]), decimal(a[1])));
    table.immutable(
        "gcd",
        NUMERIC,
        List.of(NUMERIC, NUMERIC),
        (c, a) -> greatestDivisor(decimal(a[0]), decimal(a[1])));
    table.immutable(
        "lcm",
        NUMERIC,
        List.of(NUMERIC, NUMERIC),
        (c, a) -> leastMultiple(decimal(a[0]), decimal(a[1])));
    table.immutable(
        "factorial", NUMERIC, List.of(INT8), (c, a) -> NumericMath.factorial((Long) a[0]));
    table.immutable("scale", INT4, List.of(NUMERIC), (c, a) -> decimal(a[0]).scale());
    table.immutable("min_scale", INT4, List.of(NUMERIC), (c, a) -> trimmed(decimal(a[0])).scale());
    table.immutable("trim_scale", NUMERIC, List.of(NUMERIC), (c, a) -> trimmed(decimal(a[0])));
    table.immutable(
        "width_bucket",
        INT4,
        List.of(NUMERIC, NUMERIC, NUMERIC, INT4),
        (c, a) -> bucket(decimal(a[0]), decimal(a[1]), decimal(a[2]), (Integer) a[3]));
  }

  private static BigDecimal wholeQuotient(BigDecimal a, BigDecimal b) {
    if (b.signum() == 0) {
      throw Errors.divisionByZero();
    }
    return a.divide(b, 0, RoundingMode.DOWN);
  }

  private static BigDecimal greatestDivisor(BigDecimal a, BigDecimal b) {
    int scale = Math.max(a.scale(), b.scale());
    return new BigDecimal(
        a.setScale(scale).unscaledValue().gcd(b.setScale(scale).unscaledValue()), scale);
  }

  private static BigDecimal leastMultiple(BigDecimal a, BigDecimal b) {
    int scale = Math.max(a.scale(), b.scale());
    if (a.signum() == 0 || b.signum() == 0) {
      return BigDecimal.ZERO.setScale(scale);
    }
    BigDecimal quotient = a.abs().divide(greatestDivisor(a, b), 0, RoundingMode.DOWN);
    return quotient.multiply(b.abs()).setScale(scale);
  }

  private static BigDecimal trimmed(BigDecimal value) {
    BigDecimal stripped = value.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  private static int bucket(BigDecimal operand, BigDecimal low, BigDecimal high, int count) {
    int order = FloatFunctions.requireBuckets(count, low.compareTo(high));
    if (operand.compareTo(low) * order > 0) {
      return 0;
    } else if (operand.compareTo(high) * order <= 0) {
      return FloatFunctions.lastBucket(count);
    }
    BigDecimal share = operand.subtract(low).abs().multiply(BigDecimal.valueOf(count));
    return share.divide(high.subtract(low).abs(), 0, RoundingMode.DOWN).intValue() + 1;
  }

  private static BigDecimal decimal(Object value) {
    return (BigDecimal) value;
  }

  private static Object abs(Object value, PgType type) {
    if (value instanceof Double d) {
      return Math.abs(d);
    } else if (value instanceof Float f) {
      return Math.abs(f);
    }
    boolean negative =
        value instanceof BigDecimal d ? d.signum() < 0 : ((Number) value).longValue() < 0;
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
}
