package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/** Calendar arithmetic on dates, timestamps and intervals as PostgreSQL does it. */
final class DateTimes {
  private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
  private static final long DAY = PgCasts.MICROS_PER_DAY;
  private static final long SECOND = 1_000_000L;
  private static final long EPOCH_2000_SECONDS = 946_684_800L;

  /** 4714-11-24 BC and 5874897-12-31: PostgreSQL's first and last dates. */
  private static final long FIRST_DAY = LocalDate.of(-4713, 11, 24).toEpochDay();

  private static final long LAST_DAY = LocalDate.of(5_874_897, 12, 31).toEpochDay();

  /** 294277-01-01, where PostgreSQL's timestamps end. */
  private static final double END_SECONDS = LocalDate.of(294_277, 1, 1).toEpochDay() * 86_400.0;

  private static final Set<String> UNITS =
      Set.of(
          "microseconds",
          "milliseconds",
          "second",
          "minute",
          "hour",
          "day",
          "dow",
          "isodow",
          "doy",
          "week",
          "isoyear",
          "month",
          "quarter",
          "year",
          "decade",
          "century",
          "millennium",
          "julian",
          "epoch",
          "timezone",
          "timezone_hour",
          "timezone_minute");

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
      return checked(Math.addExact(result, interval.micros()));
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
    return scaled(
        interval.months() * factor,
        interval.days() * factor,
        interval.micros() * factor,
        interval,
        value -> value * factor);
  }

  static PgInterval divide(PgInterval interval, double divisor) {
    return scaled(
        interval.months() / divisor,
        interval.days() / divisor,
        interval.micros() / divisor,
        interval,
        value -> value / divisor);
  }

  /**
   * What is left of a month goes to days of a 30-day month, what is left of days to time, rounded
   * to microseconds on the way as PostgreSQL does (interval_mul).
   */
  private static PgInterval scaled(
      double months, double days, double micros, PgInterval whole, DoubleUnaryOperator scale) {
    if (!(Math.abs(months) < 0x1p31) || !(Math.abs(days) < 0x1p31)) {
      throw intervalOutOfRange();
    }
    int wholeMonths = (int) months;
    int wholeDays = (int) days;
    double monthDays = rounded((scale.applyAsDouble(whole.months()) - wholeMonths) * 30);
    double seconds =
        rounded(
            (scale.applyAsDouble(whole.days()) - wholeDays + monthDays - (int) monthDays) * 86_400);
    int carried = (int) (seconds / 86_400);
    wholeDays += carried;
    seconds -= carried * 86_400.0;
    wholeDays += (int) monthDays;
    double total = Math.rint(micros + seconds * SECOND);
    if (!(Math.abs(total) < 0x1p63)) {
      throw intervalOutOfRange();
    }
    return new PgInterval(wholeMonths, wholeDays, (long) total);
  }

  private static double rounded(double value) {
    return Math.rint(value * 1_000_000.0) / 1_000_000.0;
  }

  static OmenException intervalOutOfRange() {
    return new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "interval out of range");
  }

  /** Within PostgreSQL's first day and our last microsecond, or 22008. */
  static long checked(long micros) {
    if (micros < FIRST_DAY * DAY) {
      throw Errors.timestampOutOfRange();
    }
    return micros;
  }

  static long exactSum(long a, long b) {
    try {
      return Math.addExact(a, b);
    } catch (ArithmeticException e) {
      throw Errors.timestampOutOfRange();
    }
  }

  static int addDays(int date, long days) {
    if (date == Integer.MAX_VALUE || date == Integer.MIN_VALUE) {
      return date;
    }
    return checkedDate(date + days);
  }

  private static int checkedDate(long days) {
    if (days < FIRST_DAY || days > LAST_DAY) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range");
    }
    return (int) days;
  }

  /** A negative year counts before Christ; there is no year 0. */
  static int makeDate(int year, int month, int day) {
    try {
      if (year == 0) {
        throw new DateTimeException("no year 0");
      }
      return checkedDate(LocalDate.of(year < 0 ? year + 1 : year, month, day).toEpochDay());
    } catch (DateTimeException e) {
      throw new OmenException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          "date field value out of range: %d-%02d-%02d".formatted(year, month, day));
    }
  }

  /** Microseconds of the day, 24:00 included. */
  static long makeTime(int hour, int minute, double second) {
    double micros = Math.rint(second * SECOND);
    boolean valid =
        hour >= 0
            && hour <= 24
            && minute >= 0
            && minute < 60
            && micros >= 0
            && micros <= 60.0 * SECOND
            && (hour * 3600L + minute * 60L) * SECOND + micros <= DAY;
    if (!valid) {
      throw new OmenException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          "time field value out of range: %d:%02d:%02.0f".formatted(hour, minute, second));
    }
    return (hour * 3600L + minute * 60L) * SECOND + (long) micros;
  }

  /** to_timestamp of seconds since 1970, to the microsecond nearest as counted from 2000. */
  static long ofSeconds(double seconds) {
    if (Double.isNaN(seconds)) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp cannot be NaN");
    }
    if (Double.isInfinite(seconds)) {
      throw Errors.notSupported("an infinite timestamp");
    }
    if (seconds < FIRST_DAY * 86_400.0 || seconds >= END_SECONDS) {
      throw new OmenException(
          ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range: \"%s\"".formatted(seconds));
    }
    double micros = Math.rint((seconds - EPOCH_2000_SECONDS) * SECOND);
    if (micros + EPOCH_2000_SECONDS * (double) SECOND >= 0x1p63) {
      throw Errors.notSupported("a timestamp after 294247-01-10");
    }
    return checked((long) micros + EPOCH_2000_SECONDS * SECOND);
  }

  static PgInterval justifyDays(PgInterval interval) {
    return justified(interval.months(), interval.days(), interval.micros(), true);
  }

  private static PgInterval justified(long months, long days, long micros, boolean signs) {
    long m = months + days / 30;
    long d = days % 30;
    if (signs && m > 0 && d < 0) {
      d += 30;
      m--;
    } else if (signs && m < 0 && d > 0) {
      d -= 30;
      m++;
    }
    return interval(m, d, micros);
  }

  static PgInterval justifyHours(PgInterval interval) {
    long days = interval.days() + interval.micros() / DAY;
    long micros = interval.micros() % DAY;
    if (days > 0 && micros < 0) {
      micros += DAY;
      days--;
    } else if (days < 0 && micros > 0) {
      micros -= DAY;
      days++;
    }
    return interval(interval.months(), days, micros);
  }

  /** Hours to days, days to months, and all of one sign (interval_justify_interval). */
  static PgInterval justify(PgInterval interval) {
    long days = interval.days() + interval.micros() / DAY;
    long micros = interval.micros() % DAY;
    long months = interval.months() + days / 30;
    days %= 30;
    if (months > 0 && (days < 0 || (days == 0 && micros < 0))) {
      days += 30;
      months--;
    } else if (months < 0 && (days > 0 || (days == 0 && micros > 0))) {
      days -= 30;
      months++;
    }
    if (days > 0 && micros < 0) {
      micros += DAY;
      days--;
    } else if (days < 0 && micros > 0) {
      micros -= DAY;
      days++;
    }
    return interval(months, days, micros);
  }

  private static PgInterval interval(long months, long days, long micros) {
    try {
      return new PgInterval(Math.toIntExact(months), Math.toIntExact(days), micros);
    } catch (ArithmeticException e) {
      throw intervalOutOfRange();
    }
  }

  /** Years, months, weeks, days, hours, minutes, seconds. */
  static PgInterval makeInterval(Object[] parts) {
    double seconds = (Double) parts[6];
    if (Double.isNaN(seconds) || Double.isInfinite(seconds)) {
      throw intervalOutOfRange();
    }
    long months = (Integer) parts[0] * 12L + (Integer) parts[1];
    long days = (Integer) parts[2] * 7L + (Integer) parts[3];
    double micros = Math.rint(seconds * SECOND);
    if (!(Math.abs(micros) < 0x1p62)) {
      throw intervalOutOfRange();
    }
    long clock = (Integer) parts[4] * 3600L + (Integer) parts[5] * 60L;
    return interval(months, days, clock * SECOND + (long) micros);
  }

  /** date_bin: the start of the stride that the timestamp lies in, counted from the origin. */
  static long bin(PgInterval stride, long timestamp, long origin) {
    if (PgCasts.isInfinite(timestamp)) {
      return timestamp;
    }
    if (PgCasts.isInfinite(origin)) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "origin out of range");
    }
    if (stride.months() != 0) {
      throw Errors.notSupported(
          "timestamps cannot be binned into intervals containing months or years: this");
    }
    try {
      long micros = Math.addExact(Math.multiplyExact(stride.days(), DAY), stride.micros());
      if (micros <= 0) {
        throw new OmenException(
            ErrorCode.DATETIME_FIELD_OVERFLOW, "stride must be greater than zero");
      }
      long difference = Math.subtractExact(timestamp, origin);
      return checked(Math.addExact(origin, Math.floorDiv(difference, micros) * micros));
    } catch (ArithmeticException e) {
      throw intervalOutOfRange();
    }
  }

  /** An interval as an offset east of Greenwich. */
  static ZoneOffset offset(PgInterval interval) {
    if (interval.months() != 0 || interval.days() != 0) {
      throw Errors.invalidParameter(
          "interval time zone \"%s\" must not include months or days".formatted(interval));
    }
    long seconds = interval.micros() / SECOND;
    if (Math.abs(seconds) > 18 * 3600) {
      throw Errors.notSupported("an offset of more than 18 hours");
    }
    return ZoneOffset.ofTotalSeconds((int) seconds);
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
      case "century" -> new PgInterval(months - months % 1200, 0, 0);
      case "millennium" -> new PgInterval(months - months % 12000, 0, 0);
      default -> throw unitError(field, "interval");
    };
  }

  /** The unit's one name, from any of the spellings that PostgreSQL accepts. */
  static String unit(String field) {
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

  /** 0A000 for a unit that there is, but not for this type; 22023 for any other word. */
  static OmenException unitError(String field, String type) {
    if (UNITS.contains(unit(field))) {
      return new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "unit \"%s\" not supported for type %s".formatted(field.toLowerCase(Locale.ROOT), type));
    }
    return Errors.invalidParameter(
        "unit \"%s\" not recognized for type %s".formatted(field.toLowerCase(Locale.ROOT), type));
  }

  static int quarter(LocalDateTime at) {
    return (at.get(ChronoField.MONTH_OF_YEAR) + 2) / 3;
  }
}
