package io.omendb.gateway.oltp;

import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * PostgreSQL's arithmetic on numbers: integers that overflow and floats that leave their range are
 * errors (22003), so is division by zero (22012); numeric quotients have PostgreSQL's scale.
 */
final class Arithmetic {
  private static final int QUOTIENT_DIGITS_MIN = 16;
  private static final int DISPLAY_SCALE_MAX = 1000;
  private static final int SCALE_MAX = 16_383;
  private static final int DIGITS_MAX = 131_072 + SCALE_MAX;

  private Arithmetic() {}

  /** The operators on two numbers. */
  enum Operation {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    MODULO
  }

  /** An operator on two operands of one type. */
  @FunctionalInterface
  interface Binary {
    Object apply(Object left, Object right);
  }

  /** The operator on operands of {@code type}, which is the result's type too. */
  static Binary binary(Operation operation, PgType type) {
    if (type == PgTypes.INT4) {
      return (a, b) -> int4(operation, (Integer) a, (Integer) b);
    }
    if (type == PgTypes.INT8) {
      return (a, b) -> int8(operation, (Long) a, (Long) b);
    }
    if (type == PgTypes.INT2) {
      return (a, b) -> int2(operation, (Short) a, (Short) b);
    }
    if (type == PgTypes.NUMERIC) {
      return (a, b) -> numeric(operation, (BigDecimal) a, (BigDecimal) b);
    }
    if (type == PgTypes.FLOAT8) {
      return (a, b) -> float8(operation, (Double) a, (Double) b);
    }
    if (type == PgTypes.FLOAT4) {
      return (a, b) -> float4(operation, (Float) a, (Float) b);
    }
    throw new OmenException(
        ErrorCode.UNDEFINED_FUNCTION,
        "operator does not exist: %s %s %s".formatted(type.sqlName(), operation, type.sqlName()));
  }

  static Object negate(Object value) {
    if (value instanceof Integer v) {
      return int4(Operation.SUBTRACT, 0, v);
    }
    if (value instanceof Long v) {
      return int8(Operation.SUBTRACT, 0, v);
    }
    if (value instanceof Short v) {
      return int2(Operation.SUBTRACT, (short) 0, v);
    }
    if (value instanceof Double v) {
      return -v;
    }
    return value instanceof Float v ? (Object) (-v) : ((BigDecimal) value).negate();
  }

  private static Integer int4(Operation operation, int a, int b) {
    long result = int8(operation, a, b);
    if (result != (int) result) {
      throw outOfRange("integer");
    }
    return (int) result;
  }

  private static Short int2(Operation operation, short a, short b) {
    long result = int8(operation, a, b);
    if (result != (short) result) {
      throw outOfRange("smallint");
    }
    return (short) result;
  }

  static Long int8(Operation operation, long a, long b) {
    try {
      return switch (operation) {
        case ADD -> Math.addExact(a, b);
        case SUBTRACT -> Math.subtractExact(a, b);
        case MULTIPLY -> Math.multiplyExact(a, b);
        case DIVIDE -> {
          if (b == 0) {
            throw divisionByZero();
          }
          yield b == -1 ? Math.negateExact(a) : a / b;
        }
        case MODULO -> {
          if (b == 0) {
            throw divisionByZero();
          }
          yield b == -1 ? 0 : a % b;
        }
      };
    } catch (ArithmeticException overflow) {
      throw outOfRange("bigint");
    }
  }

  static BigDecimal numeric(Operation operation, BigDecimal a, BigDecimal b) {
    return switch (operation) {
      case ADD -> checked(a.add(b));
      case SUBTRACT -> checked(a.subtract(b));
      case MULTIPLY -> {
        BigDecimal product = a.multiply(b);
        yield checked(
            product.scale() > SCALE_MAX
                ? product.setScale(SCALE_MAX, RoundingMode.HALF_UP)
                : product);
      }
      case DIVIDE -> divide(a, b);
      case MODULO -> {
        if (b.signum() == 0) {
          throw divisionByZero();
        }
        yield a.remainder(b).setScale(Math.max(a.scale(), b.scale()), RoundingMode.UNNECESSARY);
      }
    };
  }

  private static BigDecimal checked(BigDecimal value) {
    if (value.precision() > DIGITS_MAX) {
      throw new OmenException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    }
    return value;
  }

  /** The quotient at PostgreSQL's scale: at least 16 significant digits, see select_div_scale. */
  static BigDecimal divide(BigDecimal a, BigDecimal b) {
    if (b.signum() == 0) {
      throw divisionByZero();
    }
    int weightA = weight(a);
    int weightB = weight(b);
    int weight = weightA - weightB;
    if (firstDigit(a, weightA) <= firstDigit(b, weightB)) {
      weight--;
    }
    int scale = QUOTIENT_DIGITS_MIN - weight * 4;
    scale = Math.max(scale, Math.max(a.scale(), b.scale()));
    scale = Math.min(Math.max(scale, 0), DISPLAY_SCALE_MAX);
    return a.divide(b, scale, RoundingMode.HALF_UP);
  }

  /** The position of the first base-10000 digit, 0 being the one before the point. */
  private static int weight(BigDecimal value) {
    return value.signum() == 0 ? 0 : Math.floorDiv(value.precision() - value.scale() - 1, 4);
  }

  private static int firstDigit(BigDecimal value, int weight) {
    if (value.signum() == 0) {
      return 0;
    }
    BigInteger digit =
        value.abs().movePointLeft(4 * weight).setScale(0, RoundingMode.DOWN).toBigInteger();
    return digit.intValue();
  }

  private static Double float8(Operation operation, double a, double b) {
    double result = apply(operation, a, b);
    check(Double.isInfinite(result), result == 0, operation, a, b);
    return result;
  }

  private static Float float4(Operation operation, float a, float b) {
    float result = (float) apply(operation, a, b);
    check(Float.isInfinite(result), result == 0, operation, a, b);
    return result;
  }

  private static double apply(Operation operation, double a, double b) {
    if (b == 0 && (operation == Operation.DIVIDE || operation == Operation.MODULO)) {
      if (!Double.isNaN(a)) {
        throw divisionByZero();
      }
    }
    return switch (operation) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case MODULO -> a % b;
    };
  }

  private static void check(
      boolean infinite, boolean zero, Operation operation, double a, double b) {
    if (infinite && !Double.isInfinite(a) && !Double.isInfinite(b)) {
      throw new OmenException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
    }
    boolean underflow =
        zero
            && a != 0
            && (operation == Operation.MULTIPLY
                ? b != 0
                : operation == Operation.DIVIDE && !Double.isInfinite(b));
    if (underflow) {
      throw new OmenException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
    }
  }

  static OmenException divisionByZero() {
    return new OmenException(ErrorCode.DIVISION_BY_ZERO, "division by zero");
  }

  static OmenException outOfRange(String type) {
    return new OmenException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range".formatted(type));
  }
}
