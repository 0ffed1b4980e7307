package io.omendb.gateway.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The contract for each type, and what is special to one. */
class PgTypesTest {
  private static final String LETTERS = "abc XYZ 0189 '\"\\{},;äöüß€漢字😀\t\n\r%_-";

  @Test
  void namesAndAliasesLeadToTypes() {
    assertThat(PgTypes.byName("INTEGER")).isSameAs(PgTypes.INT4);
    assertThat(PgTypes.byName("pg_catalog.int8")).isSameAs(PgTypes.INT8);
    assertThat(PgTypes.byName("double precision")).isSameAs(PgTypes.FLOAT8);
    assertThat(PgTypes.byName("timestamp with time zone")).isSameAs(PgTypes.TIMESTAMPTZ);
    assertThat(PgTypes.byName("char")).isSameAs(PgTypes.BPCHAR);
    assertThat(PgTypes.byName("\"char\"")).isSameAs(PgTypes.CHAR);
    assertThat(PgTypes.byName("text[]")).isSameAs(PgTypes.arrayOf(PgTypes.TEXT));
    assertThat(PgTypes.byName("_int4")).isSameAs(PgTypes.byOid(1007));
    assertThat(PgTypes.byName("point")).isNull();
    assertThat(PgTypes.byOid(600)).isNull();
    for (PgType type : PgTypes.all()) {
      assertThat(PgTypes.byOid(type.oid())).isSameAs(type);
    }
    for (Kind kind : Kind.values()) {
      assertThat(PgTypes.forColumn(ColumnType.of(kind))).isNotNull();
    }
  }

  @Test
  void modifiersArePackedAsPostgresDoes() {
    assertThat(PgTypes.typeModifier(new ColumnType(Kind.VARCHAR, 20, 0, 0))).isEqualTo(24);
    assertThat(PgTypes.typeModifier(new ColumnType(Kind.NUMERIC, 0, 10, 2))).isEqualTo(655366);
    assertThat(PgTypes.typeModifier(ColumnType.of(Kind.NUMERIC))).isEqualTo(-1);
    assertThat(PgTypes.formatType(PgTypes.NUMERIC, 655366)).isEqualTo("numeric(10,2)");
    assertThat(PgTypes.formatType(PgTypes.VARCHAR, 24)).isEqualTo("character varying(20)");
    assertThat(PgTypes.formatType(PgTypes.BPCHAR, -1)).isEqualTo("character");
  }

  @Test
  void lengthAndPrecisionAreChecked() {
    ColumnType three = new ColumnType(Kind.VARCHAR, 3, 0, 0);
    assertThat(PgTypes.VARCHAR.toStorage("😀😀😀  ", three)).hasToString("😀😀😀");
    assertCode(
        () -> PgTypes.VARCHAR.toStorage("abcd", three), ErrorCode.STRING_DATA_RIGHT_TRUNCATION);
    ColumnType padded = new ColumnType(Kind.CHAR, 3, 0, 0);
    assertThat(PgTypes.BPCHAR.toStorage("ä", padded)).hasToString("ä  ");
    assertCode(
        () -> PgTypes.BPCHAR.toStorage("abcd", padded), ErrorCode.STRING_DATA_RIGHT_TRUNCATION);
    ColumnType money = new ColumnType(Kind.NUMERIC, 0, 5, 2);
    assertThat(PgTypes.NUMERIC.toStorage(new BigDecimal("-1.005"), money)).hasToString("-1.01");
    assertCode(
        () -> PgTypes.NUMERIC.toStorage(new BigDecimal("999.995"), money),
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE);
  }

  @Test
  void whatStorageHasNoPlaceForIsRefusedByName() {
    for (String infinite : List.of("infinity", "-infinity")) {
      for (PgType type : List.of(PgTypes.DATE, PgTypes.TIMESTAMP, PgTypes.TIMESTAMPTZ)) {
        assertCode(
            () -> type.parseText(infinite, PgTypeContract.ZONE), ErrorCode.FEATURE_NOT_SUPPORTED);
      }
    }
    assertCode(
        () -> PgTypes.NUMERIC.parseText("NaN", PgTypeContract.ZONE),
        ErrorCode.FEATURE_NOT_SUPPORTED);
    assertCode(
        () -> PgTypes.NUMERIC.parseText("1e1000000000", PgTypeContract.ZONE),
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE);
  }

