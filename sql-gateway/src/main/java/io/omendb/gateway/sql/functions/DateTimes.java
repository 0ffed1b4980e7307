package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.time.temporal.JulianFields;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/** Calendar arithmetic on dates, timestamps and intervals as PostgreSQL does it. */
final class DateTimes {
  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
  private static final long DAY = PgCasts.MICROS_PER_DAY;
  private static final long SECOND = 1_000_000L;

  private DateTimes() {}

  static LocalDateTime local(long micros) {
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(micros, SECOND), (int) Math.floorMod(micros, SECOND) * 1000, ZoneOffset.UTC);
  }

  static long micros(LocalDateTime local) {
    return ChronoUnit.MICROS.between(EPOCH, local);
  }

  static long plus(long timestamp, PgInterval interval) {
    if (PgCasts.isInfinite(timestamp)) {
      return timestamp;
    }
    try {
      long result = timestamp;
      if (interval.months() != 0) {
        result = micros(local(result).plusMonths(interval.months()));
      }
      result = Math.addExact(result, Math.multiplyExact(interval.days(), DAY));
      return Math.addExact(result, interval.micros());
    } catch (ArithmeticException | DateTimeException e) {
      throw Errors.timestampOutOfRange();
    }
  }

  /** Months and days are counted on the zone's wall clock, the rest on the time line. */
  static long plus(long instant, PgInterval interval, ZoneId zone) {
    if (PgCasts.isInfinite(instant)) {
      return instant;
    }
    long result = instant;
    if (interval.months() != 0 || interval.days() != 0) {
      PgInterval calendar = new PgInterval(interval.months(), interval.days(), 0);
      result = PgCasts.toInstant(plus(PgCasts.toLocal(instant, zone), calendar), zone);
    }
    return plus(result, new PgInterval(0, 0, interval.micros()));
  }

  static PgInterval minus(long a, long b) {
    if (PgCasts.isInfinite(a) || PgCasts.isInfinite(b)) {
      throw new OmenException(
          ErrorCode.DATETIME_FIELD_OVERFLOW, "cannot subtract infinite timestamps");
    }
    try {
      long difference = Math.subtractExact(a, b);
      return new PgInterval(0, Math.toIntExact(difference / DAY), difference % DAY);
    } catch (ArithmeticException e) {
      throw Errors.timestampOutOfRange();
    }
  }

  static PgInterval times(PgInterval interval, double factor) {
    double months = interval.months() * factor;
    double days = interval.days() * factor;
    double micros = interval.micros() * factor;
    int wholeMonths = (int) months;
    double moreDays = (months - wholeMonths) * 30;
    int wholeDays = (int) days + (int) moreDays;
    double rest = (days - (int) days) + (moreDays - (int) moreDays);
    double total = micros + Math.rint(rest * DAY);
    if (!(Math.abs(total) < 0x1p63) || !(Math.abs(months) < 0x1p31)) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "interval out of range");
    }
    return new PgInterval(wholeMonths, wholeDays, (long) Math.rint(total));
  }

  /** age(a, b): field by field; days are borrowed from the earlier date's month. */
  static PgInterval age(long a, long b) {
    if (a < b) {
      return age(b, a).negated();
    }
    LocalDateTime to = local(a);
    LocalDateTime from = local(b);
    long micros = Math.floorMod(a, DAY) - Math.floorMod(b, DAY);
    int days = to.getDayOfMonth() - from.getDayOfMonth();
    int months = (to.getYear() - from.getYear()) * 12 + to.getMonthValue() - from.getMonthValue();
    if (micros < 0) {
      micros += DAY;
      days--;
    }
    if (days < 0) {
      days += from.toLocalDate().lengthOfMonth();
      months--;
    }
    return new PgInterval(months, days, micros);
  }

  static long truncate(String field, long timestamp) {
    if (PgCasts.isInfinite(timestamp)) {
      return timestamp;
    }
    LocalDateTime at = local(timestamp);
    LocalDate day = at.toLocalDate();
    LocalDateTime result =
        switch (unit(field)) {
          case "microseconds" -> at;
          case "milliseconds" -> at.truncatedTo(ChronoUnit.MILLIS);
          case "second" -> at.truncatedTo(ChronoUnit.SECONDS);
          case "minute" -> at.truncatedTo(ChronoUnit.MINUTES);
          case "hour" -> at.truncatedTo(ChronoUnit.HOURS);
          case "day" -> day.atStartOfDay();
          case "week" ->
              day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)).atStartOfDay();
          case "month" -> day.withDayOfMonth(1).atStartOfDay();
          case "quarter" ->
              day.withDayOfMonth(1).withMonth((day.getMonthValue() - 1) / 3 * 3 + 1).atStartOfDay();
          case "year" -> day.withDayOfYear(1).atStartOfDay();
          case "decade" -> LocalDate.of(Math.floorDiv(day.getYear(), 10) * 10, 1, 1).atStartOfDay();
          case "century" -> LocalDate.of(firstYear(day.getYear(), 100), 1, 1).atStartOfDay();
          case "millennium" -> LocalDate.of(firstYear(day.getYear(), 1000), 1, 1).atStartOfDay();
          default -> throw unitError(field, "timestamp without time zone");
        };
    return micros(result);
  }

  private static int firstYear(int year, int years) {
    return Math.floorDiv(year - 1, years) * years + 1;
  }

  static PgInterval truncate(String field, PgInterval interval) {
    int months = interval.months();
    long micros = interval.micros();
    return switch (unit(field)) {
      case "microseconds" -> interval;
      case "milliseconds" -> new PgInterval(months, interval.days(), micros - micros % 1000);
      case "second" -> new PgInterval(months, interval.days(), micros - micros % SECOND);
      case "minute" -> new PgInterval(months, interval.days(), micros - micros % (60 * SECOND));
      case "hour" -> new PgInterval(months, interval.days(), micros - micros % (3600 * SECOND));
      case "day" -> new PgInterval(months, interval.days(), 0);
      case "month" -> new PgInterval(months, 0, 0);
      case "quarter" -> new PgInterval(months - months % 3, 0, 0);
      case "year" -> new PgInterval(months - months % 12, 0, 0);
      case "decade" -> new PgInterval(months - months % 120, 0, 0);
      default -> throw unitError(field, "interval");
    };
  }

  /** extract's value of a wall-clock timestamp; {@code epochMicros} is what epoch counts. */
  static BigDecimal extract(String field, long timestamp, long epochMicros, String typeName) {
    LocalDateTime at = local(timestamp);
    LocalDate day = at.toLocalDate();
    long microsOfMinute = Math.floorMod(timestamp, 60 * SECOND);
    return switch (unit(field)) {
      case "microseconds" -> BigDecimal.valueOf(microsOfMinute);
      case "milliseconds" -> BigDecimal.valueOf(microsOfMinute, 3);
      case "second" -> BigDecimal.valueOf(microsOfMinute, 6);
      case "minute" -> BigDecimal.valueOf(at.getMinute());
      case "hour" -> BigDecimal.valueOf(at.getHour());
      case "day" -> BigDecimal.valueOf(at.getDayOfMonth());
      case "dow" -> BigDecimal.valueOf(day.getDayOfWeek().getValue() % 7);
      case "isodow" -> BigDecimal.valueOf(day.getDayOfWeek().getValue());
      case "doy" -> BigDecimal.valueOf(day.getDayOfYear());
      case "week" -> BigDecimal.valueOf(day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case "isoyear" -> BigDecimal.valueOf(day.get(IsoFields.WEEK_BASED_YEAR));
      case "month" -> BigDecimal.valueOf(day.getMonthValue());
      case "quarter" -> BigDecimal.valueOf((day.getMonthValue() + 2) / 3);
      case "year" -> BigDecimal.valueOf(yearOfEra(day.getYear()));
      case "decade" -> BigDecimal.valueOf(Math.floorDiv(day.getYear(), 10));
      case "century" -> BigDecimal.valueOf(Math.floorDiv(day.getYear() - 1, 100) + 1);
      case "millennium" -> BigDecimal.valueOf(Math.floorDiv(day.getYear() - 1, 1000) + 1);
      case "julian" -> BigDecimal.valueOf(day.getLong(JulianFields.JULIAN_DAY));
      case "epoch" -> BigDecimal.valueOf(epochMicros, 6);
      default -> throw unitError(field, typeName);
    };
  }

  /** PostgreSQL has no year 0: 1 BC is -1. */
  private static int yearOfEra(int year) {
    return year > 0 ? year : year - 1;
  }

  static BigDecimal extract(String field, PgInterval interval) {
    long micros = interval.micros();
    return switch (unit(field)) {
      case "microseconds" -> BigDecimal.valueOf(micros % (60 * SECOND));
      case "milliseconds" -> BigDecimal.valueOf(micros % (60 * SECOND), 3);
      case "second" -> BigDecimal.valueOf(micros % (60 * SECOND), 6);
      case "minute" -> BigDecimal.valueOf(micros / (60 * SECOND) % 60);
      case "hour" -> BigDecimal.valueOf(micros / (3600 * SECOND));
      case "day" -> BigDecimal.valueOf(interval.days());
      case "month" -> BigDecimal.valueOf(interval.months() % 12);
      case "quarter" -> BigDecimal.valueOf(interval.months() % 12 / 3 + 1);
      case "year" -> BigDecimal.valueOf(interval.months() / 12);
      case "decade" -> BigDecimal.valueOf(interval.months() / 120);
      case "century" -> BigDecimal.valueOf(interval.months() / 1200);
      case "millennium" -> BigDecimal.valueOf(interval.months() / 12000);
      case "epoch" -> {
        BigDecimal years = BigDecimal.valueOf(interval.months() / 12).multiply(SECONDS_PER_YEAR);
        BigDecimal days = BigDecimal.valueOf(interval.months() % 12 * 30L + interval.days());
        yield years
            .add(days.multiply(BigDecimal.valueOf(86_400)))
            .add(BigDecimal.valueOf(micros, 6))
            .setScale(6);
      }
      default -> throw unitError(field, "interval");
    };
  }

  private static final BigDecimal SECONDS_PER_YEAR = BigDecimal.valueOf(31_557_600);

  /** The unit's one name, from any of the spellings that PostgreSQL accepts. */
  private static String unit(String field) {
    String name = field.toLowerCase(Locale.ROOT);
    return switch (name) {
      case "us", "usec", "usecs", "microsecond", "useconds" -> "microseconds";
      case "ms", "msec", "msecs", "millisecond", "mseconds" -> "milliseconds";
      case "s", "sec", "secs", "seconds" -> "second";
      case "m", "min", "mins", "minutes" -> "minute";
      case "h", "hr", "hrs", "hours" -> "hour";
      case "d", "days" -> "day";
      case "w", "weeks" -> "week";
      case "mon", "mons", "months" -> "month";
      case "qtr" -> "quarter";
      case "y", "yr", "yrs", "years" -> "year";
      case "dec", "decs", "decades" -> "decade";
      case "c", "cent", "centuries" -> "century";
      case "mil", "mils", "millennia" -> "millennium";
      default -> name;
    };
  }

  private static OmenException unitError(String field, String type) {
    return Errors.invalidParameter(
        "unit \"%s\" not recognized for type %s".formatted(field.toLowerCase(Locale.ROOT), type));
  }

  static int quarter(LocalDateTime at) {
    return (at.get(ChronoField.MONTH_OF_YEAR) + 2) / 3;
  }
}
