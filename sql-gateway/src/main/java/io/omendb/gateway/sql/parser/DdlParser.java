package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.ColumnDefinition;
import io.omendb.gateway.sql.statement.Statement.Name;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/** CREATE TABLE, DROP TABLE, TRUNCATE and ALTER TABLE … ADD PRIMARY KEY. */
final class DdlParser {
  private static final Set<String> COLUMN_CONSTRAINT_WORDS =
      Set.of(
          "not",
          "null",
          "constraint",
          "default",
          "primary",
          "unique",
          "check",
          "references",
          "generated",
          "collate",
          "deferrable");

  private final String text;
  private final TokenCursor cursor;
  private final List<ColumnDefinition> columns = new ArrayList<>();
  private List<Name> primaryKey = List.of();
  private @Nullable String primaryKeyName;

  private DdlParser(String text, TokenCursor cursor) {
    this.text = text;
    this.cursor = cursor;
  }

  static Statement create(String text, TokenCursor cursor) {
    int start = cursor.position();
    cursor.expectWord("create");
    cursor.takeIfWord("unlogged"); // every table is as durable as any other
    if (cursor.peek().isWord("temp") || cursor.peek().isWord("temporary")) {
      throw cursor.notSupported("CREATE TEMPORARY TABLE");
    }
    if (!cursor.takeIfWord("table")) {
      cursor.reset(start);
      throw StatementParser.unsupportedStatement(cursor);
    }
    return new DdlParser(text, cursor).createTable();
  }

  private Statement createTable() {
    boolean ifNotExists = cursor.takeIfWords("if", "not", "exists");
    Name name = cursor.qualifiedName();
    if (isCreateTableAs()) {
      return createTableAs(name, ifNotExists);
    }
    if (cursor.peek().isWord("of") || cursor.peek().isWord("partition")) {
      throw cursor.notSupported("CREATE TABLE … " + cursor.peek().text().toUpperCase(Locale.ROOT));
    }
    cursor.expect("(");
    if (!cursor.takeIf(")")) {
      do {
        element();
      } while (cursor.takeIf(","));
      cursor.expect(")");
    }
    Map<String, String> options = tableOptions();
    return new Statement.CreateTable(
        name, ifNotExists, columns, primaryKey, primaryKeyName, options);
  }

  private boolean isCreateTableAs() {
    if (cursor.peek().isWord("as")) {
      return true;
    }
    int i = 1;
    if (!cursor.peek().isPunctuation("(")) {
      return false;
    }
    while (cursor.peek(i).isName() && cursor.peek(i + 1).isPunctuation(",")) {
      i += 2;
    }
    return cursor.peek(i).isName()
        && cursor.peek(i + 1).isPunctuation(")")
        && cursor.peek(i + 2).isWord("as");
  }

  private Statement createTableAs(Name name, boolean ifNotExists) {
    List<Name> names = StatementParser.optionalColumns(cursor);
    cursor.expectWord("as");
    SqlNode query =
        cursor
            .grammar()
            .query(
                cursor.until(
                    (token, next) ->
                        token.isWord("with") && (next.isWord("no") || next.isWord("data"))));
    boolean withData = true;
    if (cursor.takeIfWord("with")) {
      withData = !cursor.takeIfWord("no");
      cursor.expectWord("data");
    }
    return new Statement.CreateTableAs(name, ifNotExists, names, query, withData);
  }

  private void element() {
    if (cursor.takeIfWord("constraint")) {
      tableConstraint(cursor.identifier());
    } else if (cursor.peek().kind() == Kind.WORD
        && Set.of("primary", "unique", "check", "foreign", "exclude", "like")
            .contains(cursor.peek().text())) {
      tableConstraint(null);
    } else {
      column();
    }
  }

  private void tableConstraint(@Nullable String name) {
    if (cursor.takeIfWords("primary", "key")) {
      if (!primaryKey.isEmpty()) {
        throw cursor.notSupported("a second primary key");
      }
      primaryKeyName = name;
      primaryKey = cursor.parenthesizedNames();
      return;
    }
    throw cursor.notSupported(constraintName(cursor.peek().text()));
  }

  private static String constraintName(String word) {
    return switch (word) {
      case "unique" -> "a UNIQUE constraint";
      case "check" -> "a CHECK constraint";
      case "foreign", "references" -> "a FOREIGN KEY constraint";
      case "exclude" -> "an EXCLUDE constraint";
      case "generated" -> "a GENERATED column";
      case "like" -> "CREATE TABLE … LIKE";
      default -> word.toUpperCase(Locale.ROOT) + " here";
    };
  }

  private void column() {
    Name name = cursor.simpleName();
    int typePosition = cursor.peek().start() + 1;
    String type = typeName(cursor);
    boolean notNull = false;
    boolean key = false;
    SqlNode defaultValue = null;
    String defaultText = null;
    String constraint = null;
    while (cursor.peek().kind() == Kind.WORD) {
      if (cursor.takeIfWord("constraint")) {
        // That of a NOT NULL is not kept, as in PostgreSQL.
        constraint = cursor.identifier();
      } else if (cursor.takeIfWords("not", "null")) {
        notNull = true;
      } else if (cursor.takeIfWords("primary", "key")) {
        key = true;
        primaryKeyName = constraint;
      } else if (cursor.takeIfWord("collate")) {
        Name collation = cursor.qualifiedName();
        Collations.require(collation.parts(), collation.position());
      } else if (cursor.takeIfWord("default")) {
        List<Lexeme> range = defaultRange();
        defaultValue = cursor.grammar().expression(range);
        defaultText = text.substring(range.get(0).start(), range.get(range.size() - 2).end());
      } else if (!cursor.takeIfWord("null")) {
        throw COLUMN_CONSTRAINT_WORDS.contains(cursor.peek().text())
            ? cursor.notSupported(constraintName(cursor.peek().text()))
            : cursor.unexpected();
      }
    }
    columns.add(
        new ColumnDefinition(name, type, typePosition, notNull, key, defaultValue, defaultText));
  }

