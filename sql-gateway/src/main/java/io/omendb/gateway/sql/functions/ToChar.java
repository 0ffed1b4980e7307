package io.omendb.gateway.sql.functions;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.time.temporal.JulianFields;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** to_char for timestamps and numbers, in the patterns that reports use. */
final class ToChar {
  private static final List<String> PATTERNS =
      List.of(
          "YYYY", "YYY", "YY", "IYYY", "HH24", "HH12", "HH", "MI", "SS", "MS", "US", "AM", "PM",
          "am", "pm", "MONTH", "Month", "month", "MON", "Mon", "mon", "MM", "DAY", "Day", "day",
          "DDD", "DD", "DY", "Dy", "dy", "D", "IW", "WW", "W", "ID", "Q", "CC", "J", "Y", "TZ",
          "OF", "SSSS");

  private ToChar() {}

  static String timestamp(long local, String format, String zone) {
    LocalDateTime at = DateTimes.local(local);
    StringBuilder out = new StringBuilder();
    boolean fill = true;
    int i = 0;
    while (i < format.length()) {
      char c = format.charAt(i);
      if (c == '"') {
        int end = format.indexOf('"', i + 1);
        end = end < 0 ? format.length() : end;
        out.append(format, i + 1, end);
        i = end + 1;
        continue;
      }
      if (format.startsWith("FM", i)) {
        fill = false;
        i += 2;
        continue;
      }
      String pattern = patternAt(format, i);
      if (pattern == null) {
        out.append(c);
        i++;
        continue;
      }
      out.append(field(pattern, at, fill, zone));
      i += pattern.length();
      fill = true;
      if (format.startsWith("TH", i) || format.startsWith("th", i)) {
        throw Errors.notSupported("the ordinal suffix TH in to_char");
      }
    }
    return out.toString();
  }

  private static @Nullable String patternAt(String format, int i) {
    String best = null;
    for (String pattern : PATTERNS) {
      if ((best == null || pattern.length() > best.length())
          && (format.startsWith(pattern, i)
              || (format.startsWith(pattern.toLowerCase(Locale.ROOT), i)
                  && !pattern.contains("M")
                  && !pattern.contains("D")))) {
        best = pattern;
      } else if ((pattern.equals("MM")
              || pattern.equals("MI")
              || pattern.equals("MS")
              || pattern.equals("DD")
              || pattern.equals("DDD"))
          && (best == null || pattern.length() > best.length())
          && format.startsWith(pattern.toLowerCase(Locale.ROOT), i)) {
        best = pattern;
      }
    }
    return best;
  }

  private static String field(String pattern, LocalDateTime at, boolean fill, String zone) {
    int hour12 = at.getHour() % 12 == 0 ? 12 : at.getHour() % 12;
    String month = at.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    String day = at.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    int micros = (int) Math.floorMod(DateTimes.micros(at), 1_000_000L);
    return switch (pattern) {
      case "YYYY" -> number(at.getYear(), 4, fill);
      case "YYY" -> number(at.getYear() % 1000, 3, fill);
      case "YY" -> number(at.getYear() % 100, 2, fill);
      case "Y" -> String.valueOf(at.getYear() % 10);
      case "IYYY" -> number(at.get(IsoFields.WEEK_BASED_YEAR), 4, fill);
      case "HH24" -> number(at.getHour(), 2, fill);
      case "HH12", "HH" -> number(hour12, 2, fill);
      case "MI" -> number(at.getMinute(), 2, fill);
      case "SS" -> number(at.getSecond(), 2, fill);
      case "MS" -> number(micros / 1000, 3, fill);
      case "US" -> number(micros, 6, fill);
      case "SSSS" -> String.valueOf(at.toLocalTime().toSecondOfDay());
      case "AM", "PM" -> at.getHour() < 12 ? "AM" : "PM";
      case "am", "pm" -> at.getHour() < 12 ? "am" : "pm";
      case "MM" -> number(at.getMonthValue(), 2, fill);
      case "DD" -> number(at.getDayOfMonth(), 2, fill);
      case "DDD" -> number(at.getDayOfYear(), 3, fill);
      case "D" -> String.valueOf(at.getDayOfWeek().getValue() % 7 + 1);
      case "ID" -> String.valueOf(at.getDayOfWeek().getValue());
      case "Q" -> String.valueOf(DateTimes.quarter(at));
      case "IW" -> number(at.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, fill);
      case "WW" -> number((at.getDayOfYear() - 1) / 7 + 1, 2, fill);
      case "W" -> String.valueOf((at.getDayOfMonth() - 1) / 7 + 1);
      case "CC" -> number((at.getYear() - 1) / 100 + 1, 2, fill);
      case "J" -> String.valueOf(at.getLong(JulianFields.JULIAN_DAY));
      case "TZ" -> zone;
      case "OF" -> throw Errors.notSupported("the pattern OF in to_char");
      case "MONTH", "Month", "month" -> name(month, pattern, 9, fill);
      case "MON", "Mon", "mon" -> name(month.substring(0, 3), pattern, 3, fill);
      case "DAY", "Day", "day" -> name(day, pattern, 9, fill);
      default -> name(day.substring(0, 3), pattern, 3, fill);
    };
  }

