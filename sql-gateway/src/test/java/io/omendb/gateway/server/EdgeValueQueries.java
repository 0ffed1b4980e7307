package io.omendb.gateway.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random tables of edge values, and random queries over them that are well-typed and whose answers
 * do not depend on the order of rows beyond their ORDER BY.
 */
final class EdgeValueQueries {
  /** A column, its type, what it may hold, and whether equal values may look different. */
  private record Column(String name, String type, List<String> values, boolean equalForms) {
    boolean is(String... types) {
      return List.of(types).contains(type.replaceAll("\\(.*", ""));
    }

    boolean isInteger() {
      return is("smallint", "int", "bigint");
    }

    boolean isNumber() {
      return isInteger() || is("numeric");
    }
  }

  private static Column column(String name, String type, String... values) {
    return new Column(name, type, List.of(values), false);
  }

  private static Column withEqualForms(String name, String type, String... values) {
    return new Column(name, type, List.of(values), true);
  }

  private static final String NINES = "9".repeat(38);

  private static final List<Column> COLUMNS =
      List.of(
          column("i2", "smallint", "-32768", "32767", "0", "1", "-1", "7"),
          column("i4", "int", "-2147483648", "2147483647", "0", "1", "-1", "42"),
          column("i8", "bigint", "-9223372036854775808", "9223372036854775807", "0", "5", "-5"),
          column("n0", "numeric(38,0)", NINES, "-" + NINES, "0", "1", "9007199254740993"),
          column("n2", "numeric(12,2)", "-2.10", "2.10", "0", "9999999999.99", "0.01", "-0.01"),
          column("n10", "numeric(38,10)", "1.5", "-1.5", "0", "12345678901234567890.0000000001"),
          withEqualForms(
              "nu",
              "numeric",
              "1.5",
              "1.50",
              "0.001",
              "-7.000",
              "0",
              "12345678901234567890",
              "0.12345678901234567890"),
          withEqualForms("f4", "real", "0", "'-0'", "1.5", "-1.5", "'NaN'", "'Infinity'", "0.1"),
          withEqualForms(
              "f8",
              "double precision",
              "0",
              "'-0'",
              "1.5",
              "'NaN'",
              "'Infinity'",
              "'-Infinity'",
              "0.1"),
          column("t", "text", "''", "'a'", "'A'", "'a '", "'ab'", "'äö'", "'😀'", "'a%b'", "'ｆ'"),
          column("c", "char(3)", "''", "'a'", "'A'", "'ab'", "'abc'", "'ä'"),
          column("v", "varchar(5)", "''", "'a'", "'a '", "'ab'", "'_'", "'%'", "'\uFFFD'"),
          column("b", "boolean", "true", "false"),
          column(
              "d",
              "date",
              "'0214-02-05 BC'",
              "'0001-01-01'",
              "'1582-10-10'",
              "'1582-10-15'",
              "'1969-12-31'",
              "'2024-02-29'",
              "'9999-12-31'",
              "'10000-01-01'",
              "'5874897-12-31'"),
          column(
              "tm",
              "time",
              "'00:00'",
              "'24:00'",
              "'23:59:59.999999'",
              "'12:34:56.7'",
              "'01:02:03'"),
          column(
              "ts",
              "timestamp",
              "'0214-02-05 15:40:00 BC'",
              "'0001-01-01 00:00:00.000001'",
              "'1582-10-10 12:00:00'",
              "'1969-12-31 23:59:59.999999'",
              "'2024-02-29 12:34:56.789'",
              "'9999-12-31 23:59:59.999999'",
              "'10000-01-01 00:00:00'"),
          column(
              "tz",
              "timestamptz",
              "'0214-02-05 15:40:00+00 BC'",
              "'1582-10-10 12:00:00+00'",
              "'1900-01-01 00:00:00+00'",
              "'2024-03-31 02:30:00+01'",
              "'2024-10-27 01:30:00+00'",
              "'10000-01-01 00:00:00+00'"),
          column("y", "bytea", "'\\x'", "'\\x00'", "'\\xff'", "'\\x7f'", "'\\x0061'"),
          column(
              "u",
              "uuid",
              "'00000000-0000-0000-0000-000000000001'",
              "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
              "'80000000-0000-0000-0000-000000000000'",
              "'7f000000-0000-0000-0000-000000000000'"));

  private final Random random;

  EdgeValueQueries(Random random) {
    this.random = random;
  }

