package io.omendb.gateway.types;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Floating-point numbers as PostgreSQL prints them (extra_float_digits = 1): the fewest digits that
 * read back as the same value and, of these, the closest; an exponent where it is below -4 or at
 * least 15 (real: 6). Java 17's own {@code toString} is at times a digit too long.
 *
 * <p>Most numbers that people store have at most 15 (real: 6) digits; these are found by
 * multiplication. The rest is searched downward from Java's digits with exact arithmetic.
 */
final class ShortestDecimal {
  private static final int FAST_SCALE_MAX = 9;
  private static final double[] POWERS = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

  private ShortestDecimal() {}

  static void append(StringBuilder out, double value) {
    if (appendSpecial(out, value) || appendFast(out, value, 1e15)) {
      return;
    }
    BigDecimal exact = new BigDecimal(value);
    double magnitude = Math.abs(value);
    BigDecimal lower = exact.abs().add(new BigDecimal(Math.nextDown(magnitude)));
    BigDecimal upper =
        magnitude == Double.MAX_VALUE
            ? null
            : exact.abs().add(new BigDecimal(Math.nextUp(magnitude)));
    BigDecimal shortest = shortest(exact.abs(), lower, upper, 17);
    appendDigits(out, value < 0, shortest, 15);
  }

  static void append(StringBuilder out, float value) {
    if (appendSpecial(out, value)) {
      return;
    }
    float magnitude = Math.abs(value);
    BigDecimal exact = new BigDecimal(magnitude);
    BigDecimal lower = exact.add(new BigDecimal(Math.nextDown(magnitude)));
    BigDecimal upper =
        magnitude == Float.MAX_VALUE ? null : exact.add(new BigDecimal(Math.nextUp(magnitude)));
    appendDigits(out, value < 0, shortest(exact, lower, upper, 9), 6);
  }

  private static boolean appendSpecial(StringBuilder out, double value) {
    if (Double.isNaN(value)) {
      out.append("NaN");
    } else if (Double.isInfinite(value)) {
      out.append(value > 0 ? "Infinity" : "-Infinity");
    } else if (value == 0) {
      out.append(1 / value < 0 ? "-0" : "0");
    } else {
      return false;
    }
    return true;
  }

  /**
   * A decimal of at most 15 digits that reads back as the value is the only such one, so the first
   * found by scale is the shortest. An integer below 10^15 divided by a power of ten up to 10^22 is
   * rounded correctly, so the division is the parser.
   */
  private static boolean appendFast(StringBuilder out, double value, double limit) {
    double magnitude = Math.abs(value);
    if (magnitude >= limit || magnitude < 1e-4) {
      return false;
    }
    for (int scale = 0; scale <= FAST_SCALE_MAX; scale++) {
      double scaled = Math.rint(magnitude * POWERS[scale]);
      if (scaled >= limit) {
        return false;
      }
      if (scaled / POWERS[scale] == magnitude) {
        if (value < 0) {
          out.append('-');
        }
        appendScaled(out, (long) scaled, scale);
        return true;
      }
    }
    return false;
  }

  private static void appendScaled(StringBuilder out, long digits, int scale) {
    long power = (long) POWERS[scale];
    out.append(digits / power);
    if (scale > 0) {
      long fraction = digits % power;
      out.append('.');
      for (long p = power / 10; p > 0; p /= 10) {
        out.append((char) ('0' + fraction / p % 10));
      }
    }
  }

  /**
   * The shortest decimal strictly between half {@code lower} and half {@code upper}, which are
   * twice the bounds of what reads back as {@code exact}. Strictly: PostgreSQL does not rely on a
   * reader's rounding of ties. {@code upper} is null at the largest finite value, whose upper half
   * of the interval is as wide as the lower one.
   */
  private static BigDecimal shortest(
      BigDecimal exact, BigDecimal lower, @Nullable BigDecimal upper, int digitsMax) {
    BigDecimal top = upper != null ? upper : exact.multiply(BigDecimal.valueOf(4)).subtract(lower);
    int low = 1;
    int high = digitsMax;
    // Round-trip length is monotone: what n digits can say, n + 1 can.
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isInside(round(exact, middle, RoundingMode.HALF_EVEN), lower, top)
          || isInside(round(exact, middle, RoundingMode.UP), lower, top)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    BigDecimal closest = round(exact, low, RoundingMode.HALF_EVEN);
    // At a power of two the interval is wider above, where the second closest may lie.
    return isInside(closest, lower, top) ? closest : round(exact, low, RoundingMode.UP);
  }

  private static boolean isInside(BigDecimal candidate, BigDecimal lower, BigDecimal upper) {
    BigDecimal doubled = candidate.add(candidate);
    return doubled.compareTo(lower) > 0 && doubled.compareTo(upper) < 0;
  }

  private static BigDecimal round(BigDecimal exact, int digits, RoundingMode mode) {
    return exact.round(new MathContext(digits, mode));
  }

  private static void appendDigits(
      StringBuilder out, boolean negative, BigDecimal value, int exponentFrom) {
    BigDecimal stripped = value.stripTrailingZeros();
    String digits = stripped.unscaledValue().toString();
    int exponent = digits.length() - 1 - stripped.scale();
    if (negative) {
      out.append('-');
    }
    if (exponent >= -4 && exponent < exponentFrom) {
      out.append(stripped.toPlainString());
      return;
    }
    out.append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    out.append('e').append(exponent < 0 ? '-' : '+');
    int size = Math.abs(exponent);
    if (size < 10) {
      out.append('0');
    }
    out.append(size);
  }
}