  private static String number(int value, int width, boolean fill) {
    String digits = String.valueOf(value);
    return fill ? "0".repeat(Math.max(0, width - digits.length())) + digits : digits;
  }

  private static String name(String name, String pattern, int width, boolean fill) {
    String cased =
        Character.isLowerCase(pattern.charAt(0))
            ? name.toLowerCase(Locale.ROOT)
            : Character.isUpperCase(pattern.charAt(1)) ? name.toUpperCase(Locale.ROOT) : name;
    return fill ? cased + " ".repeat(Math.max(0, width - cased.length())) : cased;
  }

  /** Patterns of 9, 0, comma, point, S, MI, FM and $. */
  static String number(BigDecimal value, String format) {
    boolean fill = !format.startsWith("FM");
    String body = fill ? format : format.substring(2);
    for (int i = 0; i < body.length(); i++) {
      if ("90.,$GDL ".indexOf(body.charAt(i)) < 0) {
        throw Errors.notSupported("the number pattern \"%s\" in to_char".formatted(format));
      }
    }
    body = body.replace('G', ',').replace('D', '.').replace('L', '$');
    int point = body.indexOf('.');
    String wholePattern = point < 0 ? body : body.substring(0, point);
    String fractionPattern = point < 0 ? "" : body.substring(point + 1);
    int decimals = (int) fractionPattern.chars().filter(c -> c == '9' || c == '0').count();
    int places = (int) wholePattern.chars().filter(c -> c == '9' || c == '0').count();
    BigDecimal rounded = value.abs().setScale(decimals, RoundingMode.HALF_UP);
    String digits = rounded.toPlainString();
    int dot = digits.indexOf('.');
    String whole = dot < 0 ? digits : digits.substring(0, dot);
    String fraction = dot < 0 ? "" : digits.substring(dot + 1);
    if (whole.equals("0") && !wholePattern.contains("0")) {
      whole = decimals > 0 || places == 0 ? "" : whole;
    }
    boolean overflow = whole.length() > places;
    StringBuilder out = new StringBuilder();
    boolean started = false;
    int skip = places - whole.length();
    int position = 0;
    boolean signPlaced = value.signum() < 0 && rounded.signum() != 0;
    for (int i = 0; i < wholePattern.length(); i++) {
      char c = wholePattern.charAt(i);
      if (c == '9' || c == '0') {
        if (overflow) {
          out.append('#');
          started = true;
        } else if (position >= skip) {
          out.append(whole.charAt(position - skip));
          started = true;
        } else if (c == '0' || started) {
          out.append('0');
          started = true;
        } else if (fill) {
          out.append(' ');
        }
        position++;
      } else if (c == ',') {
        out.append(started ? "," : fill ? " " : "");
      } else {
        out.append(c);
      }
    }
    if (point >= 0) {
      out.append('.')
          .append(
              overflow
                  ? "#".repeat(decimals)
                  : fill ? fraction : trimmed(fraction, fractionPattern));
    }
    String text = out.toString();
    if (!fill) {
      return (signPlaced ? "-" : "") + text;
    }
    int first = 0;
    while (first < text.length() && text.charAt(first) == ' ') {
      first++;
    }
    return " ".repeat(first) + (signPlaced ? '-' : ' ') + text.substring(first);
  }

  /** FM drops the trailing zeros that the pattern writes as 9. */
  private static String trimmed(String fraction, String pattern) {
    int end = fraction.length();
    while (end > 0 && fraction.charAt(end - 1) == '0' && pattern.charAt(end - 1) == '9') {
      end--;
    }
    return fraction.substring(0, end);
  }
}
