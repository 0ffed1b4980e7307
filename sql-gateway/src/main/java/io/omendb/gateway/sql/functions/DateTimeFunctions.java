package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.BOOL;
import static io.omendb.gateway.types.PgTypes.DATE;
import static io.omendb.gateway.types.PgTypes.FLOAT8;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.INT8;
import static io.omendb.gateway.types.PgTypes.INTERVAL;
import static io.omendb.gateway.types.PgTypes.NUMERIC;
import static io.omendb.gateway.types.PgTypes.TEXT;
import static io.omendb.gateway.types.PgTypes.TIME;
import static io.omendb.gateway.types.PgTypes.TIMESTAMP;
import static io.omendb.gateway.types.PgTypes.TIMESTAMPTZ;

import io.omendb.gateway.types.PgInterval;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;

/** Functions and operators on dates, times and intervals. */
final class DateTimeFunctions {
  private static final long DAY = PgCasts.MICROS_PER_DAY;

  private DateTimeFunctions() {}

  static void register(FunctionTable table) {
    clock(table);
    arithmetic(table);
    fields(table);
    zones(table);
    table.stable(
        "to_char",
        TEXT,
        List.of(TIMESTAMPTZ, TEXT),
        (c, a) ->
            ToChar.timestamp(
                PgCasts.toLocal((Long) a[0], c.zone()), (String) a[1], c.zone().getId()));
    table.immutable(
        "to_char",
        TEXT,
        List.of(TIMESTAMP, TEXT),
        (c, a) -> ToChar.timestamp((Long) a[0], (String) a[1], ""));
    table.immutable(
        "to_char",
        TEXT,
        List.of(NUMERIC, TEXT),
        (c, a) -> ToChar.number((BigDecimal) a[0], (String) a[1]));
    table.immutable(
        "to_timestamp",
        TIMESTAMPTZ,
        List.of(FLOAT8),
        (c, a) -> Math.round((Double) a[0] * 1_000_000.0));
    table.immutable(
        "make_date",
        DATE,
        List.of(INT4, INT4, INT4),
        (c, a) -> makeDate((Integer) a[0], (Integer) a[1], (Integer) a[2]));
    table.immutable(
        "isfinite", BOOL, List.of(TIMESTAMP), (c, a) -> !PgCasts.isInfinite((Long) a[0]));
    table.immutable(
        "isfinite", BOOL, List.of(TIMESTAMPTZ), (c, a) -> !PgCasts.isInfinite((Long) a[0]));
  }

  private static void clock(FunctionTable table) {
    for (String name : List.of("now", "transaction_timestamp", "current_timestamp")) {
      table.stable(name, TIMESTAMPTZ, List.of(), (c, a) -> c.transactionMicros());
    }
    table.stable("statement_timestamp", TIMESTAMPTZ, List.of(), (c, a) -> c.statementMicros());
    table.volatileFunction("clock_timestamp", TIMESTAMPTZ, List.of(), (c, a) -> c.clockMicros());
    table.stable(
        "localtimestamp",
        TIMESTAMP,
        List.of(),
        (c, a) -> PgCasts.toLocal(c.transactionMicros(), c.zone()));
    table.stable(
        "localtime",
        TIME,
        List.of(),
        (c, a) -> Math.floorMod(PgCasts.toLocal(c.transactionMicros(), c.zone()), DAY));
    table.stable(
        "current_date",
        DATE,
        List.of(),
        (c, a) -> (int) Math.floorDiv(PgCasts.toLocal(c.transactionMicros(), c.zone()), DAY));
  }

  private static void arithmetic(FunctionTable table) {
    table.immutable(
        "timestamp_pl_interval",
        TIMESTAMP,
        List.of(TIMESTAMP, INTERVAL),
        (c, a) -> DateTimes.plus((Long) a[0], (PgInterval) a[1]));
    table.immutable(
        "timestamp_mi_interval",
        TIMESTAMP,
        List.of(TIMESTAMP, INTERVAL),
        (c, a) -> DateTimes.plus((Long) a[0], ((PgInterval) a[1]).negated()));
    table.stable(
        "timestamptz_pl_interval",
        TIMESTAMPTZ,
        List.of(TIMESTAMPTZ, INTERVAL),
        (c, a) -> DateTimes.plus((Long) a[0], (PgInterval) a[1], c.zone()));
    table.stable(
        "timestamptz_mi_interval",
        TIMESTAMPTZ,
        List.of(TIMESTAMPTZ, INTERVAL),
        (c, a) -> DateTimes.plus((Long) a[0], ((PgInterval) a[1]).negated(), c.zone()));
    table.immutable(
        "timestamp_mi",
        INTERVAL,
        List.of(TIMESTAMP, TIMESTAMP),
        (c, a) -> DateTimes.minus((Long) a[0], (Long) a[1]));
    table.immutable(
        "timestamptz_mi",
        INTERVAL,
        List.of(TIMESTAMPTZ, TIMESTAMPTZ),
        (c, a) -> DateTimes.minus((Long) a[0], (Long) a[1]));
    table.immutable(
        "date_mi",
        INT4,
        List.of(DATE, DATE),
        (c, a) -> Math.subtractExact((Integer) a[0], (Integer) a[1]));
    table.immutable(
        "date_pli", DATE, List.of(DATE, INT4), (c, a) -> addDays((Integer) a[0], (Integer) a[1]));
    table.immutable(
        "date_mii", DATE, List.of(DATE, INT4), (c, a) -> addDays((Integer) a[0], -(Integer) a[1]));
    table.immutable(
        "time_pl_interval",
        TIME,
        List.of(TIME, INTERVAL),
        (c, a) -> Math.floorMod((Long) a[0] + ((PgInterval) a[1]).micros(), DAY));
    table.immutable(
        "time_mi_interval",
        TIME,
        List.of(TIME, INTERVAL),
        (c, a) -> Math.floorMod((Long) a[0] - ((PgInterval) a[1]).micros(), DAY));
    table.immutable(
        "time_mi",
        INTERVAL,
        List.of(TIME, TIME),
        (c, a) -> new PgInterval(0, 0, (Long) a[0] - (Long) a[1]));
    table.immutable(
        "datetime_pl",
        TIMESTAMP,
        List.of(DATE, TIME),
        (c, a) -> PgCasts.dateToMicros((Integer) a[0]) + (Long) a[1]);
    table.immutable(
        "interval_mul",
        INTERVAL,
        List.of(INTERVAL, FLOAT8),
        (c, a) -> DateTimes.times((PgInterval) a[0], (Double) a[1]));
    table.immutable(
        "interval_div",
        INTERVAL,
        List.of(INTERVAL, FLOAT8),
        (c, a) -> {
          if ((Double) a[1] == 0) {
            throw Errors.divisionByZero();
          }
          return DateTimes.times((PgInterval) a[0], 1 / (Double) a[1]);
        });
    table.immutable(
        "interval_avg",
        INTERVAL,
        List.of(INTERVAL, INT8),
        (c, a) -> DateTimes.times((PgInterval) a[0], 1.0 / (Long) a[1]));
    table.immutable(
        "age",
        INTERVAL,
        List.of(TIMESTAMP, TIMESTAMP),
        (c, a) -> DateTimes.age((Long) a[0], (Long) a[1]));
    table.stable(
        "age",
        INTERVAL,
        List.of(TIMESTAMPTZ, TIMESTAMPTZ),
        (c, a) ->
            DateTimes.age(
                PgCasts.toLocal((Long) a[0], c.zone()), PgCasts.toLocal((Long) a[1], c.zone())));
  }

