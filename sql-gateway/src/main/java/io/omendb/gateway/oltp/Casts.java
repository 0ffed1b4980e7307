package io.omendb.gateway.oltp;

import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conversions between types as PostgreSQL's explicit casts make them; anything to and from text
 * goes through the types' input and output functions.
 */
public final class Casts {
  static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final double LONG_BOUND = 0x1p63;

  private Casts() {}

  /** Converts one value; never given null. */
  @FunctionalInterface
  interface Cast {
    Object apply(Object datum, ZoneId zone);
  }

  private static final Cast IDENTITY = (v, zone) -> v;

  /** The conversion without a length or precision; CANNOT_COERCE where there is none. */
  static Cast between(PgType from, PgType to) {
    if (from == to || (from.getClass() == to.getClass() && from.category() != 'A')) {
      return IDENTITY;
    }
    if (isString(to)) {
      return toText(from, to);
    }
    if (isString(from)) {
      return (v, zone) -> to.parseText((String) v, zone);
    }
    Cast cast = isNumber(to) ? toNumber(from, to) : isTime(to) ? toTime(from, to) : null;
    if (cast == null && to == PgTypes.BOOL && from == PgTypes.INT4) {
      cast = (v, zone) -> (Integer) v != 0;
    }
    if (cast == null && to == PgTypes.INTERVAL && from == PgTypes.TIME) {
      cast = (v, zone) -> new PgInterval(0, 0, (Long) v);
    }
    if (cast == null && from.category() == 'A' && to.category() == 'A') {
      cast = IDENTITY;
    }
    if (cast == null) {
      throw new OmenException(
          ErrorCode.CANNOT_COERCE,
          "cannot cast type %s to %s".formatted(from.sqlName(), to.sqlName()));
    }
    return cast;
  }

  static boolean isString(PgType type) {
    return type == PgTypes.TEXT
        || type == PgTypes.VARCHAR
        || type == PgTypes.BPCHAR
        || type == PgTypes.NAME
        || type == PgTypes.CHAR
        || type == PgTypes.UNKNOWN
        || type == PgTypes.PG_NODE_TREE;
  }

  static boolean isNumber(PgType type) {
    return type == PgTypes.INT4
        || type == PgTypes.INT8
        || type == PgTypes.INT2
        || type == PgTypes.NUMERIC
        || type == PgTypes.FLOAT8
        || type == PgTypes.FLOAT4
        || isOid(type);
  }

  static boolean isInteger(PgType type) {
    return type == PgTypes.INT4 || type == PgTypes.INT8 || type == PgTypes.INT2;
  }

  private static boolean isOid(PgType type) {
    return type.getClass() == PgTypes.OID.getClass();
  }

  private static boolean isTime(PgType type) {
    return type == PgTypes.DATE
        || type == PgTypes.TIMESTAMP
        || type == PgTypes.TIMESTAMPTZ
        || type == PgTypes.TIME;
  }

  private static Cast toText(PgType from, PgType to) {
    if (isString(from)) {
      if (from == PgTypes.BPCHAR && to != PgTypes.BPCHAR) {
        return (v, zone) -> (String) java.util.Objects.requireNonNull(Datums.stripBlanks(v));
      }
      return to == PgTypes.NAME || to == PgTypes.CHAR
          ? (v, zone) -> to.parseText((String) v, zone)
          : IDENTITY;
    }
    if (from == PgTypes.BOOL) {
      return (v, zone) -> (Boolean) v ? "true" : "false";
    }
    return (v, zone) -> from.text(v, zone);
  }

  private static @Nullable Cast toNumber(PgType from, PgType to) {
    if (from == PgTypes.BOOL) {
      return to == PgTypes.INT4 ? (v, zone) -> (Boolean) v ? 1 : 0 : null;
    }
    if (!isNumber(from)) {
      return null;
    }
    if (to == PgTypes.INT4) {
      return (v, zone) -> {
        long n = integer(v, "integer");
        if (n != (int) n) {
          throw Arithmetic.outOfRange("integer");
        }
        return (int) n;
      };
    }
    if (to == PgTypes.INT8) {
      return (v, zone) -> integer(v, "bigint");
    }
    if (to == PgTypes.INT2) {
      return (v, zone) -> {
        long n = integer(v, "smallint");
        if (n != (short) n) {
          throw Arithmetic.outOfRange("smallint");
        }
        return (short) n;
      };
    }
    if (isOid(to)) {
      return (v, zone) -> {
        long n = integer(v, "oid");
        if (n < Integer.MIN_VALUE || n > 0xFFFF_FFFFL) {
          throw new OmenException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "OID out of range");
        }
        return n & 0xFFFF_FFFFL;
      };
    }
    if (to == PgTypes.NUMERIC) {
      return (v, zone) -> numeric(v);
    }
    if (to == PgTypes.FLOAT8) {
      return (v, zone) -> {
        double d = ((Number) v).doubleValue();
        if (v instanceof BigDecimal && Double.isInfinite(d)) {
          throw new OmenException(
              ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
              "\"%s\" is out of range for type double precision".formatted(v));
        }
        return d;
      };
    }
    return (v, zone) -> {
      float f = ((Number) v).floatValue();
      if (Float.isInfinite(f) && !Double.isInfinite(((Number) v).doubleValue())) {
        throw new OmenException(
            ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
      }
      return f;
    };
  }

