package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.jobs.ErrorCode;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * EXPLAIN and its options. The output has the plan and, with ANALYZE, the rows and the time of the
 * whole; an option that asks for more is refused by name, one that asks for less is taken.
 */
final class ExplainParser {
  private static final Set<String> EXPLAINED =
      Set.of(
          "select", "values", "with", "table", "insert", "update", "delete", "create", "execute");

  private final StatementParser statements;
  private final TokenCursor cursor;
  private boolean analyze;

  private ExplainParser(StatementParser statements, TokenCursor cursor) {
    this.statements = statements;
    this.cursor = cursor;
  }

  static Statement parse(StatementParser statements, TokenCursor cursor) {
    return new ExplainParser(statements, cursor).explain();
  }

  private Statement explain() {
    cursor.expectWord("explain");
    if (cursor.peek().isPunctuation("(")
        && cursor.peek(1).kind() == Kind.WORD
        && !Set.of("select", "values", "with", "table").contains(cursor.peek(1).text())) {
      cursor.expect("(");
      do {
        option();
      } while (cursor.takeIf(","));
      cursor.expect(")");
    } else {
      analyze = cursor.takeIfWord("analyze") || cursor.takeIfWord("analyse");
      if (cursor.peek().isWord("verbose")) {
        throw cursor.notSupported("EXPLAIN VERBOSE");
      }
    }
    if (!cursor.peek().isPunctuation("(") && !EXPLAINED.contains(cursor.peek().text())) {
      throw cursor.unexpected();
    }
    Statement statement = statements.statement();
    if (analyze
        && (statement instanceof Statement.CreateTableAs
            || statement instanceof Statement.Execute)) {
      throw cursor.notSupported("EXPLAIN ANALYZE of this statement");
    }
    if (statement instanceof Statement.CreateTable) {
      throw cursor.unexpected();
    }
    return new Statement.Explain(statement, Map.of("analyze", Boolean.toString(analyze)));
  }

  private void option() {
    Lexeme name = cursor.peek();
    switch (cursor.identifier()) {
      case "analyze", "analyse" -> analyze = bool(name.text());
      case "verbose", "costs", "settings", "buffers", "wal", "timing" -> {
        if (bool(name.text())) {
          throw refused(name);
        }
      }
      case "summary" -> {
        if (bool(name.text()) != analyze) {
          throw refused(name);
        }
      }
      case "format" -> {
        if (!cursor.take().text().equalsIgnoreCase("text")) {
          throw refused(name);
        }
      }
      default ->
          throw new SqlException(
              ErrorCode.SYNTAX_ERROR,
              "unrecognized EXPLAIN option \"%s\"".formatted(name.text()),
              name.start() + 1);
    }
  }

  private static SqlException refused(Lexeme name) {
    return new SqlException(
        ErrorCode.FEATURE_NOT_SUPPORTED,
        "EXPLAIN option %s with this value is not supported"
            .formatted(name.text().toUpperCase(Locale.ROOT)),
        name.start() + 1);
  }

  private boolean bool(String option) {
    if (cursor.peek().isPunctuation(",") || cursor.peek().isPunctuation(")")) {
      return true;
    }
    Lexeme value = cursor.take();
    return switch (value.text().toLowerCase(Locale.ROOT)) {
      case "true", "on", "1" -> true;
      case "false", "off", "0" -> false;
      default ->
          throw new SqlException(
              ErrorCode.SYNTAX_ERROR,
              "%s requires a Boolean value".formatted(option),
              value.start() + 1);
    };
  }
}
