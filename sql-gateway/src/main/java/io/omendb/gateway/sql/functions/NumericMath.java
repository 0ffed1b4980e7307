package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * numeric's roots, logarithms and powers: computed in numeric, to the display scale that PostgreSQL
 * selects for each (numeric.c): at least 16 significant digits and no fewer decimals than the
 * operands have. The values are correctly rounded, which PostgreSQL's own are but for its rare last
 * digit.
 */
final class NumericMath {
  private static final int SIGNIFICANT_DIGITS_MIN = 16;
  private static final int SCALE_MAX = 1000;

  /** Decimal digits and scale beyond which a power or exponential is refused. */
  private static final int RESULT_SCALE_MAX = 2000;

  /** Digits computed beyond those shown. */
  private static final int GUARD_DIGITS = 12;

  private static final double LOG10_E = 0.434294481903252;
  private static final double LN_10 = 2.302585092994046;
  private static final BigDecimal TWO = BigDecimal.valueOf(2);
  private static final BigDecimal NEARLY_ONE_BELOW = new BigDecimal("0.9");
  private static final BigDecimal NEARLY_ONE_ABOVE = new BigDecimal("1.1");

  private NumericMath() {}

  static BigDecimal sqrt(BigDecimal value) {
    if (value.signum() < 0) {
      throw invalidPower("cannot take square root of a negative number");
    }
    int weight = value.signum() == 0 ? 0 : PgArithmetic.weight(value);
    int resultWeight = (weight + 1) * 4 / 2 - 1;
    return sqrt(value, scale(SIGNIFICANT_DIGITS_MIN - resultWeight, value.scale()));
  }

  /** The root rounded to that many decimals. */
  static BigDecimal sqrt(BigDecimal value, int scale) {
    if (value.signum() == 0) {
      return BigDecimal.ZERO.setScale(scale);
    }
    // One digit more and a sticky one: the integer root cannot be mistaken for a half.
    BigInteger shifted = value.movePointRight(2 * (scale + 1)).toBigInteger();
    BigInteger[] root = shifted.sqrtAndRemainder();
    BigDecimal digits = new BigDecimal(root[0], scale + 1);
    return digits.setScale(scale, RoundingMode.HALF_UP);
  }

  static BigDecimal exp(BigDecimal value) {
    double weight = Math.max(-RESULT_SCALE_MAX, Math.min(value.doubleValue() * LOG10_E, 2000));
    return exp(value, scale(SIGNIFICANT_DIGITS_MIN - (int) weight, value.scale()));
  }

  static BigDecimal ln(BigDecimal value) {
    requirePositive(value);
    return ln(value, scale(SIGNIFICANT_DIGITS_MIN - lnWeight(value), value.scale()));
  }

  /** log(base, value). */
  static BigDecimal log(BigDecimal base, BigDecimal value) {
    requirePositive(base);
    requirePositive(value);
    int weight = lnWeight(value) - lnWeight(base);
    int scale = scale(SIGNIFICANT_DIGITS_MIN - weight, Math.max(base.scale(), value.scale()));
    int digits = scale + Math.abs(weight) + GUARD_DIGITS;
    BigDecimal divisor = ln(base, digits - lnWeight(base));
    if (divisor.signum() == 0) {
      throw Errors.divisionByZero();
    }
    return ln(value, digits - Math.min(lnWeight(value), 0))
        .divide(divisor, scale, RoundingMode.HALF_UP);
  }

  static BigDecimal power(BigDecimal base, BigDecimal exponent) {
    boolean whole = exponent.signum() == 0 || exponent.stripTrailingZeros().scale() <= 0;
    if (base.signum() == 0 && exponent.signum() < 0) {
      throw invalidPower("zero raised to a negative power is undefined");
    }
    if (base.signum() < 0 && !whole) {
      throw invalidPower("a negative number raised to a non-integer power yields a complex result");
    }
    if (whole && exponent.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0) {
      return power(base, exponent.intValueExact());
    }
    if (base.signum() == 0) {
      return BigDecimal.ZERO.setScale(SIGNIFICANT_DIGITS_MIN);
    }
    BigDecimal magnitude = base.abs();
    boolean negative = base.signum() < 0 && exponent.toBigInteger().testBit(0);
    int estimateDigits = Math.max(8 - lnWeight(magnitude), 0);
    double estimate = ln(magnitude, estimateDigits).multiply(exponent).doubleValue();
    if (Math.abs(estimate) > RESULT_SCALE_MAX * 3.01) {
      if (estimate > 0) {
        throw Errors.outOfRange(PgTypes.NUMERIC);
      }
      return BigDecimal.ZERO.setScale(SCALE_MAX);
    }
    int weight = (int) (estimate * LOG10_E);
    int scale =
        scale(SIGNIFICANT_DIGITS_MIN - weight, Math.max(magnitude.scale(), exponent.scale()));
    int exponentDigits = Math.max(exponent.precision() - exponent.scale(), 0);
    int digits = scale + Math.max(weight, 0) + exponentDigits + GUARD_DIGITS;
    BigDecimal result = exp(ln(magnitude, digits).multiply(exponent), scale);
    return negative ? result.negate() : result;
  }

