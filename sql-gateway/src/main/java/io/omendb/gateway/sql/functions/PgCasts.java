package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import org.jspecify.annotations.Nullable;

/**
 * Conversions between types that are told apart by their datums. Lengths, precisions and scales are
 * not a cast's business, see {@link RelTypes}.
 */
public final class PgCasts {
  public static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final double LONG_LIMIT = 0x1p63;

  /** 294277-01-01, where PostgreSQL's timestamps end. */
  private static final long TIMESTAMP_END_DAY = LocalDate.of(294_277, 1, 1).toEpochDay();

  private PgCasts() {}

  /** Converts a datum that is not null. */
  public static @Nullable Object cast(Object value, PgType from, PgType to, ZoneId zone) {
    if (from == to) {
      return value;
    }
    if (RelTypes.isString(to)) {
      return RelTypes.isString(from) ? value : toText(value, from, zone);
    }
    if (RelTypes.isString(from)) {
      return to.parseText((String) value, zone);
    }
    if (RelTypes.isArray(from) && RelTypes.isArray(to)) {
      return to.parseText(from.text(value, zone), zone);
    }
    return switch (to.name()) {
      case "int2" -> (Object) (short) range(integer(value), Short.MIN_VALUE, Short.MAX_VALUE, to);
      case "int4" -> (Object) (int) range(integer(value), Integer.MIN_VALUE, Integer.MAX_VALUE, to);
      case "int8" -> integer(value);
      case "float4" -> toFloat(value);
      case "float8" -> toDouble(value);
      case "numeric" -> toNumeric(value);
      case "bool" -> integer(value) != 0;
      case "date", "timestamp", "timestamptz", "time", "interval" ->
          toDateTime(value, from, to, zone);
      default -> {
        if (RelTypes.isOid(to)) {
          // An integer's bits are the oid's; a bigint must be in range.
          yield from == PgTypes.INT4 || from == PgTypes.INT2
              ? integer(value) & 0xFFFF_FFFFL
              : range(integer(value), 0, 0xFFFF_FFFFL, PgTypes.OID);
        }
        throw new IllegalArgumentException("no cast from %s to %s".formatted(from, to));
      }
    };
  }

  private static String toText(Object value, PgType from, ZoneId zone) {
    return value instanceof Boolean b ? (b ? "true" : "false") : from.text(value, zone);
  }

  private static long range(long value, long min, long max, PgType type) {
    if (value < min || value > max) {
      throw Errors.outOfRange(type);
    }
    return value;
  }

  private static long integer(Object value) {
    if (value instanceof Boolean b) {
      return b ? 1 : 0;
    } else if (value instanceof BigDecimal decimal) {
      BigDecimal rounded = decimal.setScale(0, RoundingMode.HALF_UP);
      if (rounded.precision() > 19) {
        throw Errors.outOfRange(PgTypes.INT8);
      }
      try {
        return rounded.longValueExact();
      } catch (ArithmeticException e) {
        throw Errors.outOfRange(PgTypes.INT8);
      }
    } else if (value instanceof Double || value instanceof Float) {
      double rounded = Math.rint(((Number) value).doubleValue());
      if (!(rounded >= -LONG_LIMIT && rounded < LONG_LIMIT)) {
        throw Errors.outOfRange(PgTypes.INT8);
      }
      return (long) rounded;
    }
    return ((Number) value).longValue();
  }

  private static Float toFloat(Object value) {
    double wide = ((Number) value).doubleValue();
    float narrow = value instanceof BigDecimal decimal ? decimal.floatValue() : (float) wide;
    if (Float.isInfinite(narrow) && !(value instanceof Double d && Double.isInfinite(d))) {
      throw Errors.outOfRange(PgTypes.FLOAT4);
    }
    boolean zero = value instanceof BigDecimal decimal ? decimal.signum() == 0 : wide == 0;
    if (narrow == 0 && !zero) {
      throw Errors.underflow();
    }
    return narrow;
  }