  private static int addDays(int date, int days) {
    try {
      return Math.addExact(date, days);
    } catch (ArithmeticException e) {
      throw Errors.timestampOutOfRange();
    }
  }

  private static int makeDate(int year, int month, int day) {
    try {
      return (int) LocalDate.of(year, month, day).toEpochDay();
    } catch (DateTimeException e) {
      throw new OmenException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          "date field value out of range: %d-%02d-%02d".formatted(year, month, day));
    }
  }

  private static void fields(FunctionTable table) {
    table.immutable(
        "date_trunc",
        TIMESTAMP,
        List.of(TEXT, TIMESTAMP),
        (c, a) -> DateTimes.truncate((String) a[0], (Long) a[1]));
    table.stable(
        "date_trunc",
        TIMESTAMPTZ,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> truncate((String) a[0], (Long) a[1], c.zone()));
    table.stable(
        "date_trunc",
        TIMESTAMPTZ,
        List.of(TEXT, TIMESTAMPTZ, TEXT),
        (c, a) -> truncate((String) a[0], (Long) a[1], zone((String) a[2])));
    table.immutable(
        "date_trunc",
        INTERVAL,
        List.of(TEXT, INTERVAL),
        (c, a) -> DateTimes.truncate((String) a[0], (PgInterval) a[1]));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, TIMESTAMP),
        (c, a) ->
            DateTimes.extract(
                (String) a[0], (Long) a[1], (Long) a[1], "timestamp without time zone"));
    table.stable(
        "extract",
        NUMERIC,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> extract((String) a[0], (Long) a[1], c.zone()));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, DATE),
        (c, a) -> extractDate((String) a[0], (Integer) a[1]));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, TIME),
        (c, a) ->
            DateTimes.extract((String) a[0], (Long) a[1], (Long) a[1], "time without time zone"));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, INTERVAL),
        (c, a) -> DateTimes.extract((String) a[0], (PgInterval) a[1]));
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, TIMESTAMP),
        (c, a) ->
            DateTimes.extract(
                    (String) a[0], (Long) a[1], (Long) a[1], "timestamp without time zone")
                .doubleValue());
    table.stable(
        "date_part",
        FLOAT8,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> extract((String) a[0], (Long) a[1], c.zone()).doubleValue());
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, DATE),
        (c, a) -> extractDate((String) a[0], (Integer) a[1]).doubleValue());
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, INTERVAL),
        (c, a) -> DateTimes.extract((String) a[0], (PgInterval) a[1]).doubleValue());
  }

  private static long truncate(String field, long instant, ZoneId zone) {
    return PgCasts.toInstant(DateTimes.truncate(field, PgCasts.toLocal(instant, zone)), zone);
  }

  private static BigDecimal extract(String field, long instant, ZoneId zone) {
    return DateTimes.extract(
        field, PgCasts.toLocal(instant, zone), instant, "timestamp with time zone");
  }

  private static BigDecimal extractDate(String field, int date) {
    long micros = PgCasts.dateToMicros(date);
    BigDecimal value = DateTimes.extract(field, micros, micros, "date");
    return field.equalsIgnoreCase("epoch") ? value.setScale(0) : value;
  }

  private static void zones(FunctionTable table) {
    table.immutable(
        "timezone",
        TIMESTAMP,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> PgCasts.toLocal((Long) a[1], zone((String) a[0])));
    table.immutable(
        "timezone",
        TIMESTAMPTZ,
        List.of(TEXT, TIMESTAMP),
        (c, a) -> PgCasts.toInstant((Long) a[1], zone((String) a[0])));
  }

  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name, ZoneId.SHORT_IDS);
    } catch (DateTimeException e) {
      for (String id : ZoneId.getAvailableZoneIds()) {
        if (id.equalsIgnoreCase(name)) {
          return ZoneId.of(id);
        }
      }
      throw Errors.invalidParameter("time zone \"%s\" not recognized".formatted(name));
    }
  }
}
