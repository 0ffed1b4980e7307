package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.BOOL;
import static io.omendb.gateway.types.PgTypes.CHAR;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.INT8;
import static io.omendb.gateway.types.PgTypes.NAME;
import static io.omendb.gateway.types.PgTypes.OID;
import static io.omendb.gateway.types.PgTypes.PG_NODE_TREE;
import static io.omendb.gateway.types.PgTypes.REGCLASS;
import static io.omendb.gateway.types.PgTypes.REGNAMESPACE;
import static io.omendb.gateway.types.PgTypes.REGPROC;
import static io.omendb.gateway.types.PgTypes.REGTYPE;
import static io.omendb.gateway.types.PgTypes.TEXT;

import io.omendb.gateway.sql.functions.PgFunction.Volatility;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What psql, drivers and tools ask of a server: its session, its catalogs' functions. */
final class CatalogFunctions {
  private static final String VERSION = "PostgreSQL 15.0 (OmenDB)";
  private static final List<String> PRIVILEGE_FUNCTIONS =
      List.of(
          "has_table_privilege",
          "has_schema_privilege",
          "has_column_privilege",
          "has_database_privilege",
          "has_function_privilege",
          "has_any_column_privilege",
          "has_sequence_privilege",
          "pg_has_role");

  private CatalogFunctions() {}

  static void register(FunctionTable table) {
    session(table);
    names(table);
    visibility(table);
    definitions(table);
    arrays(table);
    for (String name : PRIVILEGE_FUNCTIONS) {
      table.variadicAny(name, BOOL, List.of(), (c, a) -> true);
    }
  }

  private static void session(FunctionTable table) {
    table.stable("version", TEXT, List.of(), (c, a) -> VERSION);
    for (String name : List.of("current_user", "session_user", "user", "current_role")) {
      table.stable(name, NAME, List.of(), (c, a) -> c.user());
    }
    table.stable("current_database", NAME, List.of(), (c, a) -> c.database());
    table.stable("current_catalog", NAME, List.of(), (c, a) -> c.database());
    table.stable("current_schema", NAME, List.of(), (c, a) -> c.schema());
    table.stable(
        "current_schemas",
        array(NAME),
        List.of(BOOL),
        (c, a) -> (Boolean) a[0] ? List.of("pg_catalog", c.schema()) : List.of(c.schema()));
    table.stable("pg_backend_pid", INT4, List.of(), (c, a) -> c.backendProcessId());
    table.stable("txid_current", INT8, List.of(), (c, a) -> c.transactionId());
    table.stable("pg_is_in_recovery", BOOL, List.of(), (c, a) -> false);
    table.nullable("inet_server_port", INT4, List.of(), Volatility.STABLE, (c, a) -> null);
    table.stable("current_setting", TEXT, List.of(TEXT), (c, a) -> setting(c, (String) a[0]));
    table.stable(
        "current_setting",
        TEXT,
        List.of(TEXT, BOOL),
        (c, a) -> (Boolean) a[1] ? c.setting((String) a[0]) : setting(c, (String) a[0]));
  }

  private static String setting(EvalContext context, String name) {
    String value = context.setting(name);
    if (value == null) {
      throw new OmenException(
          ErrorCode.UNDEFINED_OBJECT,
          "unrecognized configuration parameter \"%s\"".formatted(name));
    }
    return value;
  }

  private static PgType array(PgType element) {
    ArrayType array = PgTypes.arrayOf(element);
    if (array == null) {
      throw new IllegalStateException("no array of " + element);
    }
    return array;
  }

