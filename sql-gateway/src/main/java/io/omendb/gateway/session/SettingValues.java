package io.omendb.gateway.session;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;

/**
 * Reads the values of settings as PostgreSQL does: each method takes the name of the setting and
 * what the client gave, and returns the canonical form, or fails with INVALID_PARAMETER_VALUE.
 */
final class SettingValues {
  private static final String TIME_UNITS =
      "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";
  private static final String MEMORY_UNITS =
      "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";
  private static final int NAME_BYTES_MAX = 63;

  private SettingValues() {}

  /** {@code unit} is what follows the number, without spaces. */
  private record Quantity(double number, String unit) {}

  static String bool(String name, String value) {
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "on", "true", "tru", "tr", "t", "yes", "ye", "y", "1" -> "on";
      case "off", "of", "false", "fals", "fal", "fa", "f", "no", "n", "0" -> "off";
      default ->
          throw new OmenException(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "parameter \"%s\" requires a Boolean value".formatted(name));
    };
  }

  /** One of {@code allowed}, or a Boolean where "on" and "off" are among them. */
  static String oneOf(String name, String value, List<String> allowed) {
    String lower = value.strip().toLowerCase(Locale.ROOT);
    if (allowed.contains(lower)) {
      return lower;
    }
    if (allowed.contains("on") && allowed.contains("off")) {
      try {
        return bool(name, value);
      } catch (OmenException noBoolean) {
        throw invalid(name, value, "Available values: " + String.join(", ", allowed) + ".");
      }
    }
    throw invalid(name, value, "Available values: " + String.join(", ", allowed) + ".");
  }

  static String integer(String name, String value, int min, int max) {
    Quantity quantity = quantity(name, value, "It is an integer.");
    if (!quantity.unit().isEmpty()) {
      throw invalid(name, value, "It is an integer.");
    }
    double number = Math.rint(quantity.number());
    requireRange(name, number, "", min, max);
    return Integer.toString((int) number);
  }

  /** Milliseconds of "250", "5s", "1.5 min", "2 h", "1d", "10us", as {@link #showMillis} says. */
  static String duration(String name, String value) {
    return showMillis(millis(name, value));
  }

  static long millis(String name, String text) {
    Quantity quantity = quantity(name, text, TIME_UNITS);
    double factor =
        switch (quantity.unit()) {
          case "", "ms" -> 1;
          case "us" -> 0.001;
          case "s" -> 1000;
          case "min" -> 60_000;
          case "h" -> 3_600_000;
          case "d" -> 86_400_000;
          default -> throw invalid(name, text, TIME_UNITS);
        };
    double millis = Math.rint(quantity.number() * factor);
    requireRange(name, millis, " ms", 0, Integer.MAX_VALUE);
    return (long) millis;
  }

  private static String showMillis(long millis) {
    if (millis == 0) {
      return "0";
    }
    if (millis % 86_400_000 == 0) {
      return millis / 86_400_000 + "d";
    }
    if (millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "min";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  /** An amount of memory of at least 64 kB: "4MB", "4096", "65536 kB". */
  static String memory(String name, String value) {
    Quantity quantity = quantity(name, value, MEMORY_UNITS);
    double factor =
        switch (quantity.unit()) {
          case "", "kB" -> 1;
          case "B" -> 1.0 / 1024;
          case "MB" -> 1L << 10;
          case "GB" -> 1L << 20;
          case "TB" -> 1L << 30;
          default -> throw invalid(name, value, MEMORY_UNITS);
        };
    double kilobytes = Math.rint(quantity.number() * factor);
    requireRange(name, kilobytes, " kB", 64, Integer.MAX_VALUE);
    long whole = (long) kilobytes;
    if (whole % (1 << 20) == 0) {
      return whole / (1 << 20) + "GB";
    }
    return whole % 1024 == 0 ? whole / 1024 + "MB" : whole + "kB";
  }

  private static Quantity quantity(String name, String value, String hint) {
    String text = value.strip();
    int end = 0;
    while (end < text.length() && "+-.0123456789".indexOf(text.charAt(end)) >= 0) {
      end++;
    }
    try {
      return new Quantity(
          Double.parseDouble(text.substring(0, end)), text.substring(end).stripLeading());
    } catch (NumberFormatException notANumber) {
      throw invalid(name, value, hint);
    }
  }

  private static void requireRange(String name, double number, String unit, long min, long max) {
    if (number < min || number > max) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "%.0f%s is outside the valid range for parameter \"%s\" (%d .. %d)"
              .formatted(number, unit, name, min, max));
    }
  }

  /** Printable ASCII, of the length of a name. */
  static String plainText(String value) {
    StringBuilder plain = new StringBuilder();
    value
        .codePoints()
        .limit(NAME_BYTES_MAX)
        .forEach(c -> plain.append(c < 32 || c > 126 ? '?' : (char) c));
    return plain.toString();
  }

  /** The levels that there are; SERIALIZABLE would be less than it says. */
  static String isolation(String name, String value) {
    String level =
        oneOf(
            name,
            value,
            List.of("serializable", "repeatable read", "read committed", "read uncommitted"));
    if (level.equals("serializable")) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "transaction isolation level SERIALIZABLE is not supported; REPEATABLE READ, which is"
              + " snapshot isolation, is the strictest here");
    }
    return level;
  }

  static String utf8(String value) {
    String plain = value.replace("-", "").replace("_", "").toUpperCase(Locale.ROOT);
    if (!plain.equals("UTF8") && !plain.equals("UNICODE")) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "client_encoding %s is not supported: only UTF8 is".formatted(value));
    }
    return "UTF8";
  }

  static String dateStyle(String value) {
    String order = "MDY";
    for (String part : value.split(",")) {
      switch (part.strip().toUpperCase(Locale.ROOT)) {
        case "ISO", "" -> {}
        case "MDY", "US", "NONEURO", "NONEUROPEAN" -> order = "MDY";
        case "DMY", "EURO", "EUROPEAN" ->
            throw invalid("DateStyle", value, "Dates are read as ISO, MDY here.");
        default -> throw invalid("DateStyle", value, "Available values: ISO, MDY.");
      }
    }
    return "ISO, " + order;
  }

  static String zone(String value) {
    zoneId(value);
    return value;
  }

  /** The zone of a TimeZone setting. */
  static ZoneId zoneId(String value) {
    String name = value.strip();
    try {
      if (name.matches("[+-]?[0-9]{1,2}")) {
        // A number is hours east of Greenwich.
        return java.time.ZoneOffset.ofHours(Integer.parseInt(name));
      }
      for (String id : List.of(name, name.toUpperCase(Locale.ROOT))) {
        if (ZoneId.getAvailableZoneIds().contains(id) || id.equals("Z")) {
          return ZoneId.of(id);
        }
      }
      for (String id : ZoneId.getAvailableZoneIds()) {
        if (id.equalsIgnoreCase(name)) {
          return ZoneId.of(id);
        }
      }
      if (name.matches("(GMT|UTC)?[+-][0-9:]+")) {
        return ZoneId.of(name);
      }
    } catch (DateTimeException notAZone) {
      throw invalid("TimeZone", value, "It is the name of a time zone.");
    }
    throw invalid("TimeZone", value, "It is the name of a time zone.");
  }

  static OmenException invalid(String name, String value, String hint) {
    return new OmenException(
        ErrorCode.INVALID_PARAMETER_VALUE,
        "invalid value for parameter \"%s\": \"%s\". %s".formatted(name, value, hint));
  }
}
