package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.IsoFields;
import java.time.temporal.JulianFields;
import org.jspecify.annotations.Nullable;

/**
 * What extract finds in a date, a time, a timestamp or an interval. PostgreSQL's calendar has no
 * year 0: 1 BC is year -1, and centuries and millennia before Christ count likewise.
 */
final class ExtractedField {
  private static final long DAY = PgCasts.MICROS_PER_DAY;
  private static final long SECOND = 1_000_000L;
  private static final BigDecimal SECONDS_PER_YEAR = BigDecimal.valueOf(31_557_600);
  private static final BigDecimal SECONDS_PER_DAY = BigDecimal.valueOf(86_400);

  private ExtractedField() {}

  static BigDecimal ofTimestamp(String field, long micros) {
    BigDecimal value = ofLocal(field, micros);
    if (value == null && DateTimes.unit(field).equals("epoch")) {
      return BigDecimal.valueOf(micros, 6);
    } else if (value == null) {
      throw DateTimes.unitError(field, "timestamp without time zone");
    }
    return value;
  }

  static BigDecimal ofInstant(String field, long micros, ZoneId zone) {
    long local = PgCasts.toLocal(micros, zone);
    BigDecimal value = ofLocal(field, local);
    if (value != null) {
      return value;
    }
    long offset = (local - micros) / SECOND;
    return switch (DateTimes.unit(field)) {
      case "epoch" -> BigDecimal.valueOf(micros, 6);
      case "timezone" -> BigDecimal.valueOf(offset);
      case "timezone_hour" -> BigDecimal.valueOf(offset / 3600);
      case "timezone_minute" -> BigDecimal.valueOf(offset / 60 % 60);
      default -> throw DateTimes.unitError(field, "timestamp with time zone");
    };
  }

  static BigDecimal ofDate(String field, int date) {
    LocalDate day = LocalDate.ofEpochDay(date);
    String unit = DateTimes.unit(field);
    BigDecimal value = ofDay(unit, day);
    if (value != null) {
      return value;
    }
    return switch (unit) {
      case "julian" -> BigDecimal.valueOf(day.getLong(JulianFields.JULIAN_DAY));
      case "epoch" -> BigDecimal.valueOf(date).multiply(SECONDS_PER_DAY);
      default -> throw DateTimes.unitError(field, "date");
    };
  }

  static BigDecimal ofTime(String field, long micros) {
    String unit = DateTimes.unit(field);
    BigDecimal value = ofClock(unit, micros);
    if (value == null && unit.equals("epoch")) {
      return BigDecimal.valueOf(micros, 6);
    } else if (value == null) {
      throw DateTimes.unitError(field, "time without time zone");
    }
    return value;
  }

  private static @Nullable BigDecimal ofLocal(String field, long micros) {
    String unit = DateTimes.unit(field);
    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(micros, DAY));
    long clock = Math.floorMod(micros, DAY);
    if (unit.equals("julian")) {
      return BigDecimal.valueOf(day.getLong(JulianFields.JULIAN_DAY))
          .add(PgArithmetic.divideNumeric(BigDecimal.valueOf(clock), BigDecimal.valueOf(DAY)));
    }
    BigDecimal value = ofDay(unit, day);
    return value == null ? ofClock(unit, clock) : value;
  }

  /** date_part's Julian day, with the day's fraction in double precision. */
  static double julianDay(long micros) {
    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(micros, DAY));
    long clock = Math.floorMod(micros, DAY);
    long whole = clock / SECOND;
    double seconds = whole + clock % SECOND / 1_000_000.0;
    return day.getLong(JulianFields.JULIAN_DAY) + seconds / 86_400.0;
  }

  private static @Nullable BigDecimal ofDay(String unit, LocalDate day) {
    int year = day.getYear();
    return switch (unit) {
      case "day" -> BigDecimal.valueOf(day.getDayOfMonth());
      case "dow" -> BigDecimal.valueOf(day.getDayOfWeek().getValue() % 7);
      case "isodow" -> BigDecimal.valueOf(day.getDayOfWeek().getValue());
      case "doy" -> BigDecimal.valueOf(day.getDayOfYear());
      case "week" -> BigDecimal.valueOf(day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case "isoyear" -> BigDecimal.valueOf(counted(day.get(IsoFields.WEEK_BASED_YEAR)));
      case "month" -> BigDecimal.valueOf(day.getMonthValue());
      case "quarter" -> BigDecimal.valueOf((day.getMonthValue() + 2) / 3);
      case "year" -> BigDecimal.valueOf(counted(year));
      case "decade" -> BigDecimal.valueOf(Math.floorDiv(year, 10));
      case "century" -> BigDecimal.valueOf(span(year, 100));
      case "millennium" -> BigDecimal.valueOf(span(year, 1000));
      default -> null;
    };
  }

  private static @Nullable BigDecimal ofClock(String unit, long micros) {
    long microsOfMinute = micros % (60 * SECOND);
    return switch (unit) {
      case "microseconds" -> BigDecimal.valueOf(microsOfMinute);
      case "milliseconds" -> BigDecimal.valueOf(microsOfMinute, 3);
      case "second" -> BigDecimal.valueOf(microsOfMinute, 6);
      case "minute" -> BigDecimal.valueOf(micros / (60 * SECOND) % 60);
      case "hour" -> BigDecimal.valueOf(micros / (3600 * SECOND));
      default -> null;
    };
  }

  private static int counted(int year) {
    return year > 0 ? year : year - 1;
  }

  private static int span(int year, int years) {
    return year > 0 ? (year + years - 1) / years : -((years - 1 - (year - 1)) / years);
  }

  static BigDecimal ofInterval(String field, PgInterval interval) {
    String unit = DateTimes.unit(field);
    BigDecimal clock = ofClock(unit, interval.micros());
    if (clock != null) {
      return clock;
    }
    int months = interval.months();
    return switch (unit) {
      case "day" -> BigDecimal.valueOf(interval.days());
      case "month" -> BigDecimal.valueOf(months % 12);
      case "quarter" -> BigDecimal.valueOf(months % 12 / 3 + 1);
      case "year" -> BigDecimal.valueOf(months / 12);
      case "decade" -> BigDecimal.valueOf(months / 120);
      case "century" -> BigDecimal.valueOf(months / 1200);
      case "millennium" -> BigDecimal.valueOf(months / 12_000);
      case "epoch" -> {
        BigDecimal years = BigDecimal.valueOf(months / 12).multiply(SECONDS_PER_YEAR);
        BigDecimal days = BigDecimal.valueOf(months % 12 * 30L + interval.days());
        yield years
            .add(days.multiply(SECONDS_PER_DAY))
            .add(BigDecimal.valueOf(interval.micros(), 6))
            .setScale(6);
      }
      default -> throw DateTimes.unitError(field, "interval");
    };
  }
}