  private static void names(FunctionTable table) {
    table.nullable(
        "format_type",
        TEXT,
        List.of(OID, INT4),
        Volatility.STABLE,
        (c, a) -> a[0] == null ? null : formatType((Long) a[0], (Integer) a[1]));
    table.stable("pg_get_userbyid", NAME, List.of(OID), (c, a) -> c.user());
    table.immutable(
        "pg_encoding_to_char", NAME, List.of(INT4), (c, a) -> (Integer) a[0] == 6 ? "UTF8" : "");
    table.stable("regclass_text", TEXT, List.of(REGCLASS), (c, a) -> relation(c, (Long) a[0]));
    table.stable("text_regclass", REGCLASS, List.of(TEXT), (c, a) -> regclass(c, (String) a[0]));
    table.stable("to_regclass", REGCLASS, List.of(TEXT), (c, a) -> lookup(c, (String) a[0]));
    table.immutable("regtype_text", TEXT, List.of(REGTYPE), (c, a) -> formatType((Long) a[0], -1));
    table.immutable("text_regtype", REGTYPE, List.of(TEXT), (c, a) -> regtype((String) a[0]));
    table.immutable("text_regproc", REGPROC, List.of(TEXT), (c, a) -> regproc((String) a[0]));
    table.stable(
        "text_regnamespace",
        REGNAMESPACE,
        List.of(TEXT),
        (c, a) -> {
          Long oid = c.catalog().namespaceOid((String) a[0]);
          if (oid == null) {
            throw new OmenException(
                ErrorCode.INVALID_SCHEMA_NAME, "schema \"%s\" does not exist".formatted(a[0]));
          }
          return oid;
        });
    table.immutable("text_char", CHAR, List.of(TEXT), (c, a) -> first((String) a[0]));
    table.immutable(
        "array_to_string",
        TEXT,
        List.of(array(TEXT), TEXT),
        (c, a) -> arrayToString((List<?>) a[0], (String) a[1], null));
    table.nullable(
        "array_to_string",
        TEXT,
        List.of(array(TEXT), TEXT, TEXT),
        Volatility.IMMUTABLE,
        (c, a) ->
            a[0] == null || a[1] == null
                ? null
                : arrayToString((List<?>) a[0], (String) a[1], (String) a[2]));
    table.nullable(
        "string_to_array",
        array(TEXT),
        List.of(TEXT, TEXT),
        Volatility.IMMUTABLE,
        (c, a) -> ArrayValues.split(a[0], a[1], null));
    table.nullable(
        "string_to_array",
        array(TEXT),
        List.of(TEXT, TEXT, TEXT),
        Volatility.IMMUTABLE,
        (c, a) -> ArrayValues.split(a[0], a[1], a[2]));
  }

  private static String first(String text) {
    return text.length() <= 1 ? text : text.substring(0, 1);
  }