  /** Numerics round half away from zero, floats half to even. */
  private static long integer(Object value, String type) {
    if (value instanceof BigDecimal decimal) {
      BigDecimal rounded = decimal.setScale(0, RoundingMode.HALF_UP);
      if (rounded.precision() > 19 || rounded.toBigInteger().bitLength() > 63) {
        throw Arithmetic.outOfRange(type);
      }
      return rounded.longValue();
    }
    if (value instanceof Double || value instanceof Float) {
      double rounded = Math.rint(((Number) value).doubleValue());
      if (!(rounded >= -LONG_BOUND && rounded < LONG_BOUND)) {
        throw Arithmetic.outOfRange(type);
      }
      return (long) rounded;
    }
    return ((Number) value).longValue();
  }

  private static BigDecimal numeric(Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    }
    if (value instanceof Double || value instanceof Float) {
      double d = ((Number) value).doubleValue();
      if (Double.isNaN(d) || Double.isInfinite(d)) {
        throw new OmenException(
            ErrorCode.FEATURE_NOT_SUPPORTED, "%s is not supported for type numeric".formatted(d));
      }
      // As float8_numeric and float4_numeric: 15 or 6 significant digits.
      int digits = value instanceof Double ? 15 : 6;
      BigDecimal rounded =
          new BigDecimal(d).round(new java.math.MathContext(digits, RoundingMode.HALF_EVEN));
      BigDecimal stripped = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
      return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
    return BigDecimal.valueOf(((Number) value).longValue());
  }

  private static @Nullable Cast toTime(PgType from, PgType to) {
    if (to == PgTypes.TIME) {
      if (from == PgTypes.TIMESTAMP) {
        return (v, zone) -> Math.floorMod((Long) v, MICROS_PER_DAY);
      }
      if (from == PgTypes.TIMESTAMPTZ) {
        return (v, zone) -> Math.floorMod(local((Long) v, zone), MICROS_PER_DAY);
      }
      return from == PgTypes.INTERVAL
          ? (v, zone) -> Math.floorMod(((PgInterval) v).micros(), MICROS_PER_DAY)
          : null;
    }
    if (to == PgTypes.DATE) {
      if (from == PgTypes.TIMESTAMP) {
        return (v, zone) -> (int) Math.floorDiv((Long) v, MICROS_PER_DAY);
      }
      return from == PgTypes.TIMESTAMPTZ
          ? (v, zone) -> (int) Math.floorDiv(local((Long) v, zone), MICROS_PER_DAY)
          : null;
    }
    if (to == PgTypes.TIMESTAMP) {
      if (from == PgTypes.DATE) {
        return (v, zone) -> dateMicros((Integer) v);
      }
      return from == PgTypes.TIMESTAMPTZ ? (v, zone) -> local((Long) v, zone) : null;
    }
    if (from == PgTypes.DATE) {
      return (v, zone) -> instant(dateMicros((Integer) v), zone);
    }
    return from == PgTypes.TIMESTAMP ? (v, zone) -> instant((Long) v, zone) : null;
  }

  private static long dateMicros(int days) {
    try {
      return Math.multiplyExact(days, MICROS_PER_DAY);
    } catch (ArithmeticException overflow) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range for timestamp");
    }
  }

  /** The wall clock in {@code zone} at an instant, both in microseconds. */
  static long local(long micros, ZoneId zone) {
    if (isInfinite(micros)) {
      return micros;
    }
    long second = Math.floorDiv(micros, 1_000_000L);
    int offset = zone.getRules().getOffset(Instant.ofEpochSecond(second)).getTotalSeconds();
    return micros + offset * 1_000_000L;
  }

  /** The instant at which {@code zone}'s wall clock shows that. */
  static long instant(long micros, ZoneId zone) {
    if (isInfinite(micros)) {
      return micros;
    }
    long second = Math.floorDiv(micros, 1_000_000L);
    LocalDateTime wall = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    return micros - wall.atZone(zone).getOffset().getTotalSeconds() * 1_000_000L;
  }

  private static boolean isInfinite(long micros) {
    return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
  }

  /** One value as a value of another type; null stays null. */
  public static @Nullable Object convert(
      @Nullable Object datum, PgType from, PgType to, ZoneId zone) {
    return datum == null ? null : between(from, to).apply(datum, zone);
  }

  /** An explicit cast to varchar(n): cuts silently. */
  static String truncate(String value, int length) {
    return value.codePointCount(0, value.length()) <= length
        ? value
        : value.substring(0, value.offsetByCodePoints(0, length));
  }

  /** An explicit cast to char(n): cuts or pads. */
  static String pad(String value, int length) {
    int count = value.codePointCount(0, value.length());
    return count >= length ? truncate(value, length) : value + " ".repeat(length - count);
  }

  /** A cast to numeric(p,s): rounds, and fails where digits before the point do not fit. */
  static BigDecimal constrain(BigDecimal value, int precision, int scale) {
    BigDecimal rounded = value.setScale(scale, RoundingMode.HALF_UP);
    if (rounded.signum() != 0 && rounded.precision() - rounded.scale() > precision - scale) {
      throw new OmenException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "numeric field overflow: a field with precision %d, scale %d must round to an absolute value less than %s"
              .formatted(precision, scale, precision == scale ? "1" : "10^" + (precision - scale)));
    }
    return rounded;
  }

  /** A list with each element converted. */
  static List<@Nullable Object> elements(List<?> list, Cast cast, ZoneId zone) {
    List<@Nullable Object> converted = new ArrayList<>(list.size());
    for (Object element : list) {
      converted.add(element == null ? null : cast.apply(element, zone));
    }
    return converted;
  }
}