  /** The first token always belongs to the expression: {@code DEFAULT NULL NOT NULL}. */
  private List<Lexeme> defaultRange() {
    int first = cursor.position();
    return cursor.until(
        (token, next) ->
            token.isPunctuation(",")
                || (cursor.position() > first
                    && token.kind() == Kind.WORD
                    && COLUMN_CONSTRAINT_WORDS.contains(token.text())));
  }

  private Map<String, String> tableOptions() {
    Map<String, String> options = new LinkedHashMap<>();
    if (cursor.takeIfWord("with")) {
      cursor.expect("(");
      do {
        StringBuilder name = new StringBuilder(cursor.qualifiedName().toString());
        while (cursor.takeIf("-")) {
          // Iceberg's properties are spelled format-version, which is three tokens of SQL.
          name.append('-').append(cursor.identifier());
        }
        String value = "true";
        if (cursor.takeIf("=")) {
          value = cursor.take().text();
        }
        options.put(name.toString(), value);
      } while (cursor.takeIf(","));
      cursor.expect(")");
    }
    cursor.takeIfWords("without", "oids");
    for (String clause : List.of("inherits", "partition", "tablespace", "using", "on")) {
      if (cursor.peek().isWord(clause)) {
        throw cursor.notSupported("CREATE TABLE … " + clause.toUpperCase(Locale.ROOT));
      }
    }
    return options;
  }

  /** A type name as text, see the grammar's PgTypeName. */
  static String typeName(TokenCursor cursor) {
    StringBuilder name = new StringBuilder();
    do {
      if (name.length() > 0) {
        name.append('.');
      }
      boolean quoted = cursor.peek().kind() == Kind.QUOTED_NAME;
      String word = cursor.identifier();
      name.append(quoted ? '"' + word + '"' : word);
    } while (cursor.takeIf("."));
    String first = name.toString();
    if (first.equals("double") && cursor.takeIfWord("precision")) {
      name.append(" precision");
    } else if ((first.equals("character") || first.equals("char") || first.equals("bit"))
        && cursor.takeIfWord("varying")) {
      name.append(" varying");
    }
    if (cursor.takeIf("(")) {
      name.append('(');
      do {
        if (cursor.peek().kind() != Kind.INTEGER) {
          throw cursor.unexpected();
        }
        name.append(cursor.take().text());
        name.append(cursor.peek().isPunctuation(",") ? "," : "");
      } while (cursor.takeIf(","));
      cursor.expect(")");
      name.append(')');
    }
    if (cursor.takeIfWords("with", "time", "zone")) {
      name.append(" with time zone");
    } else if (cursor.takeIfWords("without", "time", "zone")) {
      name.append(" without time zone");
    }
    while (cursor.takeIf("[")) {
      if (cursor.peek().kind() == Kind.INTEGER) {
        cursor.take();
      }
      cursor.expect("]");
      name.append("[]");
    }
    return name.toString();
  }

  static Statement drop(TokenCursor cursor) {
    if (!cursor.takeIfWords("drop", "table")) {
      throw StatementParser.unsupportedStatement(cursor);
    }
    boolean ifExists = cursor.takeIfWords("if", "exists");
    List<Name> names = names(cursor);
    if (!cursor.takeIfWord("cascade")) {
      cursor.takeIfWord("restrict");
    }
    return new Statement.DropTable(names, ifExists);
  }

  static Statement truncate(TokenCursor cursor) {
    cursor.expectWord("truncate");
    cursor.takeIfWord("table");
    List<Name> names = names(cursor);
    if (!cursor.takeIfWords("restart", "identity")) {
      cursor.takeIfWords("continue", "identity");
    }
    if (!cursor.takeIfWord("cascade")) {
      cursor.takeIfWord("restrict");
    }
    return new Statement.Truncate(names);
  }

  private static List<Name> names(TokenCursor cursor) {
    List<Name> names = new ArrayList<>();
    do {
      cursor.takeIfWord("only");
      names.add(cursor.qualifiedName());
      cursor.takeIf("*");
    } while (cursor.takeIf(","));
    return names;
  }

  static Statement alter(TokenCursor cursor) {
    if (!cursor.takeIfWords("alter", "table")) {
      throw StatementParser.unsupportedStatement(cursor);
    }
    boolean ifExists = cursor.takeIfWords("if", "exists");
    cursor.takeIfWord("only");
    Name table = cursor.qualifiedName();
    int start = cursor.position();
    if (cursor.takeIfWord("add")) {
      String name = cursor.takeIfWord("constraint") ? cursor.identifier() : null;
      if (cursor.takeIfWords("primary", "key")) {
        return new Statement.AddPrimaryKey(table, ifExists, cursor.parenthesizedNames(), name);
      }
    }
    cursor.reset(start);
    throw cursor.notSupported("ALTER TABLE … " + cursor.peek().text().toUpperCase(Locale.ROOT));
  }
}
