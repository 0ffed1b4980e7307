package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.FLOAT8;
import static io.omendb.gateway.types.PgTypes.INT4;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.util.FastMath;

/**
 * Functions on double precision. The elementary ones are FastMath's, which are right to the last
 * bit in all but rare cases, as the C library's that PostgreSQL calls are; Java's own may be one
 * bit off.
 */
final class FloatFunctions {
  private static final double LN_2 = Math.log(2);

  private FloatFunctions() {}

  static void register(FunctionTable table) {
    table.immutable("sqrt", FLOAT8, List.of(FLOAT8), (c, a) -> squareRoot((Double) a[0]));
    table.immutable("exp", FLOAT8, List.of(FLOAT8), (c, a) -> exponential((Double) a[0]));
    table.immutable("ln", FLOAT8, List.of(FLOAT8), (c, a) -> FastMath.log(positive((Double) a[0])));
    for (String name : List.of("log", "log10")) {
      table.immutable(
          name, FLOAT8, List.of(FLOAT8), (c, a) -> StrictMath.log10(positive((Double) a[0])));
    }
    for (String name : List.of("power", "pow")) {
      table.immutable(
          name, FLOAT8, List.of(FLOAT8, FLOAT8), (c, a) -> power((Double) a[0], (Double) a[1]));
    }
    table.immutable("cbrt", FLOAT8, List.of(FLOAT8), (c, a) -> Math.cbrt((Double) a[0]));
    circular(table);
    hyperbolic(table);
    degrees(table);
    table.immutable(
        "width_bucket",
        INT4,
        List.of(FLOAT8, FLOAT8, FLOAT8, INT4),
        (c, a) -> bucket((Double) a[0], (Double) a[1], (Double) a[2], (Integer) a[3]));
  }

  private static void circular(FunctionTable table) {
    real(table, "sin", FastMath::sin);
    real(table, "cos", FastMath::cos);
    real(table, "tan", FastMath::tan);
    real(table, "cot", x -> 1 / FastMath.tan(x));
    real(table, "asin", FastMath::asin);
    real(table, "acos", FastMath::acos);
    real(table, "atan", FastMath::atan);
    real(table, "atan2", FastMath::atan2);
    real(table, "degrees", x -> x / (Math.PI / 180));
    real(table, "radians", x -> x * (Math.PI / 180));
  }

  private static void hyperbolic(FunctionTable table) {
    table.immutable("sinh", FLOAT8, List.of(FLOAT8), (c, a) -> StrictMath.sinh((Double) a[0]));
    table.immutable("cosh", FLOAT8, List.of(FLOAT8), (c, a) -> hyperbolicCosine((Double) a[0]));
    table.immutable("tanh", FLOAT8, List.of(FLOAT8), (c, a) -> StrictMath.tanh((Double) a[0]));
  }

  /** The circular functions of angles in degrees, exact where they are known to be. */
  private static void degrees(FunctionTable table) {
    real(table, "sind", Degrees::sine);
    real(table, "cosd", Degrees::cosine);
    real(table, "tand", Degrees::tangent);
    real(table, "cotd", Degrees::cotangent);
    real(table, "asind", Degrees::arcSine);
    real(table, "acosd", Degrees::arcCosine);
    real(table, "atand", x -> Degrees.arcTangent(x));
    real(table, "atan2d", (y, x) -> Degrees.arcTangent(y, x));
  }

  private static void real(FunctionTable table, String name, DoubleUnaryOperator operator) {
    table.immutable(
        name,
        FLOAT8,
        List.of(FLOAT8),
        (c, a) -> {
          double argument = (Double) a[0];
          return inRange(operator.applyAsDouble(argument), name, argument);
        });
  }

  private static void real(FunctionTable table, String name, DoubleBinaryOperator operator) {
    table.immutable(
        name,
        FLOAT8,
        List.of(FLOAT8, FLOAT8),
        (c, a) -> operator.applyAsDouble((Double) a[0], (Double) a[1]));
  }

  /** tan and cot may end at an infinity. */
  private static double inRange(double result, String name, double argument) {
    if (Double.isNaN(result) && !Double.isNaN(argument)) {
      throw new OmenException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range");
    }
    boolean pole = name.startsWith("tan") || name.startsWith("cot");
    if (Double.isInfinite(result) && !Double.isInfinite(argument) && !pole) {
      throw Errors.outOfRange(FLOAT8);
    }
    return result;
  }

  /** From exp, as the C library does beyond small arguments. */
  private static double hyperbolicCosine(double value) {
    double magnitude = Math.abs(value);
    if (!(magnitude > 0.5 * LN_2) || magnitude > 700) {
      return StrictMath.cosh(value);
    }
    double power = FastMath.exp(magnitude);
    return magnitude < 22 ? 0.5 * power + 0.5 / power : 0.5 * power;
  }

  private static double squareRoot(double value) {
    if (value < 0) {
      throw NumericMath.invalidPower("cannot take square root of a negative number");
    }
    return Math.sqrt(value);
  }

  private static double exponential(double value) {
    double result = FastMath.exp(value);
    if (!Double.isInfinite(value)) {
      checkRange(result, false);
    }
    return result;
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
    if (Double.isNaN(base)) {
      return exponent == 0 ? 1 : base;
    } else if (Double.isNaN(exponent)) {
      return base == 1 ? 1 : exponent;
    }
    if (base == 0 && exponent < 0) {
      throw NumericMath.invalidPower("zero raised to a negative power is undefined");
    }
    if (base < 0 && Math.floor(exponent) != exponent) {
      throw NumericMath.invalidPower(
          "a negative number raised to a non-integer power yields a complex result");
    }
    if (Double.isInfinite(exponent) && Math.abs(base) == 1) {
      return 1;
    }
    double result = FastMath.pow(base, exponent);
    if (!Double.isInfinite(base) && !Double.isInfinite(exponent)) {
      checkRange(result, base == 0);
    }
    return result;
  }

  private static void checkRange(double result, boolean zeroExpected) {
    if (Double.isInfinite(result)) {
      throw Errors.outOfRange(FLOAT8);
    }
    if (result == 0 && !zeroExpected) {
      throw Errors.underflow();
    }
  }

  private static int bucket(double operand, double low, double high, int count) {
    if (Double.isNaN(operand) || Double.isNaN(low) || Double.isNaN(high)) {
      throw invalidBucket("operand, lower bound, and upper bound cannot be NaN");
    }
    if (Double.isInfinite(low) || Double.isInfinite(high)) {
      throw invalidBucket("lower and upper bounds must be finite");
    }
    int order = requireBuckets(count, Double.compare(low, high));
    if (Double.compare(operand, low) * order > 0) {
      return 0;
    } else if (Double.compare(operand, high) * order <= 0) {
      return lastBucket(count);
    }
    double share = order < 0 ? (operand - low) / (high - low) : (low - operand) / (low - high);
    return Math.min((int) (count * share), count - 1) + 1;
  }

  /** -1 where the buckets ascend, 1 where they descend; 2201G where there are none. */
  static int requireBuckets(int count, int order) {
    if (count <= 0) {
      throw invalidBucket("count must be greater than zero");
    }
    if (order == 0) {
      throw invalidBucket("lower bound cannot equal upper bound");
    }
    return order;
  }

  static int lastBucket(int count) {
    try {
      return Math.addExact(count, 1);
    } catch (ArithmeticException e) {
      throw Errors.outOfRange(INT4);
    }
  }

  private static OmenException invalidBucket(String message) {
    return new OmenException(ErrorCode.INVALID_ARGUMENT_FOR_WIDTH_BUCKET, message);
  }
}