  private static BigDecimal power(BigDecimal base, int exponent) {
    int scale = scale(SIGNIFICANT_DIGITS_MIN, base.scale());
    if (exponent == 0) {
      return BigDecimal.ONE.setScale(scale);
    } else if (base.signum() == 0) {
      return BigDecimal.ZERO.setScale(scale);
    }
    double magnitude = exponent * log10(base.abs());
    if (magnitude > 3 * Short.MAX_VALUE * 4) {
      throw Errors.outOfRange(PgTypes.NUMERIC);
    }
    if (magnitude + 1 < -scale) {
      return BigDecimal.ZERO.setScale(scale);
    }
    long digits = Math.max(1, (long) magnitude + scale) + 8 + 10;
    MathContext context = new MathContext((int) digits, RoundingMode.HALF_EVEN);
    BigDecimal result = positivePower(base, Math.abs((long) exponent), context);
    if (exponent < 0) {
      return BigDecimal.ONE.divide(result, scale, RoundingMode.HALF_UP);
    }
    BigDecimal rounded = result.setScale(scale, RoundingMode.HALF_UP);
    if (rounded.precision() - rounded.scale() > 131_072) {
      throw Errors.outOfRange(PgTypes.NUMERIC);
    }
    return rounded;
  }

  private static BigDecimal positivePower(BigDecimal base, long exponent, MathContext context) {
    BigDecimal result = BigDecimal.ONE;
    BigDecimal square = base;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = result.multiply(square, context);
      }
      if (rest > 1) {
        square = square.multiply(square, context);
      }
    }
    return result;
  }

  private static double log10(BigDecimal value) {
    BigDecimal mantissa = value.round(new MathContext(17));
    int shift = mantissa.precision() - mantissa.scale() - 1;
    return Math.log10(mantissa.movePointLeft(shift).doubleValue()) + shift;
  }

  private static int scale(int wanted, int operands) {
    return Math.min(Math.max(Math.max(wanted, operands), 0), SCALE_MAX);
  }

  /** e to that power, rounded to that many decimals; 22003 beyond what numeric holds. */
  private static BigDecimal exp(BigDecimal value, int scale) {
    double estimate = value.doubleValue();
    if (Math.abs(estimate) >= RESULT_SCALE_MAX * 3) {
      if (estimate > 0) {
        throw Errors.outOfRange(PgTypes.NUMERIC);
      }
      return BigDecimal.ZERO.setScale(scale);
    }
    int weight = (int) (estimate * LOG10_E);
    if (weight < -scale - 2) {
      return BigDecimal.ZERO.setScale(scale);
    }
    // The argument is halved until its series is short, and the sum squared as often.
    int halvings = 4;
    for (double rest = Math.abs(estimate); rest > 0.01; rest /= 2) {
      halvings++;
    }
    int digits = scale + Math.max(weight, 0) + halvings + GUARD_DIGITS;
    MathContext context = new MathContext(digits, RoundingMode.HALF_EVEN);
    BigDecimal x = value.divide(TWO.pow(halvings), context);
    BigDecimal threshold = BigDecimal.ONE.movePointLeft(digits + 2);
    BigDecimal sum = BigDecimal.ONE.add(x);
    BigDecimal term = x;
    for (int n = 2; term.abs().compareTo(threshold) > 0; n++) {
      term = term.multiply(x, context).divide(BigDecimal.valueOf(n), context);
      sum = sum.add(term, context);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum, context);
    }
    return sum.setScale(scale, RoundingMode.HALF_UP);
  }

  /** The natural logarithm of a positive value, rounded to that many decimals. */
  private static BigDecimal ln(BigDecimal value, int scale) {
    if (value.compareTo(BigDecimal.ONE) == 0) {
      return BigDecimal.ZERO.setScale(Math.max(scale, 0));
    }
    int shift = value.precision() - value.scale() - 1;
    int digits = Math.max(scale, 0) + Integer.toString(Math.abs(shift)).length() + GUARD_DIGITS;
    MathContext context =
        new MathContext(digits + Math.max(0, -lnWeight(value)) + 4, RoundingMode.HALF_EVEN);
    // value = mantissa * 10^shift, and between 0.3 and 3 without one, so that nothing cancels.
    double near = value.doubleValue();
    BigDecimal result;
    if (near > 0.3 && near < 3) {
      result = lnNearOne(value, context);
    } else {
      BigDecimal tens = lnNearOne(BigDecimal.TEN, context).multiply(BigDecimal.valueOf(shift));
      result = lnNearOne(value.movePointLeft(shift), context).add(tens);
    }
    return result.setScale(Math.max(scale, 0), RoundingMode.HALF_UP);
  }

  /** By square roots towards 1 and then 2 artanh((x - 1) / (x + 1)). */
  private static BigDecimal lnNearOne(BigDecimal value, MathContext context) {
    int roots = 0;
    MathContext wider = new MathContext(context.getPrecision() + 12, RoundingMode.HALF_EVEN);
    BigDecimal x = value;
    while (Math.abs(x.doubleValue() - 1) > 0.05) {
      x = x.sqrt(wider);
      roots++;
    }
    BigDecimal ratio = x.subtract(BigDecimal.ONE).divide(x.add(BigDecimal.ONE), wider);
    if (ratio.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigDecimal square = ratio.multiply(ratio, wider);
    BigDecimal threshold = ratio.abs().movePointLeft(context.getPrecision() + 2);
    BigDecimal sum = ratio;
    BigDecimal power = ratio;
    for (int n = 3; power.abs().compareTo(threshold) > 0; n += 2) {
      power = power.multiply(square, wider);
      sum = sum.add(power.divide(BigDecimal.valueOf(n), wider), wider);
    }
    return sum.multiply(TWO.pow(roots + 1), wider);
  }

  /** The decimal weight of ln(value), as PostgreSQL estimates it to select scales. */
  private static int lnWeight(BigDecimal value) {
    if (value.signum() <= 0) {
      return 0;
    }
    if (value.compareTo(NEARLY_ONE_BELOW) >= 0 && value.compareTo(NEARLY_ONE_ABOVE) <= 0) {
      BigDecimal distance = value.subtract(BigDecimal.ONE);
      if (distance.signum() == 0) {
        return 0;
      }
      return PgArithmetic.weight(distance) * 4
          + (int) Math.log10(PgArithmetic.firstDigit(distance));
    }
    // Its first two base-10000 digits, or the one it has.
    int weight = PgArithmetic.weight(value) * 4;
    BigDecimal leading = value.movePointLeft(weight);
    double logarithm = weight * LN_10;
    BigDecimal two = leading.movePointRight(4);
    boolean one = leading.stripTrailingZeros().scale() <= 0;
    logarithm += one ? Math.log(leading.intValue()) : Math.log(two.intValue()) - 4 * LN_10;
    return (int) Math.log10(Math.abs(logarithm));
  }

  private static void requirePositive(BigDecimal value) {
    if (value.signum() <= 0) {
      throw new OmenException(
          ErrorCode.INVALID_ARGUMENT_FOR_LOG,
          value.signum() == 0
              ? "cannot take logarithm of zero"
              : "cannot take logarithm of a negative number");
    }
  }

  static OmenException invalidPower(String message) {
    return new OmenException(ErrorCode.INVALID_ARGUMENT_FOR_POWER, message);
  }

  /**
   * Variance or its root from count, sum and sum of squares (numeric_stddev_internal); null where
   * there are too few values.
   */
  static @org.jspecify.annotations.Nullable BigDecimal deviation(
      long count, BigDecimal sum, BigDecimal squares, boolean sample, boolean root) {
    if (count <= (sample ? 1 : 0)) {
      return null;
    }
    BigDecimal n = BigDecimal.valueOf(count);
    BigDecimal numerator =
        n.multiply(squares).setScale(2 * sum.scale()).subtract(sum.multiply(sum));
    if (numerator.signum() <= 0) {
      return BigDecimal.ZERO;
    }
    BigDecimal divisor = n.multiply(BigDecimal.valueOf(sample ? count - 1 : count));
    BigDecimal variance = PgArithmetic.divideNumeric(numerator, divisor);
    return root ? sqrt(variance, variance.scale()) : variance;
  }

  /** n!. */
  static BigDecimal factorial(long n) {
    if (n < 0) {
      throw new OmenException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "factorial of a negative number is undefined");
    }
    if (n > 32_177) {
      throw Errors.outOfRange(PgTypes.NUMERIC);
    }
    return new BigDecimal(product(2, n));
  }

  /** The product of a range by halves, so that factors are of like size. */
  private static BigInteger product(long from, long to) {
    if (from > to) {
      return BigInteger.ONE;
    }
    if (to - from < 16) {
      BigInteger result = BigInteger.valueOf(from);
      for (long i = from + 1; i <= to; i++) {
        result = result.multiply(BigInteger.valueOf(i));
      }
      return result;
    }
    long middle = (from + to) >>> 1;
    return product(from, middle).multiply(product(middle + 1, to));
  }
}
