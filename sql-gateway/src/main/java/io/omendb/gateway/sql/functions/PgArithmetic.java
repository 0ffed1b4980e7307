package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * PostgreSQL's arithmetic on two datums of one type: overflow is 22003, division by zero 22012,
 * integers divide to integers, numeric keeps PostgreSQL's display scales.
 */
public final class PgArithmetic {
  private static final int NUMERIC_SIGNIFICANT_DIGITS_MIN = 16;
  private static final int NUMERIC_SCALE_MAX = 1000;

  private PgArithmetic() {}

  public static Object add(Object a, Object b, PgType type) {
    try {
      if (a instanceof Integer x) {
        return Math.addExact(x, (Integer) b);
      } else if (a instanceof Long x) {
        return Math.addExact(x, (Long) b);
      } else if (a instanceof BigDecimal x) {
        return x.add((BigDecimal) b);
      } else if (a instanceof Double x) {
        return finite(x + (Double) b, x, (Double) b);
      } else if (a instanceof Float x) {
        return finite(x + (Float) b, x, (Float) b);
      } else if (a instanceof PgInterval x) {
        return x.plus((PgInterval) b);
      }
      return int2((Short) a + (Short) b);
    } catch (ArithmeticException e) {
      throw Errors.outOfRange(type);
    }
  }

  public static Object subtract(Object a, Object b, PgType type) {
    try {
      if (a instanceof Integer x) {
        return Math.subtractExact(x, (Integer) b);
      } else if (a instanceof Long x) {
        return Math.subtractExact(x, (Long) b);
      } else if (a instanceof BigDecimal x) {
        return x.subtract((BigDecimal) b);
      } else if (a instanceof Double x) {
        return finite(x - (Double) b, x, (Double) b);
      } else if (a instanceof Float x) {
        return finite(x - (Float) b, x, (Float) b);
      } else if (a instanceof PgInterval x) {
        return x.plus(((PgInterval) b).negated());
      }
      return int2((Short) a - (Short) b);
    } catch (ArithmeticException e) {
      throw Errors.outOfRange(type);
    }
  }

  public static Object multiply(Object a, Object b, PgType type) {
    try {
      if (a instanceof Integer x) {
        return Math.multiplyExact(x, (Integer) b);
      } else if (a instanceof Long x) {
        return Math.multiplyExact(x, (Long) b);
      } else if (a instanceof BigDecimal x) {
        return x.multiply((BigDecimal) b);
      } else if (a instanceof Double x) {
        double y = (Double) b;
        return notUnderflowed(finite(x * y, x, y), x == 0 || y == 0);
      } else if (a instanceof Float x) {
        float y = (Float) b;
        return notUnderflowed(finite(x * y, x, y), x == 0 || y == 0);
      }
      return int2((Short) a * (Short) b);
    } catch (ArithmeticException e) {
      throw Errors.outOfRange(type);
    }
  }

  public static Object divide(Object a, Object b, PgType type) {
    if (a instanceof BigDecimal x) {
      return divideNumeric(x, (BigDecimal) b);
    } else if (a instanceof Double x) {
      double y = (Double) b;
      if (y == 0 && !Double.isNaN(x)) {
        throw Errors.divisionByZero();
      }
      return notUnderflowed(finite(x / y, x, y), x == 0 || Double.isInfinite(y));
    } else if (a instanceof Float x) {
      float y = (Float) b;
      if (y == 0 && !Float.isNaN(x)) {
        throw Errors.divisionByZero();
      }
      return notUnderflowed(finite(x / y, x, y), x == 0 || Float.isInfinite(y));
    }
    long divisor = ((Number) b).longValue();
    if (divisor == 0) {
      throw Errors.divisionByZero();
    }
    long dividend = ((Number) a).longValue();
    if (divisor == -1) {
      return negate(a, type);
    }
    return integer(dividend / divisor, a);
  }

  public static Object modulo(Object a, Object b, PgType type) {
    if (a instanceof BigDecimal x) {
      BigDecimal y = (BigDecimal) b;
      if (y.signum() == 0) {
        throw Errors.divisionByZero();
      }
      BigDecimal remainder = x.remainder(y);
      return remainder.setScale(Math.max(x.scale(), y.scale()), RoundingMode.UNNECESSARY);
    }
    long divisor = ((Number) b).longValue();
    if (divisor == 0) {
      throw Errors.divisionByZero();
    }
    return integer(((Number) a).longValue() % divisor, a);
  }

  public static Object negate(Object a, PgType type) {
    try {
      if (a instanceof Integer x) {
        return Math.negateExact(x);
      } else if (a instanceof Long x) {
        return Math.negateExact(x);
      } else if (a instanceof BigDecimal x) {
        return x.negate();
      } else if (a instanceof Double x) {
        return -x;
      } else if (a instanceof Float x) {
        return -x;
      } else if (a instanceof PgInterval x) {
        return x.negated();
      }
      return int2(-(Short) a);
    } catch (ArithmeticException e) {
      throw Errors.outOfRange(type);
    }
  }

  /**
   * numeric division: at least 16 significant digits and no fewer decimals than either operand has
   * (select_div_scale in PostgreSQL's numeric.c, whose digits have base 10000).
   */
  public static BigDecimal divideNumeric(BigDecimal a, BigDecimal b) {
    if (b.signum() == 0) {
      throw Errors.divisionByZero();
    }
    int quotientWeight = weight(a) - weight(b);
    if (firstDigit(a) <= firstDigit(b)) {
      quotientWeight--;
    }
    int scale = NUMERIC_SIGNIFICANT_DIGITS_MIN - quotientWeight * 4;
    scale = Math.max(scale, Math.max(a.scale(), b.scale()));
    scale = Math.min(Math.max(scale, 0), NUMERIC_SCALE_MAX);
    return a.divide(b, scale, RoundingMode.HALF_UP);
  }

  /** The power of 10000 of the first base-10000 digit. */
  static int weight(BigDecimal value) {
    return value.signum() == 0 ? 0 : Math.floorDiv(value.precision() - value.scale() - 1, 4);
  }

  static int firstDigit(BigDecimal value) {
    if (value.signum() == 0) {
      return 0;
    }
    return value
        .abs()
        .movePointLeft(4 * weight(value))
        .round(new MathContext(8, RoundingMode.DOWN))
        .intValue();
  }

  private static Object integer(long value, Object like) {
    if (like instanceof Long) {
      return value;
    }
    return like instanceof Integer ? (Object) (int) value : (Object) (short) value;
  }

  private static Short int2(int value) {
    if (value < Short.MIN_VALUE || value > Short.MAX_VALUE) {
      throw Errors.outOfRange(PgTypes.INT2);
    }
    return (short) value;
  }

  private static Double finite(double result, double a, double b) {
    if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
      throw Errors.outOfRange(PgTypes.FLOAT8);
    }
    return result;
  }

  private static Float finite(float result, float a, float b) {
    if (Float.isInfinite(result) && !Float.isInfinite(a) && !Float.isInfinite(b)) {
      throw Errors.outOfRange(PgTypes.FLOAT4);
    }
    return result;
  }

  private static <N extends Number> N notUnderflowed(N result, boolean zeroExpected) {
    if (result.doubleValue() == 0 && !zeroExpected) {
      throw Errors.underflow();
    }
    return result;
  }
}
