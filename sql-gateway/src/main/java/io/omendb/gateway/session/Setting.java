package io.omendb.gateway.session;

import io.omendb.gateway.route.RouteSetting;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A run-time parameter that SET and SHOW know. {@code check} gives the canonical form of a new
 * value or fails; null marks one that cannot be changed. {@code reported}: clients are told of
 * every change (ParameterStatus).
 */
record Setting(
    String name,
    String standard,
    boolean reported,
    @Nullable UnaryOperator<String> check,
    String description) {

  private static final Map<String, Setting> ALL = new LinkedHashMap<>();
  private static final Pattern MEMORY = Pattern.compile("([0-9]{1,12}) *(|B|kB|MB|GB|TB)");
  private static final int MEMORY_KB_MIN = 64;

  static {
    fixed("server_version", "15.0", true, "PostgreSQL version whose behaviour this server has.");
    fixed("server_version_num", "150000", false, "The same as a number.");
    fixed("server_encoding", "UTF8", true, "Encoding of stored text.");
    fixed("integer_datetimes", "on", true, "Times are integers.");
    fixed("is_superuser", "on", true, "Whether the user is a superuser.");
    fixed("in_hot_standby", "off", true, "Whether this is a standby.");
    fixed("max_identifier_length", "63", false, "Bytes of an identifier.");
    fixed("max_index_keys", "32", false, "Columns of a key.");
    fixed("block_size", "8192", false, "Bytes of a block.");
    fixed("lc_collate", "C", false, "Order of strings.");
    fixed("lc_ctype", "C.UTF-8", false, "Classes of characters.");
    free("session_authorization", "omendb", true, "The session's user.");
    free("application_name", "", true, "What the client calls itself.");
    free("search_path", "\"$user\", public", false, "Schemas in which names are looked up.");
    add("client_encoding", "UTF8", true, Setting::utf8, "Encoding of the client.");
    add("DateStyle", "ISO, MDY", true, Setting::dateStyle, "Form of dates.");
    one("IntervalStyle", "postgres", true, List.of("postgres"), "Form of intervals.");
    add("TimeZone", "UTC", true, Setting::zone, "Zone in which timestamptz is shown.");
    one("standard_conforming_strings", "on", true, List.of("on"), "Backslashes are characters.");
    one("escape_string_warning", "on", false, List.of("on", "off"), "Accepted, has no effect.");
    one("backslash_quote", "safe_encoding", false, List.of("safe_encoding"), "Quotes in E''.");
    one("bytea_output", "hex", false, List.of("hex"), "Form of bytea.");
    integer("extra_float_digits", "1", -15, 3, "Digits of floats: above 0 the shortest exact.");
    duration("statement_timeout", "0", "Longest time of a statement, 0 for none.");
    duration("lock_timeout", "0", "Longest wait for a lock, 0 for none.");
    duration("idle_in_transaction_session_timeout", "0", "Accepted, has no effect.");
    duration("idle_session_timeout", "0", "Accepted, has no effect.");
    add(
        "default_transaction_isolation",
        "read committed",
        false,
        Setting::isolation,
        "Isolation of new transactions.");
    add(
        "transaction_isolation",
        "read committed",
        false,
        Setting::isolation,
        "Isolation of this transaction.");
    bool("default_transaction_read_only", "off", true, "New transactions only read.");
    bool("transaction_read_only", "off", false, "This transaction only reads.");
    bool("default_transaction_deferrable", "off", false, "Accepted, has no effect.");
    bool("transaction_deferrable", "off", false, "Accepted, has no effect.");
    bool("check_function_bodies", "on", false, "Accepted, has no effect.");
    bool("row_security", "on", false, "Accepted, has no effect.");
    bool("synchronous_commit", "on", false, "Accepted, commits are always durable.");
    bool("jit", "off", false, "Accepted, has no effect.");
    bool("enable_seqscan", "on", false, "Accepted, has no effect.");
    bool("enable_indexscan", "on", false, "Accepted, has no effect.");
    bool("default_with_oids", "off", false, "Accepted, has no effect.");
    free("client_min_messages", "notice", false, "Least severity sent to the client.");
    free("log_statement", "none", false, "Accepted, has no effect.");
    free("role", "none", false, "The current role.");
    add(
        "work_mem",
        "16MB",
        false,
        text -> memory("work_mem", text),
        "What a sort holds in memory before it writes to disk.");
    free("maintenance_work_mem", "64MB", false, "Accepted, has no effect.");
    free("default_table_access_method", "heap", false, "Accepted, has no effect.");
    free("default_tablespace", "", false, "Accepted, has no effect.");
    free("xmloption", "content", false, "Accepted, has no effect.");
    free("plan_cache_mode", "auto", false, "Accepted, has no effect.");
    free("gin_fuzzy_search_limit", "0", false, "Accepted, has no effect.");
    add(
        "omendb.route",
        "auto",
        false,
        value ->
            RouteSetting.parse(value)
                .map(route -> value.toLowerCase(Locale.ROOT))
                .orElseThrow(
                    () -> invalid("omendb.route", value, "Available values: auto, state, flink.")),
        "Where queries run: auto, state or flink.");
  }

  static @Nullable Setting find(String name) {
    return ALL.get(name.toLowerCase(Locale.ROOT));
  }

  static Collection<Setting> all() {
    return ALL.values();
  }

  private static void add(
      String name,
      String standard,
      boolean reported,
      @Nullable UnaryOperator<String> check,
      String description) {
    ALL.put(
        name.toLowerCase(Locale.ROOT), new Setting(name, standard, reported, check, description));
  }

  private static void fixed(String name, String value, boolean reported, String description) {
    add(name, value, reported, null, description);
  }

  private static void free(String name, String standard, boolean reported, String description) {
    add(name, standard, reported, value -> value, description);
  }

  private static void bool(String name, String standard, boolean reported, String description) {
    add(name, standard, reported, value -> bool(name, value), description);
  }

  private static void one(
      String name, String standard, boolean reported, List<String> allowed, String description) {
    add(
        name,
        standard,
        reported,
        value -> {
          String lower = value.toLowerCase(Locale.ROOT);
          String canonical =
              allowed.contains("on") && !allowed.contains(lower) ? bool(name, value) : lower;
          if (!allowed.contains(canonical)) {
            throw invalid(name, value, "Available values: " + String.join(", ", allowed) + ".");
          }
          return canonical;
        },
        description);
  }

  private static void integer(String name, String standard, int min, int max, String description) {
    add(
        name,
        standard,
        false,
        value -> {
          int number;
          try {
            number = Integer.parseInt(value.strip());
          } catch (NumberFormatException notANumber) {
            throw invalid(name, value, "It is an integer.");
          }
          if (number < min || number > max) {
            throw new OmenException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "%d is outside the valid range for parameter \"%s\" (%d .. %d)"
                    .formatted(number, name, min, max));
          }
          return Integer.toString(number);
        },
        description);
  }

  private static void duration(String name, String standard, String description) {
    add(name, standard, false, value -> showMillis(millis(name, value)), description);
  }

  private static String bool(String name, String value) {
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "on", "true", "t", "yes", "y", "1" -> "on";
      case "off", "false", "f", "no", "n", "0" -> "off";
      default ->
          throw new OmenException(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "parameter \"%s\" requires a Boolean value".formatted(name));
    };
  }

  /** The bytes of a memory setting, as {@code 16MB} or a number of kilobytes. */
  static long bytes(String name, String text) {
    Matcher matcher = MEMORY.matcher(text.strip());
    if (!matcher.matches()) {
      throw invalid(
          name,
          text,
          "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".");
    }
    long factor =
        switch (matcher.group(2)) {
          case "B" -> 1;
          case "MB" -> 1L << 20;
          case "GB" -> 1L << 30;
          case "TB" -> 1L << 40;
          default -> 1L << 10;
        };
    return Long.parseLong(matcher.group(1)) * factor;
  }

  /** Canonical: in the largest unit that shows it exactly. */
  private static String memory(String name, String text) {
    long kilobytes = bytes(name, text) >> 10;
    if (kilobytes < MEMORY_KB_MIN || kilobytes > Integer.MAX_VALUE) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "%d kB is outside the valid range for parameter \"%s\" (%d kB .. %d kB)"
              .formatted(kilobytes, name, MEMORY_KB_MIN, Integer.MAX_VALUE));
    }
    if (kilobytes % (1 << 20) == 0) {
      return (kilobytes >> 20) + "GB";
    }
    return kilobytes % 1024 == 0 ? (kilobytes >> 10) + "MB" : kilobytes + "kB";
  }

  /** Milliseconds of "250", "5s", "1min", "2 h", "1d", "10us". */
  static long millis(String name, String text) {
    String value = text.strip();
    int end = 0;
    while (end < value.length() && Character.isDigit(value.charAt(end))) {
      end++;
    }
    long factor =
        switch (value.substring(end).strip()) {
          case "", "ms" -> 1;
          case "s" -> 1000;
          case "min" -> 60_000;
          case "h" -> 3_600_000;
          case "d" -> 86_400_000;
          default -> 0;
        };
    if (end == 0 || end > 10 || factor == 0) {
      throw invalid(
          name,
          text,
          "Valid units for this parameter are \"ms\", \"s\", \"min\", \"h\", and \"d\".");
    }
    long millis = Long.parseLong(value.substring(0, end)) * factor;
    if (millis > Integer.MAX_VALUE) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "%d ms is outside the valid range for parameter \"%s\" (0 .. 2147483647)"
              .formatted(millis, name));
    }
    return millis;
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

  private static String utf8(String value) {
    String plain = value.replace("-", "").replace("_", "").toUpperCase(Locale.ROOT);
    if (!plain.equals("UTF8") && !plain.equals("UNICODE")) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "client_encoding %s is not supported: only UTF8 is".formatted(value));
    }
    return "UTF8";
  }

  private static String dateStyle(String value) {
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

  private static String zone(String value) {
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

  private static String isolation(String value) {
    String lower = value.strip().toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "read uncommitted", "read committed", "repeatable read", "serializable" -> lower;
      default ->
          throw invalid(
              "transaction_isolation",
              value,
              "Available values: serializable, repeatable read, read committed, read uncommitted.");
    };
  }

  private static OmenException invalid(String name, String value, String hint) {
    return new OmenException(
        ErrorCode.INVALID_PARAMETER_VALUE,
        "invalid value for parameter \"%s\": \"%s\". %s".formatted(name, value, hint));
  }
}
