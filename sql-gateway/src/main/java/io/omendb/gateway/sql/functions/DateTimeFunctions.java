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
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.TimeZones;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
        "to_timestamp", TIMESTAMPTZ, List.of(FLOAT8), (c, a) -> DateTimes.ofSeconds((Double) a[0]));
    table.immutable(
        "make_time",
        TIME,
        List.of(INT4, INT4, FLOAT8),
        (c, a) -> DateTimes.makeTime((Integer) a[0], (Integer) a[1], (Double) a[2]));
    table.immutable("make_timestamp", TIMESTAMP, TIMESTAMP_PARTS, (c, a) -> makeTimestamp(a));
    table.stable(
        "make_timestamptz",
        TIMESTAMPTZ,
        TIMESTAMP_PARTS,
        (c, a) -> PgCasts.toInstant(makeTimestamp(a), c.zone()));
    table.immutable(
        "make_timestamptz",
        TIMESTAMPTZ,
        List.of(INT4, INT4, INT4, INT4, INT4, FLOAT8, TEXT),
        (c, a) -> PgCasts.toInstant(makeTimestamp(a), TimeZones.named((String) a[6])));
    table.immutable(
        "make_date",
        DATE,
        List.of(INT4, INT4, INT4),
        (c, a) -> DateTimes.makeDate((Integer) a[0], (Integer) a[1], (Integer) a[2]));
    table.immutable("isfinite", BOOL, List.of(DATE), (c, a) -> true);
    table.immutable("isfinite", BOOL, List.of(INTERVAL), (c, a) -> true);
    intervals(table);
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
        "date_pli",
        DATE,
        List.of(DATE, INT4),
        (c, a) -> DateTimes.addDays((Integer) a[0], (Integer) a[1]));
    table.immutable(
        "date_mii",
        DATE,
        List.of(DATE, INT4),
        (c, a) -> DateTimes.addDays((Integer) a[0], -(long) (Integer) a[1]));
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
        (c, a) ->
            DateTimes.checked(
                DateTimes.exactSum(PgCasts.dateToMicros((Integer) a[0]), (Long) a[1])));
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
          return DateTimes.divide((PgInterval) a[0], (Double) a[1]);
        });
    table.immutable(
        "interval_avg",
        INTERVAL,
        List.of(INTERVAL, INT8),
        (c, a) -> DateTimes.divide((PgInterval) a[0], (Long) a[1]));
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

  private static final List<PgType> TIMESTAMP_PARTS = List.of(INT4, INT4, INT4, INT4, INT4, FLOAT8);

  private static long makeTimestamp(Object[] a) {
    int date = DateTimes.makeDate((Integer) a[0], (Integer) a[1], (Integer) a[2]);
    long time = DateTimes.makeTime((Integer) a[3], (Integer) a[4], (Double) a[5]);
    return DateTimes.checked(Math.addExact(PgCasts.dateToMicros(date), time));
  }

  private static void intervals(FunctionTable table) {
    table.immutable(
        "justify_days",
        INTERVAL,
        List.of(INTERVAL),
        (c, a) -> DateTimes.justifyDays((PgInterval) a[0]));
    table.immutable(
        "justify_hours",
        INTERVAL,
        List.of(INTERVAL),
        (c, a) -> DateTimes.justifyHours((PgInterval) a[0]));
    table.immutable(
        "justify_interval",
        INTERVAL,
        List.of(INTERVAL),
        (c, a) -> DateTimes.justify((PgInterval) a[0]));
    table.immutable(
        "make_interval",
        INTERVAL,
        List.of(INT4, INT4, INT4, INT4, INT4, INT4, FLOAT8),
        (c, a) -> DateTimes.makeInterval(a));
    table.immutable(
        "date_bin",
        TIMESTAMP,
        List.of(INTERVAL, TIMESTAMP, TIMESTAMP),
        (c, a) -> DateTimes.bin((PgInterval) a[0], (Long) a[1], (Long) a[2]));
    table.immutable(
        "date_bin",
        TIMESTAMPTZ,
        List.of(INTERVAL, TIMESTAMPTZ, TIMESTAMPTZ),
        (c, a) -> DateTimes.bin((PgInterval) a[0], (Long) a[1], (Long) a[2]));
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
        (c, a) -> truncate((String) a[0], (Long) a[1], TimeZones.named((String) a[2])));
    table.immutable(
        "date_trunc",
        INTERVAL,
        List.of(TEXT, INTERVAL),
        (c, a) -> DateTimes.truncate((String) a[0], (PgInterval) a[1]));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, TIMESTAMP),
        (c, a) -> ExtractedField.ofTimestamp((String) a[0], (Long) a[1]));
    table.stable(
        "extract",
        NUMERIC,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> ExtractedField.ofInstant((String) a[0], (Long) a[1], c.zone()));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, DATE),
        (c, a) -> ExtractedField.ofDate((String) a[0], (Integer) a[1]));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, TIME),
        (c, a) -> ExtractedField.ofTime((String) a[0], (Long) a[1]));
    table.immutable(
        "extract",
        NUMERIC,
        List.of(TEXT, INTERVAL),
        (c, a) -> ExtractedField.ofInterval((String) a[0], (PgInterval) a[1]));
    parts(table);
  }

  /** date_part is extract in double precision; a date's is its midnight's. */
  private static void parts(FunctionTable table) {
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, TIMESTAMP),
        (c, a) -> part((String) a[0], (Long) a[1], null));
    table.stable(
        "date_part",
        FLOAT8,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> part((String) a[0], (Long) a[1], c.zone()));
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, DATE),
        (c, a) -> part((String) a[0], PgCasts.dateToMicros((Integer) a[1]), null));
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, TIME),
        (c, a) -> ExtractedField.ofTime((String) a[0], (Long) a[1]).doubleValue());
    table.immutable(
        "date_part",
        FLOAT8,
        List.of(TEXT, INTERVAL),
        (c, a) -> ExtractedField.ofInterval((String) a[0], (PgInterval) a[1]).doubleValue());
  }

  private static double part(String field, long micros, @Nullable ZoneId zone) {
    long local = zone == null ? micros : PgCasts.toLocal(micros, zone);
    if (field.equalsIgnoreCase("julian")) {
      return ExtractedField.julianDay(local);
    }
    BigDecimal value =
        zone == null
            ? ExtractedField.ofTimestamp(field, micros)
            : ExtractedField.ofInstant(field, micros, zone);
    return value.doubleValue();
  }

  private static long truncate(String field, long instant, ZoneId zone) {
    return PgCasts.toInstant(DateTimes.truncate(field, PgCasts.toLocal(instant, zone)), zone);
  }

  private static void zones(FunctionTable table) {
    table.immutable(
        "timezone",
        TIMESTAMP,
        List.of(TEXT, TIMESTAMPTZ),
        (c, a) -> PgCasts.toLocal((Long) a[1], TimeZones.named((String) a[0])));
    table.immutable(
        "timezone",
        TIMESTAMP,
        List.of(INTERVAL, TIMESTAMPTZ),
        (c, a) -> PgCasts.toLocal((Long) a[1], DateTimes.offset((PgInterval) a[0])));
    table.immutable(
        "timezone",
        TIMESTAMPTZ,
        List.of(INTERVAL, TIMESTAMP),
        (c, a) -> PgCasts.toInstant((Long) a[1], DateTimes.offset((PgInterval) a[0])));
    table.immutable(
        "timezone",
        TIMESTAMPTZ,
        List.of(TEXT, TIMESTAMP),
        (c, a) -> PgCasts.toInstant((Long) a[1], TimeZones.named((String) a[0])));
  }
}