  /** What makes and fills the tables p and q. */
  List<String> setup(int rows) {
    List<String> statements = new ArrayList<>();
    for (String table : List.of("p", "q")) {
      StringBuilder create = new StringBuilder("CREATE TABLE " + table + " (id int PRIMARY KEY");
      COLUMNS.forEach(c -> create.append(", ").append(c.name()).append(' ').append(c.type()));
      statements.add(create.append(")").toString());
      for (int id = 1; id <= rows; id++) {
        StringBuilder insert = new StringBuilder("INSERT INTO " + table + " VALUES (" + id);
        for (Column column : COLUMNS) {
          insert.append(", ").append(random.nextInt(5) == 0 ? "NULL" : value(column));
        }
        statements.add(insert.append(")").toString());
      }
    }
    return statements;
  }

  private String value(Column column) {
    return column.values().get(random.nextInt(column.values().size()));
  }

  private Column column() {
    return COLUMNS.get(random.nextInt(COLUMNS.size()));
  }

  private Column number() {
    while (true) {
      Column column = column();
      if (column.isNumber()) {
        return column;
      }
    }
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  String next() {
    return switch (random.nextInt(10)) {
      case 0 -> "SELECT id, %s, %s FROM p WHERE %s".formatted(value(2), value(1), condition("p"));
      case 1 -> grouped();
      case 2 ->
          "SELECT %s, %s, %s FROM p WHERE %s"
              .formatted(aggregate("p"), aggregate("p"), aggregate("p"), condition("p"));
      case 3 -> joined();
      case 4, 5 -> setOperation();
      case 6 -> subquery();
      case 7 -> ordered();
      case 8 -> nested();
      default -> distinct();
    };
  }

  private String grouped() {
    Column key = column();
    String shown = key.equalForms() ? "count(%s)".formatted(key.name()) : key.name();
    return "SELECT %s, count(*), %s, %s FROM p GROUP BY %s%s"
        .formatted(
            shown,
            aggregate("p"),
            aggregate("p"),
            key.name(),
            pick("", " HAVING count(*) > 1", ", b"));
  }

  private String joined() {
    Column column = column();
    String on =
        pick(
                "p.%1$s = q.%1$s",
                "p.%1$s = q.%1$s AND p.id < q.id", "p.%1$s IS NOT DISTINCT FROM q.%1$s")
            .formatted(column.name());
    if (column.isNumber() && random.nextInt(3) == 0) {
      on = "p.%s = q.%s".formatted(column.name(), number().name());
    }
    String kind = pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN");
    return random.nextBoolean()
        ? "SELECT p.id, q.id FROM p %s q ON %s".formatted(kind, on)
        : "SELECT count(*), count(q.id), sum(p.n2 * q.n2) FROM p %s q ON %s".formatted(kind, on);
  }

  private String setOperation() {
    Column column = column();
    while (column.equalForms()) {
      column = column();
    }
    String operator =
        pick("UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL");
    String second = column.name();
    if (column.isNumber() && operator.equals("UNION ALL")) {
      second = number().name();
    }
    return "SELECT %s FROM p %s SELECT %s FROM q".formatted(column.name(), operator, second);
  }

  private String subquery() {
    Column column = column();
    return switch (random.nextInt(5)) {
      case 0 ->
          "SELECT id FROM p WHERE %1$s %2$s (SELECT %1$s FROM q WHERE %3$s)"
              .formatted(column.name(), pick("IN", "NOT IN"), condition("q"));
      case 1 ->
          "SELECT id FROM p WHERE %2$s (SELECT 1 FROM q WHERE q.%1$s = p.%1$s AND q.id > 3)"
              .formatted(column.name(), pick("EXISTS", "NOT EXISTS"));
      case 2 ->
          "SELECT id FROM p WHERE n2 %s (SELECT %s FROM q WHERE q.b = p.b)"
              .formatted(
                  pick("<", ">", "="), pick("avg(n2)", "max(n2)", "min(n2) * 0.2", "sum(i4)"));
      case 3 -> {
        Column ordered = column.is("boolean") ? number() : column;
        yield "SELECT id FROM p WHERE %1$s %2$s %3$s (SELECT %1$s FROM q WHERE id < 6)"
            .formatted(ordered.name(), pick("=", "<>", "<", ">="), pick("ANY", "ALL"));
      }
      default ->
          "SELECT id, (SELECT %s(q.n2) FROM q WHERE q.i2 = p.i2) FROM p"
              .formatted(pick("max", "sum", "count"));
    };
  }

  private String ordered() {
    Column column = column();
    return "SELECT id, %s FROM p ORDER BY %s %s%s, id LIMIT %d OFFSET %d"
        .formatted(
            column.name(),
            column.name(),
            pick("ASC", "DESC"),
            pick("", " NULLS FIRST", " NULLS LAST"),
            random.nextInt(20),
            random.nextInt(3));
  }

  private String nested() {
    return "SELECT x, count(*), sum(s) FROM (SELECT %s AS x, %s AS s FROM p) AS y GROUP BY x"
        .formatted(
            pick(
                "i2",
                "c",
                "extract(year FROM ts)",
                "extract(century FROM d)",
                "extract(year FROM tz)",
                "b",
                "length(t)",
                "ts::date"),
            pick(
                "n2 * n2",
                "n2 * (1 - n2)",
                "n0",
                "n10 * n2",
                "i8",
                "CASE WHEN b THEN n2 ELSE 0 END",
                "CASE WHEN i2 > 0 THEN n2 END",
                "i4"));
  }

  private String distinct() {
    Column column = column();
    return column.equalForms()
        ? "SELECT count(DISTINCT %s) FROM p".formatted(column.name())
        : pick("SELECT DISTINCT %s FROM p", "SELECT DISTINCT %s, b FROM p")
            .formatted(column.name());
  }

  private String aggregate(String table) {
    Column column = column();
    String name = table + "." + column.name();
    return switch (random.nextInt(4)) {
      case 0 -> "count(%s%s)".formatted(pick("", "DISTINCT "), name);
      case 1 -> {
        Column number = number();
        yield "%s(%s%s.%s)"
            .formatted(pick("sum", "avg"), pick("", "DISTINCT "), table, number.name());
      }
      case 2 -> {
        boolean hasOrder = !column.equalForms() && !column.is("boolean", "bytea", "uuid");
        yield hasOrder ? "%s(%s)".formatted(pick("min", "max"), name) : "count(*)";
      }
      default -> "count(*) FILTER (WHERE %s)".formatted(condition(table));
    };
  }

  private String condition(String table) {
    return switch (random.nextInt(9)) {
      case 0 -> "(%s AND %s)".formatted(condition(table), condition(table));
      case 1 -> "(%s OR %s)".formatted(condition(table), condition(table));
      case 2 -> "NOT (%s)".formatted(condition(table));
      case 3 -> "%s.%s IS %s".formatted(table, column().name(), pick("NULL", "NOT NULL"));
      case 4 -> "%s.b IS %s".formatted(table, pick("TRUE", "NOT TRUE", "FALSE", "UNKNOWN"));
      case 5 ->
          "%s.%s LIKE %s"
              .formatted(table, pick("t", "v", "c"), pick("'a%'", "'_'", "'%b'", "'a\\%b'", "''"));
      case 6 -> {
        Column column = column();
        yield "%s.%s %s (%s, %s%s)"
            .formatted(
                table,
                column.name(),
                pick("IN", "NOT IN"),
                value(column),
                value(column),
                pick("", ", NULL"));
      }
      default -> {
        Column column = column();
        String operator = pick("=", "<>", "<", ">", "<=", ">=");
        yield column.isNumber() && random.nextBoolean()
            ? "%s.%s %s %s.%s".formatted(table, column.name(), operator, table, number().name())
            : "%s.%s %s %s".formatted(table, column.name(), operator, value(column));
      }
    };
  }

  private String value(int depth) {
    if (depth == 0) {
      return column().name();
    }
    Column number = number();
    return switch (random.nextInt(9)) {
      case 0 ->
          "%s %s %s"
              .formatted(
                  number.name(), pick("+", "-", "*"), pick(number().name(), "2", "0.50", "NULL"));
      case 1 -> "%s %s %s".formatted(number.name(), pick("/", "%"), pick("7", "-7", "3.5", "n2"));
      case 2 -> "coalesce(%1$s, %1$s)".formatted(value(0));
      case 3 -> "CASE WHEN %s THEN n2 ELSE %s END".formatted(condition("p"), number.name());
      case 4 -> "%s::%s".formatted(number.name(), pick("int", "bigint", "numeric(20,3)", "text"));
      case 5 -> pick("length(%s)", "%s || '!'", "%s = 'a'").formatted(pick("t", "c", "v"));
      case 6 ->
          pick("d + 1", "d - date '2000-01-01'", "ts + interval '1 month'", "tz - tz", "ts::date");
      case 7 -> "CASE WHEN i4 = 0 THEN 0 ELSE 100 / i4 END";
      default -> value(0);
    };
  }
}
