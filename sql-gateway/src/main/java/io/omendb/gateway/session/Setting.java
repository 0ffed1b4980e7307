package io.omendb.gateway.session;

import io.omendb.gateway.route.RouteSetting;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A run-time parameter that SET and SHOW know. What a client may set has an effect, or there is
 * nothing here that it could change; any other value is refused by name. {@code check} gives the
 * canonical form of a new value or fails; null marks a parameter that cannot be changed. {@code
 * reported}: clients are told of every change (ParameterStatus).
 */
record Setting(
    String name,
    String standard,
    boolean reported,
    Kind kind,
    @Nullable UnaryOperator<String> check,
    String description) {

  /** What setting it does. */
  enum Kind {
    /** It cannot be set. */
    FIXED,
    /** Each value that is taken has its effect. */
    APPLIED,
    /** Only the value that describes what happens anyway is taken. */
    AS_IT_IS,
    /** What it would change does not exist here, so every value says the truth. */
    IDLE
  }

  private static final Map<String, Setting> ALL = new LinkedHashMap<>();
  private static final List<String> MESSAGE_LEVELS =
      List.of(
          "debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "notice", "warning",
          "error");

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

    applied(
        "application_name", "", true, SettingValues::plainText, "What the client calls itself.");
    applied(
        "search_path", "\"$user\", public", false, v -> v, "Schemas in which names are looked up.");
    applied("client_encoding", "UTF8", true, SettingValues::utf8, "Encoding of the client.");
    applied("DateStyle", "ISO, MDY", true, SettingValues::dateStyle, "Form of dates.");
    applied("TimeZone", "UTC", true, SettingValues::zone, "Zone in which timestamptz is shown.");
    duration("statement_timeout", "Longest time of a statement, 0 for none.");
    duration("lock_timeout", "Longest wait for a lock, 0 for none.");
    duration(
        "idle_in_transaction_session_timeout",
        "Longest time between statements of a transaction, 0 for none; the session ends then.");
    duration(
        "idle_session_timeout",
        "Longest time between statements outside a transaction, 0 for none; the session ends"
            + " then.");
    isolation("default_transaction_isolation", "Isolation of new transactions.");
    isolation("transaction_isolation", "Isolation of this transaction.");
    bool("default_transaction_read_only", "off", true, Kind.APPLIED, "New transactions only read.");
    bool("transaction_read_only", "off", false, Kind.APPLIED, "This transaction only reads.");
    applied(
        "client_min_messages",
        "notice",
        false,
        Setting::messageLevel,
        "Least severity sent to the client.");
    applied(
        "omendb.route", "auto", false, Setting::route, "Where queries run: auto, state or flink.");

    only("session_authorization", "omendb", true, "There are no other users.");
    only("role", "none", false, "There are no roles.");
    only("IntervalStyle", "postgres", true, "The one form of intervals.");
    boolOnly("standard_conforming_strings", "on", true, "Backslashes are characters.");
    only("backslash_quote", "safe_encoding", false, "A quote may be \\' in E'' strings.");
    only("bytea_output", "hex", false, "The one form of bytea.");
    add(
        "extra_float_digits",
        "1",
        false,
        Kind.AS_IT_IS,
        Setting::floatDigits,
        "Floats are always shown in the shortest form that is exact.");
    boolOnly("jit", "off", false, "Expressions are compiled in another way.");
    boolOnly("enable_seqscan", "on", false, "The planner cannot be told what to avoid.");
    boolOnly("enable_indexscan", "on", false, "The planner cannot be told what to avoid.");
    boolOnly("default_with_oids", "off", false, "Rows have no oids.");
    boolOnly("quote_all_identifiers", "off", false, "Names are quoted where they need it.");
    boolOnly("array_nulls", "on", false, "NULL in an array's text is a null.");
    boolOnly("transform_null_equals", "off", false, "= NULL is unknown.");
    only("session_replication_role", "origin", false, "There are no triggers or rules.");
    only("log_statement", "none", false, "The server's log is configured at its start.");
    memory("work_mem", "4MB");
    memory("maintenance_work_mem", "64MB");
    only("default_table_access_method", "heap", false, "There is one kind of table.");
    only("default_tablespace", "", false, "There are no tablespaces.");
    only("xmloption", "content", false, "There is no XML.");
    only("plan_cache_mode", "auto", false, "Plans are kept as long as they hold.");
    only("gin_fuzzy_search_limit", "0", false, "There are no such indexes.");

    bool(
        "escape_string_warning",
        "on",
        false,
        Kind.IDLE,
        "Only strings that do not conform to the standard would be warned of.");
    bool(
        "default_transaction_deferrable", "off", false, Kind.IDLE, "Only of SERIALIZABLE reading.");
    bool("transaction_deferrable", "off", false, Kind.IDLE, "Only of SERIALIZABLE reading.");
    bool("check_function_bodies", "on", false, Kind.IDLE, "There is no CREATE FUNCTION.");
    bool("row_security", "on", false, Kind.IDLE, "There are no policies.");
    bool("synchronize_seqscans", "on", false, Kind.IDLE, "Scans give rows in key order.");
    add(
        "synchronous_commit",
        "on",
        false,
        Kind.IDLE,
        v ->
            SettingValues.oneOf(
                "synchronous_commit",
                v,
                List.of("local", "remote_write", "remote_apply", "on", "off")),
        "Commits are durable when they are acknowledged; there are no standbys.");
  }

  static @Nullable Setting find(String name) {
    return ALL.get(name.toLowerCase(Locale.ROOT));
  }

  static Collection<Setting> all() {
    return ALL.values();
  }

  /** Whether it describes one transaction, so that no value outlives it. */
  boolean isOfTransaction() {
    return name.startsWith("transaction_");
  }

  private static void add(
      String name,
      String standard,
      boolean reported,
      Kind kind,
      @Nullable UnaryOperator<String> check,
      String description) {
    ALL.put(
        name.toLowerCase(Locale.ROOT),
        new Setting(name, standard, reported, kind, check, description));
  }

  private static void fixed(String name, String value, boolean reported, String description) {
    add(name, value, reported, Kind.FIXED, null, description);
  }

  private static void applied(
      String name,
      String standard,
      boolean reported,
      UnaryOperator<String> check,
      String description) {
    add(name, standard, reported, Kind.APPLIED, check, description);
  }

  private static void bool(
      String name, String standard, boolean reported, Kind kind, String description) {
    add(name, standard, reported, kind, v -> SettingValues.bool(name, v), description);
  }

  private static void duration(String name, String description) {
    applied(name, "0", false, v -> SettingValues.duration(name, v), description);
  }

  private static void isolation(String name, String description) {
    applied(name, "read committed", false, v -> SettingValues.isolation(name, v), description);
  }

  private static void only(String name, String value, boolean reported, String reason) {
    only(name, value, reported, v -> v.strip().toLowerCase(Locale.ROOT), reason);
  }

  private static void boolOnly(String name, String value, boolean reported, String reason) {
    only(name, value, reported, v -> SettingValues.bool(name, v), reason);
  }

  private static void memory(String name, String value) {
    only(
        name,
        value,
        false,
        v -> SettingValues.memory(name, v),
        "Memory is shared among statements by the server.");
  }

  private static void only(
      String name, String value, boolean reported, UnaryOperator<String> canonical, String reason) {
    add(
        name,
        value,
        reported,
        Kind.AS_IT_IS,
        given -> {
          if (!canonical.apply(given).equals(value)) {
            throw refused(name, given, value, reason);
          }
          return value;
        },
        reason);
  }

  static OmenException refused(String name, String given, String value, String reason) {
    return new OmenException(
        ErrorCode.FEATURE_NOT_SUPPORTED,
        "parameter \"%s\" cannot be set to \"%s\", only to \"%s\": %s"
            .formatted(name, given, value, reason));
  }

  private static String floatDigits(String value) {
    String digits = SettingValues.integer("extra_float_digits", value, -15, 3);
    if (Integer.parseInt(digits) < 1) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "parameter \"extra_float_digits\" cannot be set to \"%s\", only to 1, 2 or 3: floats are"
                  .formatted(value)
              + " always shown in the shortest form that is exact");
    }
    return digits;
  }

  private static String messageLevel(String value) {
    String level = SettingValues.oneOf("client_min_messages", value, MESSAGE_LEVELS);
    return level.equals("debug") ? "debug2" : level;
  }

  private static String route(String value) {
    return RouteSetting.parse(value)
        .map(route -> value.toLowerCase(Locale.ROOT))
        .orElseThrow(
            () ->
                SettingValues.invalid(
                    "omendb.route", value, "Available values: auto, state, flink."));
  }
}