  private static String arrayToString(List<?> values, String separator, @Nullable String forNull) {
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object element : values) {
      Object value = element == null ? forNull : element;
      if (value != null) {
        out.append(first ? "" : separator).append(value);
        first = false;
      }
    }
    return out.toString();
  }

  private static String formatType(long oid, @Nullable Integer modifier) {
    PgType type = PgTypes.byOid((int) oid);
    return type == null ? "???" : PgTypes.formatType(type, modifier == null ? -1 : modifier);
  }

  private static String relation(EvalContext context, long oid) {
    String name = context.catalog().relationName(oid);
    return name == null ? String.valueOf(oid) : name;
  }

  private static long regclass(EvalContext context, String text) {
    if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Long.parseLong(text);
    }
    Long oid = lookup(context, text);
    if (oid == null) {
      throw new OmenException(
          ErrorCode.UNDEFINED_TABLE, "relation \"%s\" does not exist".formatted(text));
    }
    return oid;
  }

  /**
   * Of the functions in the catalogs only the one that tells arrays from other types has an oid.
   */
  private static long regproc(String text) {
    String name = text.strip();
    if (name.equals("array_in") || name.equals("pg_catalog.array_in")) {
      return ArrayType.INPUT_FUNCTION;
    }
    if (!name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Long.parseLong(name);
    }
    throw new OmenException(
        ErrorCode.UNDEFINED_FUNCTION, "function \"%s\" does not exist".formatted(text));
  }

  private static @Nullable Long lookup(EvalContext context, String text) {
    String namespace = null;
    String rest = text.strip();
    int dot = unquotedDot(rest);
    if (dot >= 0) {
      namespace = fold(rest.substring(0, dot));
      rest = rest.substring(dot + 1);
    }
    return context.catalog().relationOid(namespace, fold(rest));
  }

  private static int unquotedDot(String text) {
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '.' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  private static String fold(String name) {
    boolean quoted = name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"");
    return quoted
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name.toLowerCase(Locale.ROOT);
  }

  private static long regtype(String name) {
    PgType type = PgTypes.byName(name);
    if (type == null) {
      throw new OmenException(
          ErrorCode.UNDEFINED_OBJECT, "type \"%s\" does not exist".formatted(name));
    }
    return type.oid();
  }

  /** Of one-dimensional arrays that count from 1. */
  private static void arrays(FunctionTable table) {
    for (String name : List.of("array_upper", "array_length")) {
      table.variadicAny(name, INT4, List.of(), (c, a) -> size(a));
    }
    table.variadicAny("array_lower", INT4, List.of(), (c, a) -> size(a) == null ? null : 1);
    table.variadicAny(
        "cardinality",
        INT4,
        List.of(),
        (c, a) -> a[0] instanceof List<?> list ? (Object) list.size() : null);
  }

  /** Of the first dimension, the only one there is; null for an empty array. */
  private static @Nullable Integer size(@Nullable Object[] arguments) {
    boolean first =
        arguments.length < 2 || (arguments[1] instanceof Number number && number.longValue() == 1);
    return first && arguments[0] instanceof List<?> list && !list.isEmpty() ? list.size() : null;
  }

  private static void visibility(FunctionTable table) {
    for (String name :
        List.of(
            "pg_table_is_visible",
            "pg_type_is_visible",
            "pg_function_is_visible",
            "pg_opclass_is_visible",
            "pg_operator_is_visible")) {
      table.stable(name, BOOL, List.of(OID), (c, a) -> true);
    }
    table.stable("pg_relation_is_publishable", BOOL, List.of(REGCLASS), (c, a) -> false);
  }

  private static void definitions(FunctionTable table) {
    for (String name : List.of("obj_description", "col_description", "shobj_description")) {
      table.variadicAny(name, TEXT, List.of(), (c, a) -> null);
    }
    table.stable("pg_get_expr", TEXT, List.of(PG_NODE_TREE, OID), (c, a) -> a[0]);
    table.stable("pg_get_expr", TEXT, List.of(PG_NODE_TREE, OID, BOOL), (c, a) -> a[0]);
    table.stable(
        "pg_get_indexdef",
        TEXT,
        List.of(OID),
        (c, a) -> c.catalog().indexDefinition((Long) a[0], 0));
    table.stable(
        "pg_get_indexdef",
        TEXT,
        List.of(OID, INT4, BOOL),
        (c, a) -> c.catalog().indexDefinition((Long) a[0], (Integer) a[1]));
    table.stable(
        "pg_get_constraintdef",
        TEXT,
        List.of(OID),
        (c, a) -> c.catalog().constraintDefinition((Long) a[0]));
    table.stable(
        "pg_get_constraintdef",
        TEXT,
        List.of(OID, BOOL),
        (c, a) -> c.catalog().constraintDefinition((Long) a[0]));
    for (String name :
        List.of(
            "pg_get_viewdef",
            "pg_get_ruledef",
            "pg_get_triggerdef",
            "pg_get_functiondef",
            "pg_get_serial_sequence",
            "pg_get_statisticsobjdef_columns",
            "pg_get_partkeydef",
            "pg_get_function_result",
            "pg_get_function_arguments",
            "pg_tablespace_location")) {
      table.variadicAny(name, TEXT, List.of(), (c, a) -> null);
    }
    for (String name :
        List.of(
            "pg_relation_size",
            "pg_table_size",
            "pg_total_relation_size",
            "pg_database_size",
            "pg_indexes_size")) {
      table.variadicAny(name, INT8, List.of(), (c, a) -> null);
    }
    table.immutable("pg_size_pretty", TEXT, List.of(INT8), (c, a) -> sizePretty((Long) a[0]));
    table.variadicAny("pg_stat_get_numscans", INT8, List.of(), (c, a) -> null);
  }

  private static String sizePretty(long bytes) {
    String[] units = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 10_240 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return Math.round(value) + " " + units[unit];
  }
}
