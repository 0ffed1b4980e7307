package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.PostgresNames;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.ColumnType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A type as written, "numeric(12,2)": its type and its modifiers. */
record TypeName(PgType type, List<Integer> modifiers) {
  private static final int LENGTH_MAX = 10_485_760;

  TypeName {
    modifiers = List.copyOf(modifiers);
  }

  static TypeName parse(String text, int position) {
    int open = text.indexOf('(');
    if (open < 0) {
      return of(text, List.of(), text, position);
    }
    int close = text.indexOf(')', open);
    List<Integer> modifiers = new ArrayList<>();
    for (String modifier : text.substring(open + 1, close).split(",")) {
      try {
        modifiers.add(Integer.parseInt(modifier.strip()));
      } catch (NumberFormatException e) {
        throw BindErrors.error(
            ErrorCode.INVALID_PARAMETER_VALUE, "invalid type modifier: " + modifier, position);
      }
    }
    return of(text.substring(0, open) + text.substring(close + 1), modifiers, text, position);
  }

  private static TypeName of(String name, List<Integer> modifiers, String text, int position) {
    String known = name.startsWith("interval") ? "interval" : name;
    if (name.startsWith("pg_catalog.") && name.endsWith(".char")) {
      known = "\"char\"";
    }
    if (known.startsWith("\"") && !known.equals("\"char\"")) {
      known = known.replace("\"", "");
    }
    PgType type = known.endsWith("[]") ? arrayType(known) : PgTypes.byName(known);
    if (type == null || type == PgTypes.UNKNOWN) {
      throw BindErrors.error(
          isRefused(known) ? ErrorCode.FEATURE_NOT_SUPPORTED : ErrorCode.UNDEFINED_OBJECT,
          isRefused(known)
              ? "type %s is not supported".formatted(text)
              : "type \"%s\" does not exist".formatted(text),
          position);
    }
    if (known.equals("float") && !modifiers.isEmpty()) {
      return new TypeName(modifiers.get(0) < 25 ? PgTypes.FLOAT4 : PgTypes.FLOAT8, List.of());
    }
    boolean defaultsToOne =
        type == PgTypes.BPCHAR && modifiers.isEmpty() && !known.equals("bpchar");
    return new TypeName(type, defaultsToOne ? List.of(1) : modifiers);
  }

  /** PostgreSQL's arrays have any number of dimensions whatever their type says; ours have one. */
  private static @Nullable PgType arrayType(String name) {
    PgType element = PgTypes.byName(name.substring(0, name.indexOf('[')));
    return element == null ? null : PgTypes.arrayOf(element);
  }

  /** Whether PostgreSQL has it; by SQL's spellings too. */
  private static boolean isRefused(String name) {
    String plain = name.toLowerCase(Locale.ROOT);
    if (plain.startsWith("pg_catalog.")) {
      plain = plain.substring("pg_catalog.".length());
    }
    if (plain.indexOf('[') >= 0) {
      plain = plain.substring(0, plain.indexOf('['));
    }
    return switch (plain) {
      case "serial",
          "bigserial",
          "smallserial",
          "bit varying",
          "time with time zone",
          "hstore",
          "national character",
          "nchar" ->
          true;
      default -> PostgresNames.hasType(plain);
    };
  }

  /** As a column's type; checks the modifiers. */
  ColumnType columnType(int position) {
    ColumnType.Kind kind =
        switch (type.name()) {
          case "bool" -> ColumnType.Kind.BOOLEAN;
          case "int2" -> ColumnType.Kind.SMALLINT;
          case "int4" -> ColumnType.Kind.INTEGER;
          case "int8" -> ColumnType.Kind.BIGINT;
          case "float4" -> ColumnType.Kind.REAL;
          case "float8" -> ColumnType.Kind.DOUBLE;
          case "numeric" -> ColumnType.Kind.NUMERIC;
          case "text", "name" -> ColumnType.Kind.TEXT;
          case "varchar" -> ColumnType.Kind.VARCHAR;
          case "bpchar" -> ColumnType.Kind.CHAR;
          case "date" -> ColumnType.Kind.DATE;
          case "time" -> ColumnType.Kind.TIME;
          case "timestamp" -> ColumnType.Kind.TIMESTAMP;
          case "timestamptz" -> ColumnType.Kind.TIMESTAMPTZ;
          case "bytea" -> ColumnType.Kind.BYTEA;
          case "uuid" -> ColumnType.Kind.UUID;
          default -> throw BindErrors.notSupported("a column of type " + type.sqlName(), position);
        };
    if (kind == ColumnType.Kind.NUMERIC && !modifiers.isEmpty()) {
      return numeric(position);
    }
    boolean sized = kind == ColumnType.Kind.VARCHAR || kind == ColumnType.Kind.CHAR;
    if (sized && !modifiers.isEmpty()) {
      checkLength(modifiers.get(0), position);
      return new ColumnType(kind, modifiers.get(0), 0, 0);
    }
    if (!modifiers.isEmpty() && modifiers.get(0) != 6) {
      throw BindErrors.notSupported(
          "a precision of %s other than 6".formatted(type.sqlName()), position);
    }
    return ColumnType.of(kind);
  }

  private void checkLength(int length, int position) {
    if (length < 1 || length > LENGTH_MAX) {
      throw BindErrors.error(
          ErrorCode.INVALID_PARAMETER_VALUE,
          length < 1
              ? "length for type %s must be at least 1".formatted(type.name())
              : "length for type %s cannot exceed %d".formatted(type.name(), LENGTH_MAX),
          position);
    }
  }

  private ColumnType numeric(int position) {
    int precision = modifiers.get(0);
    int scale = modifiers.size() > 1 ? modifiers.get(1) : 0;
    if (precision < 1 || precision > 1000 || scale > precision) {
      throw BindErrors.error(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "NUMERIC precision %d must be between 1 and 1000".formatted(precision),
          position);
    }
    if (precision > ColumnType.NUMERIC_PRECISION_MAX) {
      throw BindErrors.notSupported("a numeric precision above 38", position);
    }
    return ColumnType.numeric(precision, scale);
  }

  /** PostgreSQL's typmod. */
  int modifier() {
    if (modifiers.isEmpty()) {
      return -1;
    }
    if (type == PgTypes.NUMERIC) {
      int scale = modifiers.size() > 1 ? modifiers.get(1) : 0;
      return ((modifiers.get(0) << 16) | scale) + 4;
    }
    return type == PgTypes.VARCHAR || type == PgTypes.BPCHAR ? modifiers.get(0) + 4 : -1;
  }
}