  private static Double toDouble(Object value) {
    double wide = ((Number) value).doubleValue();
    if (value instanceof BigDecimal decimal
        && (Double.isInfinite(wide) || (wide == 0 && decimal.signum() != 0))) {
      throw Errors.outOfRange(PgTypes.FLOAT8);
    }
    return wide;
  }

  private static BigDecimal toNumeric(Object value) {
    if (value instanceof Double d) {
      return decimal(d, 15);
    } else if (value instanceof Float f) {
      return decimal(f, 6);
    }
    return BigDecimal.valueOf(((Number) value).longValue());
  }

  /** As many digits as the float's type surely has, without trailing zeros, as "%.15g" gives. */
  private static BigDecimal decimal(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw Errors.notSupported("a numeric that is not finite");
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    BigDecimal stripped = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  private static Object toDateTime(Object value, PgType from, PgType to, ZoneId zone) {
    String conversion = from.name() + ">" + to.name();
    return switch (conversion) {
      case "date>timestamp" -> dateToMicros((Integer) value);
      case "date>timestamptz" -> toInstant(dateToMicros((Integer) value), zone);
      case "timestamp>timestamptz" -> toInstant((Long) value, zone);
      case "timestamptz>timestamp" -> toLocal((Long) value, zone);
      case "timestamp>date" -> dateOf((Long) value);
      case "timestamptz>date" -> dateOf(toLocal((Long) value, zone));
      case "timestamp>time" -> Math.floorMod((Long) value, MICROS_PER_DAY);
      case "timestamptz>time" -> Math.floorMod(toLocal((Long) value, zone), MICROS_PER_DAY);
      case "time>interval" -> new PgInterval(0, 0, (Long) value);
      case "interval>time" -> Math.floorMod(((PgInterval) value).micros(), MICROS_PER_DAY);
      default -> throw new IllegalArgumentException("no cast " + conversion);
    };
  }

  static boolean isInfinite(long micros) {
    return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
  }

  static long dateToMicros(int days) {
    if (days == Integer.MAX_VALUE) {
      return Long.MAX_VALUE;
    } else if (days == Integer.MIN_VALUE) {
      return Long.MIN_VALUE;
    }
    try {
      return Math.multiplyExact(days, MICROS_PER_DAY);
    } catch (ArithmeticException e) {
      if (days < TIMESTAMP_END_DAY) {
        throw Errors.notSupported("a timestamp after 294247-01-10");
      }
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range for timestamp");
    }
  }

  private static int dateOf(long micros) {
    if (micros == Long.MAX_VALUE) {
      return Integer.MAX_VALUE;
    } else if (micros == Long.MIN_VALUE) {
      return Integer.MIN_VALUE;
    }
    return (int) Math.floorDiv(micros, MICROS_PER_DAY);
  }

  /** The wall clock in {@code zone} at an instant. */
  public static long toLocal(long instantMicros, ZoneId zone) {
    if (isInfinite(instantMicros)) {
      return instantMicros;
    }
    Instant instant = Instant.ofEpochSecond(Math.floorDiv(instantMicros, 1_000_000L));
    return instantMicros + zone.getRules().getOffset(instant).getTotalSeconds() * 1_000_000L;
  }

  /** The instant of a wall-clock time in {@code zone}: in a gap or overlap the standard time's. */
  public static long toInstant(long localMicros, ZoneId zone) {
    if (isInfinite(localMicros)) {
      return localMicros;
    }
    LocalDateTime local =
        LocalDateTime.ofEpochSecond(Math.floorDiv(localMicros, 1_000_000L), 0, ZoneOffset.UTC);
    ZoneOffset offset = zone.getRules().getOffset(local);
    ZoneOffsetTransition transition = zone.getRules().getTransition(local);
    if (transition != null) {
      offset = transition.isGap() ? transition.getOffsetBefore() : transition.getOffsetAfter();
    }
    return localMicros - offset.getTotalSeconds() * 1_000_000L;
  }
}