  private static void assertCode(Runnable action, ErrorCode code) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(OmenException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static List<ColumnType> columns(Kind kind) {
    return List.of(ColumnType.of(kind));
  }

  private static String randomText(Random random, int lengthMax) {
    int[] alphabet = LETTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(lengthMax + 1); i > 0; i--) {
      text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
    }
    return text.toString();
  }

  private static long randomMicros(Random random) {
    // From 4713 BC to 9999, some of them whole days, hours, seconds or milliseconds.
    long micros = random.nextLong(-210_000_000_000_000_000L, 253_000_000_000_000_000L);
    long[] units = {1, 1, 1000, 1_000_000, 3_600_000_000L, 86_400_000_000L};
    long unit = units[random.nextInt(units.length)];
    return Math.floorDiv(micros, unit) * unit;
  }

  private static List<String> with(List<String> first, String... more) {
    List<String> all = new ArrayList<>(first);
    all.addAll(Arrays.asList(more));
    return all;
  }

  private static final List<String> NUMBERS =
      List.of(
          "0",
          " 12 ",
          "-7",
          "+7",
          "",
          " ",
          "abc",
          "1a",
          "1 2",
          "--1",
          "32767",
          "32768",
          "-32768",
          "-32769",
          "2147483647",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "99999999999999999999999",
          "007",
          "-0");

  private static final List<String> DECIMALS =
      with(
          NUMBERS,
          "1.5",
          ".5",
          "5.",
          ".",
          "1e3",
          "1E-3",
          "1e",
          "1e+",
          "1.5e10",
          "-1.25e-5",
          "1..2",
          "1,5",
          "0.1",
          "123456789.123456789",
          "1e15",
          "1e14",
          "123456789012345678");

