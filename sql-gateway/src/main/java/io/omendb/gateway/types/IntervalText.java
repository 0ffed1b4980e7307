package io.omendb.gateway.types;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An interval's text: output in IntervalStyle postgres; input as PostgreSQL's own form ("1 year 2
 * mons 3 days 04:05:06.7", "-1 day", "2 hours ago"), ISO 8601 ("P1Y2M3DT4H5M6S") and the standard's
 * "y-m" and "d h:m:s".
 */
final class IntervalText {
  private static final BigDecimal MICROS_PER_SECOND = BigDecimal.valueOf(1_000_000);
  private static final BigDecimal MICROS_PER_DAY =
      BigDecimal.valueOf(DateTimeParser.MICROS_PER_DAY);

  private static final Pattern ALTERNATIVE =
      Pattern.compile("p(?:\\d+-\\d+-\\d+)?(?:t\\d+:\\d+(?::\\d+(?:\\.\\d*)?)?)?");

  /** Months that PostgreSQL counts before it finds that they are too many. */
  private static final BigDecimal MONTHS_COUNTED_MAX = BigDecimal.valueOf(13L * Integer.MAX_VALUE);

  private final String text;
  private BigDecimal months = BigDecimal.ZERO;
  private BigDecimal days = BigDecimal.ZERO;
  private BigDecimal micros = BigDecimal.ZERO;
  private final Set<String> unitsSeen = new HashSet<>();
  private boolean anything;

  private IntervalText(String text) {
    this.text = text;
  }

  static void append(StringBuilder out, PgInterval interval) {
    int start = out.length();
    boolean negativeBefore = false;
    int years = interval.months() / 12;
    int months = interval.months() % 12;
    negativeBefore = appendUnit(out, start, years, "year", negativeBefore);
    negativeBefore = appendUnit(out, start, months, "mon", negativeBefore);
    negativeBefore = appendUnit(out, start, interval.days(), "day", negativeBefore);
    long micros = interval.micros();
    if (micros == 0 && out.length() > start) {
      return;
    }
    if (out.length() > start) {
      out.append(' ');
    }
    if (micros < 0) {
      out.append('-');
    } else if (negativeBefore) {
      out.append('+');
    }
    // Negated parts one by one: the smallest long has no positive counterpart.
    long seconds = Math.abs(micros / 1_000_000);
    long hours = seconds / 3600;
    if (hours < 10) {
      out.append('0');
    }
    out.append(hours).append(':');
    CivilDate.appendTwo(out, (int) (seconds / 60 % 60));
    out.append(':');
    CivilDate.appendTwo(out, (int) (seconds % 60));
    CivilDate.appendFraction(out, (int) Math.abs(micros % 1_000_000));
  }

  /** A positive field after a negative one shows its sign. Returns the sign for the next. */
  private static boolean appendUnit(
      StringBuilder out, int start, int value, String unit, boolean negativeBefore) {
    if (value == 0) {
      return negativeBefore;
    }
    if (out.length() > start) {
      out.append(' ');
    }
    if (negativeBefore && value > 0) {
      out.append('+');
    }
    out.append(value).append(' ').append(unit);
    if (value != 1) {
      out.append('s');
    }
    return value < 0;
  }

  static PgInterval parse(String text) {
    return new IntervalText(text).parse();
  }

  private PgInterval parse() {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (lower.length() > 200) {
      throw malformed();
    }
    if (lower.startsWith("p") || lower.startsWith("-p")) {
      parseIso(lower);
    } else {
      parseFields(lower);
    }
    if (!anything) {
      throw malformed();
    }
    return result();
  }

  private void parseFields(String lower) {
    String[] tokens = lower.startsWith("@") ? split(lower.substring(1)) : split(lower);
    boolean ago = false;
    for (int i = 0; i < tokens.length; i++) {
      String token = tokens[i];
      if (token.equals("ago") && i == tokens.length - 1 && i > 0) {
        ago = true;
      } else if (token.indexOf(':') >= 0) {
        addClock(token);
      } else if (isYearMonth(token)) {
        addYearMonth(token);
      } else {
        BigDecimal amount = number(token);
        String next = i + 1 < tokens.length ? tokens[i + 1] : "";
        if (!next.isEmpty() && Character.isLetter(next.charAt(0)) && !next.equals("ago")) {
          add(amount, next);
          i++;
        } else if (next.indexOf(':') >= 0) {
          add(amount, "day");
        } else {
          add(amount, "second");
        }
      }
    }
    if (ago) {
      months = months.negate();
      days = days.negate();
      micros = micros.negate();
    }
  }

  /** At blanks, and between a number and the unit that follows it at once, as in "1h30m". */
  private static String[] split(String fields) {
    StringBuilder spaced = new StringBuilder(fields.length() + 8);
    for (int i = 0; i < fields.length(); i++) {
      char c = fields.charAt(i);
      if (i > 0 && Character.isLetter(c) != Character.isLetter(fields.charAt(i - 1))) {
        spaced.append(' ');
      }
      spaced.append(c);
    }
    return spaced.toString().strip().split("\\s+");
  }

  private static boolean isYearMonth(String token) {
    int dash = token.indexOf('-', 1);
    return dash > 0 && Character.isDigit(token.charAt(dash - 1));
  }

  private void addYearMonth(String token) {
    boolean negative = token.startsWith("-");
    int dash = token.indexOf('-', 1);
    BigDecimal years = number(token.substring(token.startsWith("-") ? 1 : 0, dash));
    BigDecimal extra = number(token.substring(dash + 1));
    BigDecimal sum = years.multiply(BigDecimal.valueOf(12)).add(extra);
    months = months.add(negative ? sum.negate() : sum);
    anything = true;
  }

  private void addClock(String token) {
    boolean negative = token.startsWith("-");
    String unsigned = negative || token.startsWith("+") ? token.substring(1) : token;
    String[] parts = unsigned.split(":", -1);
    if (parts.length > 3) {
      throw malformed();
    }
    BigDecimal hours = number(parts[0]);
    BigDecimal minutes = number(parts[1]);
    BigDecimal seconds = parts.length == 3 ? number(parts[2]) : BigDecimal.ZERO;
    if (parts.length == 2 && parts[1].indexOf('.') >= 0) {
      // "mm:ss.fraction"
      seconds = minutes;
      minutes = hours;
      hours = BigDecimal.ZERO;
    }
    BigDecimal sixty = BigDecimal.valueOf(60);
    if (minutes.compareTo(sixty) >= 0 || seconds.compareTo(sixty) > 0) {
      throw outOfRange();
    }
    BigDecimal total =
        hours.multiply(sixty).add(minutes).multiply(sixty).add(seconds).multiply(MICROS_PER_SECOND);
    micros = micros.add(negative ? total.negate() : total);
    anything = true;
  }

  private void parseIso(String lower) {
    boolean negative = lower.startsWith("-");
    boolean time = false;
    int i = negative ? 2 : 1;
    if (ALTERNATIVE.matcher(lower).matches()) {
      parseAlternative(lower);
      return;
    }
    while (i < lower.length()) {
      if (lower.charAt(i) == 't') {
        time = true;
        i++;
        continue;
      }
      int start = i;
      while (i < lower.length() && !Character.isLetter(lower.charAt(i))) {
        i++;
      }
      if (i == lower.length()) {
        throw malformed();
      }
      BigDecimal amount = number(lower.substring(start, i));
      add(negative ? amount.negate() : amount, isoUnit(lower.charAt(i), time));
      i++;
    }
  }

  /** ISO 8601's alternative, "P0001-02-03T04:05:06". */
  private void parseAlternative(String lower) {
    int t = lower.indexOf('t');
    String date = lower.substring(1, t < 0 ? lower.length() : t);
    if (!date.isEmpty()) {
      String[] parts = date.split("-");
      add(number(parts[0]), "year");
      add(number(parts[1]), "month");
      add(number(parts[2]), "day");
    }
    if (t >= 0) {
      addClock(lower.substring(t + 1));
    }
  }

  private String isoUnit(char designator, boolean time) {
    return switch (designator) {
      case 'y' -> "year";
      case 'w' -> "week";
      case 'd' -> "day";
      case 'h' -> "hour";
      case 's' -> "second";
      case 'm' -> time ? "minute" : "month";
      default -> throw malformed();
    };
  }

  private void add(BigDecimal amount, String unit) {
    anything = true;
    String singular =
        unit.length() > 1 && unit.endsWith("s") ? unit.substring(0, unit.length() - 1) : unit;
    if (!unitsSeen.add(singular)) {
      throw malformed();
    }
    switch (unit) {
      case "us", "usec", "usecs", "usecond", "useconds", "microsecond", "microseconds" ->
          addMicros(amount, 1L);
      case "ms", "msec", "msecs", "msecond", "mseconds", "millisecond", "milliseconds" ->
          addMicros(amount, 1_000L);
      case "s", "sec", "secs", "second", "seconds" -> addMicros(amount, 1_000_000L);
      case "m", "min", "mins", "minute", "minutes" -> addMicros(amount, 60_000_000L);
      case "h", "hr", "hrs", "hour", "hours" -> addMicros(amount, 3_600_000_000L);
      case "d", "day", "days" -> addDays(amount);
      case "w", "week", "weeks" -> addDays(amount.multiply(BigDecimal.valueOf(7)));
      case "mon", "mons", "month", "months" -> addMonths(amount);
      case "y", "yr", "yrs", "year", "years" -> addYears(amount, 1);
      case "dec", "decs", "decade", "decades" -> addYears(amount, 10);
      case "c", "cent", "century", "centuries" -> addYears(amount, 100);
      case "mil", "mils", "millennium", "millennia" -> addYears(amount, 1000);
      default -> throw malformed();
    }
  }

  private void addMicros(BigDecimal amount, long unitMicros) {
    micros = micros.add(amount.multiply(BigDecimal.valueOf(unitMicros)));
  }

  /** A fraction of a day becomes time. */
  private void addDays(BigDecimal amount) {
    BigDecimal whole = amount.setScale(0, RoundingMode.DOWN);
    days = days.add(whole);
    micros = micros.add(amount.subtract(whole).multiply(MICROS_PER_DAY));
  }

  /** A fraction of a month becomes days of a 30-day month. */
  private void addMonths(BigDecimal amount) {
    BigDecimal whole = amount.setScale(0, RoundingMode.DOWN);
    months = months.add(whole);
    addDays(amount.subtract(whole).multiply(BigDecimal.valueOf(30)));
  }

  /** A fraction of a year is rounded to months. */
  private void addYears(BigDecimal amount, int years) {
    months =
        months.add(
            amount.multiply(BigDecimal.valueOf(12L * years)).setScale(0, RoundingMode.HALF_EVEN));
  }

  private BigDecimal number(String token) {
    if (!Float8Type.isDecimal(token) || token.length() > 40) {
      throw malformed();
    }
    BigDecimal value;
    try {
      value = new BigDecimal(token);
    } catch (NumberFormatException exponentTooLarge) {
      throw outOfRange();
    }
    if (Math.abs((long) value.precision() - value.scale()) > 30 || Math.abs(value.scale()) > 60) {
      throw outOfRange();
    }
    return value;
  }

  private PgInterval result() {
    try {
      return new PgInterval(
          months.intValueExact(),
          days.intValueExact(),
          micros.setScale(0, RoundingMode.HALF_EVEN).longValueExact());
    } catch (ArithmeticException overflow) {
      if (months.abs().compareTo(MONTHS_COUNTED_MAX) <= 0
          && days.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0) {
        throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "interval out of range");
      }
      throw outOfRange();
    }
  }

  private OmenException malformed() {
    return new OmenException(
        ErrorCode.INVALID_DATETIME_FORMAT,
        "invalid input syntax for type interval: \"%s\"".formatted(text));
  }

  private OmenException outOfRange() {
    return new OmenException(
        ErrorCode.INTERVAL_FIELD_OVERFLOW,
        "interval field value out of range: \"%s\"".formatted(text));
  }
}
