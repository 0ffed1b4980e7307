package io.omendb.gateway.session;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;

/** Random calls of functions and operators whose values are easily lost: one SELECT each. */
final class RandomValues {
  private final Random random;

  RandomValues(long seed) {
    random = new Random(seed);
  }

  String next() {
    return switch (random.nextInt(12)) {
      case 0 -> "select %s %s %s".formatted(numeric(), pick("+", "-", "*", "/", "%"), numeric());
      case 1 -> "select power(%s, %s)".formatted(small(), pick("2", "0.5", "-3", "1.25", "0", "7"));
      case 2 -> "select %s(%s)".formatted(pick("sqrt", "ln", "log", "exp"), small());
      case 3 -> "select %s(%s, %d)".formatted(pick("round", "trunc"), numeric(), digits());
      case 4 -> aggregate();
      case 5 ->
          "select extract(%s from %s '%s')"
              .formatted(field(), pick("date", "timestamp"), date(random.nextBoolean()));
      case 6 ->
          "select timestamp '%s %s' at time zone '%s'".formatted(date(false), clock(), zone());
      case 7 ->
          "select timestamptz '%s %s+00' at time zone '%s'".formatted(date(false), clock(), zone());
      case 8 ->
          "select '%s'::%s like '%s'"
              .formatted(letters(), pick("text", "varchar(4)", "char(4)"), pattern());
      case 9 ->
          "select (%s)::%s".formatted(numeric(), pick("numeric(30,3)", "float8", "text", "int8"));
      case 10 ->
          "select %s(%s, %s)".formatted(pick("div", "mod", "gcd", "lcm", "log"), small(), small());
      default ->
          "select date_trunc('%s', timestamp '%s %s')"
              .formatted(pick("century", "decade", "week", "quarter"), date(false), clock());
    };
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String field() {
    return pick(
        "year",
        "decade",
        "century",
        "millennium",
        "isoyear",
        "week",
        "doy",
        "isodow",
        "epoch",
        "quarter",
        "julian");
  }

  private int digits() {
    return random.nextInt(12) - 4;
  }

  private String numeric() {
    BigInteger unscaled = new BigInteger(1 + random.nextInt(90), random);
    BigDecimal value = new BigDecimal(unscaled, random.nextInt(18));
    return (random.nextBoolean() ? "-" : "") + value.toPlainString() + "::numeric";
  }

  /** Positive, and near 1 as often as not. */
  private String small() {
    int scale = random.nextInt(9);
    int unscaled = 1 + random.nextInt(20 * (int) Math.pow(10, Math.min(scale, 6)));
    return BigDecimal.valueOf(unscaled, scale).toPlainString() + "::numeric";
  }

  private String aggregate() {
    StringBuilder values = new StringBuilder();
    int count = random.nextInt(5);
    for (int i = 0; i <= count; i++) {
      values.append(i == 0 ? "(" : ", (").append(numeric()).append(')');
    }
    String type = pick("x", "x", "round(x % 1000)::int4", "round(x % 1000)::int8");
    return "select %s(%s) from (values %s) v(x)"
        .formatted(pick("sum", "avg", "stddev", "variance", "stddev_pop", "var_pop"), type, values);
  }

  private String date(boolean beforeChrist) {
    return "%04d-%02d-%02d%s"
        .formatted(
            1 + random.nextInt(random.nextBoolean() ? 2100 : 9999),
            1 + random.nextInt(12),
            1 + random.nextInt(28),
            beforeChrist ? " BC" : "");
  }

  private String clock() {
    return "%02d:%02d:%02d.%06d"
        .formatted(
            random.nextInt(24), random.nextInt(60), random.nextInt(60), random.nextInt(1_000_000));
  }

  /** Zones whose past the time zone database of every build has alike. */
  private String zone() {
    return pick(
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "EST",
        "<+05>-5",
        "+02",
        "utc",
        "cest");
  }

  private String letters() {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      out.append(List.of("a", "b", "_", "%", "é", "😀").get(random.nextInt(6)));
    }
    return out.toString();
  }

  private String pattern() {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      out.append(List.of("a", "b", "_", "%", "\\_", "\\", "é", "😀", "%").get(random.nextInt(9)));
    }
    return out.toString();
  }
}