  @Nested
  class Bool extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.BOOL;
    }

    @Override
    String sendFunction() {
      return "boolsend";
    }

    @Override
    Object randomDatum(Random random) {
      return random.nextBoolean();
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.BOOLEAN);
    }

    /** The cast to text of a boolean is not its output form: only what is refused is compared. */
    @Override
    List<String> inputs() {
      return List.of("", " ", "maybe", "o", "2", "truee", "nope", "of f");
    }

    @Override
    @Test
    void postgresShowsAndSendsTheSame() {
      for (String yes : List.of("t", "TRUE", "y", "yes", "on", " 1 ", "tr")) {
        assertThat(type().parseText(yes, ZONE)).as(yes).isEqualTo(true);
      }
      for (String no : List.of("f", "False", "n", "no", "off", "of", "0")) {
        assertThat(type().parseText(no, ZONE)).as(no).isEqualTo(false);
      }
    }
  }

  @Nested
  class Int2 extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.INT2;
    }

    @Override
    String sendFunction() {
      return "int2send";
    }

    @Override
    Object randomDatum(Random random) {
      return (short) random.nextInt();
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.SMALLINT);
    }

    @Override
    List<String> inputs() {
      return NUMBERS;
    }
  }

  @Nested
  class Int4 extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.INT4;
    }

    @Override
    String sendFunction() {
      return "int4send";
    }

    @Override
    Object randomDatum(Random random) {
      return random.nextInt() >> random.nextInt(32);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.INTEGER);
    }

    @Override
    List<String> inputs() {
      return NUMBERS;
    }
  }

  @Nested
  class Int8 extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.INT8;
    }

    @Override
    String sendFunction() {
      return "int8send";
    }

    @Override
    Object randomDatum(Random random) {
      return random.nextLong() >> random.nextInt(64);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.BIGINT);
    }

    @Override
    List<String> inputs() {
      return NUMBERS;
    }
  }

  @Nested
  class Oid extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.OID;
    }

    @Override
    String sendFunction() {
      return "oidsend";
    }

    @Override
    Object randomDatum(Random random) {
      return random.nextInt() & 0xFFFF_FFFFL;
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of();
    }

    @Override
    List<String> inputs() {
      return List.of("0", "1", "4294967295", "-1", "abc", "");
    }
  }

  @Nested
  class Float4 extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.FLOAT4;
    }

    @Override
    String sendFunction() {
      return "float4send";
    }

    @Override
    Object randomDatum(Random random) {
      return switch (random.nextInt(5)) {
        case 0 -> (float) random.nextInt(2_000_000) / 100;
        case 1 -> (float) random.nextGaussian();
        case 2 -> (float) Math.scalb(1.0, random.nextInt(250) - 130);
        case 3 -> random.nextBoolean() ? Float.POSITIVE_INFINITY : Float.NaN;
        default -> normal(Float.intBitsToFloat(random.nextInt()));
      };
    }

    private static float normal(float value) {
      return Float.isNaN(value) ? Float.NaN : value;
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.REAL);
    }

    @Override
    List<String> inputs() {
      return with(DECIMALS, "1e40", "1e-50", "NaN", "inf", "-Infinity", "3.4028235e38", "1e6");
    }
  }

  @Nested
  class Float8 extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.FLOAT8;
    }

    @Override
    String sendFunction() {
      return "float8send";
    }

    @Override
    Object randomDatum(Random random) {
      return switch (random.nextInt(7)) {
        case 0 -> random.nextInt(200_000_000) / 100.0;
        case 1 -> random.nextGaussian();
        case 2 -> Math.scalb(1.0, random.nextInt(2098) - 1074);
        case 3 -> random.nextBoolean() ? Double.NEGATIVE_INFINITY : Double.NaN;
        case 4 -> Double.parseDouble(random.nextInt(1000) + "e" + (random.nextInt(600) - 300));
        case 5 -> (double) (random.nextLong() >> random.nextInt(64));
        default -> normal(Double.longBitsToDouble(random.nextLong()));
      };
    }

    private static double normal(double value) {
      return Double.isNaN(value) ? Double.NaN : value;
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.DOUBLE);
    }

    @Override
    List<String> inputs() {
      return with(
          DECIMALS,
          "1e400",
          "1e-400",
          "NaN",
          "inf",
          "-Infinity",
          "1e20",
          "1e23",
          "9007199254740993",
          "5e-324",
          "1.7976931348623157e308",
          "0.0001",
          "0.00001",
          "2e-3",
          "1d",
          "1f");
    }
  }

  @Nested
  class Numeric extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.NUMERIC;
    }

    @Override
    String sendFunction() {
      return "numeric_send";
    }

    @Override
    Object randomDatum(Random random) {
      BigInteger unscaled = new BigInteger(random.nextInt(72), random);
      return new BigDecimal(
          random.nextBoolean() ? unscaled : unscaled.negate(), random.nextInt(12));
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of(new ColumnType(Kind.NUMERIC, 0, 38, 12), ColumnType.of(Kind.NUMERIC));
    }

    @Override
    Object stored(Object datum, ColumnType column) {
      BigDecimal value = (BigDecimal) datum;
      return column.scale() == 12 ? value.setScale(12) : value;
    }

    @Override
    List<String> inputs() {
      return with(
          DECIMALS,
          "1e400",
          "1.50",
          "0.000",
          "-0.0",
          "12345678901234567890123456789.123456789",
          "1e1000000",
          "10000",
          "100000000",
          "0.0001",
          "0.00001",
          "99990000.00009999");
    }
  }

  @Nested
  class Text extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.TEXT;
    }

    @Override
    String sendFunction() {
      return "textsend";
    }

    @Override
    Object randomDatum(Random random) {
      return randomText(random, 40);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.TEXT);
    }

    @Override
    List<String> inputs() {
      return List.of("", " a ", "é", "\\x41");
    }
  }

  @Nested
  class Varchar extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.VARCHAR;
    }

    @Override
    String sendFunction() {
      return "varcharsend";
    }

    @Override
    Object randomDatum(Random random) {
      return randomText(random, 20);
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of(ColumnType.of(Kind.VARCHAR), new ColumnType(Kind.VARCHAR, 20, 0, 0));
    }

    @Override
    List<String> inputs() {
      return List.of("", " a ");
    }
  }

  @Nested
  class Bpchar extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.BPCHAR;
    }

    @Override
    String sendFunction() {
      return "bpcharsend";
    }

    /** Without blanks at the end: PostgreSQL's cast to text drops them. */
    @Override
    Object randomDatum(Random random) {
      return randomText(random, 9) + "x";
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of(new ColumnType(Kind.CHAR, 12, 0, 0));
    }

    @Override
    Object stored(Object datum, ColumnType column) {
      String value = (String) datum;
      return value + " ".repeat(12 - value.codePointCount(0, value.length()));
    }

    @Override
    List<String> inputs() {
      return List.of("a", " a");
    }
  }

  @Nested
  class Name extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.NAME;
    }

    @Override
    String sendFunction() {
      return "namesend";
    }

    @Override
    Object randomDatum(Random random) {
      return randomText(random, 12);
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of();
    }

    @Override
    List<String> inputs() {
      return List.of("a".repeat(70), "é".repeat(40), "x");
    }
  }

  @Nested
  class Date extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.DATE;
    }

    @Override
    String sendFunction() {
      return "date_send";
    }

    @Override
    Object randomDatum(Random random) {
      return random.nextInt(10) == 0
          ? random.nextInt(-2_440_588, 100_000_000)
          : random.nextInt(-50_000, 50_000);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.DATE);
    }

    @Override
    List<String> inputs() {
      return List.of(
          "2024-02-29",
          "2023-02-29",
          "20240131",
          "2024/1/2",
          "1/2/2024",
          "1/2/99",
          "3-Jan-2024",
          "2024-Jan-03",
          "January 3, 2024",
          "Jan 3 2024",
          "3 January 2024",
          "0044-03-15 BC",
          "2024-13-01",
          "2024-00-10",
          "2024-01-32",
          "",
          "  ",
          "abc",
          "2024-01",
          "2024-01-02 03:04:05",
          "2024-01-02T03:04:05Z",
          "epoch",
          "0000-01-01",
          "5874898-01-01",
          "4714-11-24 BC",
          "4714-11-23 BC",
          "12024-01-01",
          "99999999999-01-01",
          "2024-1-2x");
    }
  }

  @Nested
  class Time extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.TIME;
    }

    @Override
    String sendFunction() {
      return "time_send";
    }

    @Override
    Object randomDatum(Random random) {
      return Math.floorMod(randomMicros(random), DateTimeParser.MICROS_PER_DAY + 1);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.TIME);
    }

    @Override
    List<String> inputs() {
      return List.of(
          "04:05:06.789",
          "04:05:06",
          "04:05",
          "040506",
          "04:05 AM",
          "04:05 PM",
          "12:00 am",
          "12:30 PM",
          "13:00 PM",
          "24:00:00",
          "24:00:01",
          "25:00",
          "04:60",
          "04:05:60",
          "04:05:61",
          "04:05:06.1234565",
          "04:05:06-08:00",
          "2024-01-02 04:05:06",
          "",
          "abc",
          "4:5:6",
          "23:59:59.9999999",
          "04:05:06Z");
    }
  }

  private static final List<String> TIMESTAMPS =
      List.of(
          "2024-01-02 03:04:05",
          "2024-01-02T03:04:05",
          "2024-01-02t03:04:05.123456",
          "2024-01-02",
          "2024-01-02 03:04",
          "20240102T030405",
          "20240102 030405",
          "2024-01-02 03:04:05Z",
          "2024-01-02 03:04:05+00",
          "2024-01-02 03:04:05+05:30",
          "2024-01-02 03:04:05-0800",
          "2024-01-02 03:04:05 +02:00",
          "2024-07-02 03:04:05 America/New_York",
          "2024-01-02 03:04:05 UTC",
          "2024-01-02 03:04:05 EST",
          "2024-03-31 02:30:00",
          "2024-10-27 02:30:00",
          "0044-03-15 12:00:00 BC",
          "2024-01-02 24:00:00",
          "2024-01-02 24:00:01",
          "2024-01-02 23:59:59.9999999",
          "January 8, 1999 04:05:06",
          "Mon Jan 8 04:05:06 1999",
          "1999-01-08 04:05:06 PM",
          "1/8/1999 3:04 pm",
          "epoch",
          "2024-02-30 00:00:00",
          "2024-01-02 25:00:00",
          "",
          "nonsense",
          "2024-01-02 03",
          "2024-01-02 03:04:05 Mars/Phobos",
          "2024-01-02 03:04:05+99",
          "2024-01-02 03:04:05.",
          "1883-11-18 12:00:00",
          "1900-01-01 00:00:00",
          "300000-01-01 00:00:00",
          "4714-11-24 00:00:00 BC",
          "4715-01-01 00:00:00 BC");

  @Nested
  class Timestamp extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.TIMESTAMP;
    }

    @Override
    String sendFunction() {
      return "timestamp_send";
    }

    @Override
    Object randomDatum(Random random) {
      return randomMicros(random);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.TIMESTAMP);
    }

    @Override
    List<String> inputs() {
      return TIMESTAMPS;
    }
  }

  @Nested
  class Timestamptz extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.TIMESTAMPTZ;
    }

    @Override
    String sendFunction() {
      return "timestamptz_send";
    }

    /** From 1900 on: before, time zone data differ in whether a zone has its local mean time. */
    @Override
    Object randomDatum(Random random) {
      return Math.max(randomMicros(random), -2_208_988_800_000_000L);
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.TIMESTAMPTZ);
    }

    @Override
    List<String> inputs() {
      return TIMESTAMPS;
    }

    /** An hour that happens twice has one text for two instants when only an offset tells them. */
    @Override
    @Test
    void textLeadsBack() {
      for (long micros : new long[] {1_729_989_000_000_000L, 1_729_992_600_000_000L}) {
        String text = type().text(micros, ZONE);
        assertThat(text).startsWith("2024-10-27 02:30:00+0");
        assertThat(type().parseText(text, ZONE)).isEqualTo(micros);
      }
      super.textLeadsBack();
    }
  }

  @Nested
  class Interval extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.INTERVAL;
    }

    @Override
    String sendFunction() {
      return "interval_send";
    }

    @Override
    Object randomDatum(Random random) {
      return new PgInterval(
          random.nextBoolean() ? 0 : random.nextInt() >> random.nextInt(32),
          random.nextBoolean() ? 0 : random.nextInt() >> random.nextInt(32),
          random.nextBoolean() ? 0 : random.nextLong() >> random.nextInt(1, 64));
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of();
    }

    @Override
    List<String> inputs() {
      return List.of(
          "1 hour",
          "24 hours",
          "1 day",
          "-1 day",
          "1 year 2 mons 3 days 04:05:06.789",
          "1 week",
          "1.5 days",
          "1.5 hours",
          "1.5 months",
          "1.5 years",
          "2 hours ago",
          "@ 1 hour",
          "P1Y2M3DT4H5M6S",
          "PT1.5S",
          "P1W",
          "1-2",
          "-1-2",
          "1 12:00:00",
          "04:05",
          "-04:05:06",
          "1h30m",
          "10 seconds",
          "500 ms",
          "7 us",
          "1 decade",
          "1 century",
          "2 millennia",
          "",
          "abc",
          "1 parsec",
          "99999999999 days",
          "1 day 1 day",
          "3",
          "1 mon -1 day",
          "-1 mon 1 day");
    }
  }

  @Nested
  class Bytea extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.BYTEA;
    }

    @Override
    String sendFunction() {
      return "byteasend";
    }

    @Override
    Object randomDatum(Random random) {
      byte[] bytes = new byte[random.nextInt(20)];
      random.nextBytes(bytes);
      return bytes;
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.BYTEA);
    }

    @Override
    List<String> inputs() {
      return List.of(
          "\\x",
          "\\xDEADbeef",
          "\\xde ad",
          "\\xabc",
          "\\xzz",
          "abc",
          "a\\\\b",
          "\\001\\377",
          "\\9",
          "\\400",
          "\\",
          "é",
          "");
    }
  }

  @Nested
  class Uuid extends PgTypeContract {
    @Override
    PgType type() {
      return PgTypes.UUID;
    }

    @Override
    String sendFunction() {
      return "uuid_send";
    }

    @Override
    Object randomDatum(Random random) {
      return new UUID(random.nextLong(), random.nextLong());
    }

    @Override
    List<ColumnType> columnTypes() {
      return columns(Kind.UUID);
    }

    @Override
    List<String> inputs() {
      return List.of(
          "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
          "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
          "a0eebc999c0b4ef8bb6d6bb9bd380a11",
          "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
          "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
          "a0eebc99",
          "",
          "{",
          "{}",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",
          "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
          "a0eebc999c0b4ef8bb6d6bb9bd380a1122");
    }
  }

  @Nested
  class TextArray extends PgTypeContract {
    @Override
    PgType type() {
      return Objects.requireNonNull(PgTypes.byName("text[]"));
    }

    @Override
    String sendFunction() {
      return "array_send";
    }

    @Override
    Object randomDatum(Random random) {
      List<@Nullable Object> values = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        values.add(random.nextInt(5) == 0 ? null : randomText(random, 6));
      }
      return values;
    }

    @Override
    List<ColumnType> columnTypes() {
      return List.of();
    }

    @Override
    List<String> inputs() {
      return List.of(
          "{}",
          "{ }",
          "{a,b}",
          "{\"a b\",NULL,null,\"NULL\"}",
          "{ a , b c }",
          "{\"a\\\"b\"}",
          "{a\\,b}",
          "",
          "a",
          "{a",
          "{a,}",
          "{,a}",
          "{\"\"}");
    }
  }
}
