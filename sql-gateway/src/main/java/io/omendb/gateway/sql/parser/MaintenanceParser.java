package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * VACUUM and ANALYZE. Statistics and dead rows are looked after without being asked, so nothing is
 * left to do for them; options and tables are checked all the same.
 */
final class MaintenanceParser {
  private static final Set<String> VACUUM_OPTIONS =
      Set.of(
          "full",
          "freeze",
          "verbose",
          "analyze",
          "analyse",
          "disable_page_skipping",
          "skip_locked",
          "index_cleanup",
          "process_toast",
          "truncate",
          "parallel");
  private static final Set<String> ANALYZE_OPTIONS = Set.of("verbose", "skip_locked");

  private final TokenCursor cursor;

  private MaintenanceParser(TokenCursor cursor) {
    this.cursor = cursor;
  }

  static Statement parse(TokenCursor cursor) {
    return new MaintenanceParser(cursor).statement();
  }

  private Statement statement() {
    boolean vacuum = cursor.take().text().equals("vacuum");
    Set<String> known = vacuum ? VACUUM_OPTIONS : ANALYZE_OPTIONS;
    if (cursor.takeIf("(")) {
      do {
        option(known, vacuum ? "VACUUM" : "ANALYZE");
      } while (cursor.takeIf(","));
      cursor.expect(")");
    } else {
      if (vacuum) {
        cursor.takeIfWord("full");
        cursor.takeIfWord("freeze");
      }
      cursor.takeIfWord("verbose");
      if (vacuum && !cursor.takeIfWord("analyze")) {
        cursor.takeIfWord("analyse");
      }
    }
    List<Name> tables = new ArrayList<>();
    if (!cursor.atEnd()) {
      do {
        tables.add(cursor.qualifiedName());
        if (cursor.peek().isPunctuation("(")) {
          cursor.parenthesizedNames();
        }
      } while (cursor.takeIf(","));
    }
    return new Statement.Maintenance(vacuum ? "VACUUM" : "ANALYZE", tables, vacuum);
  }

  private void option(Set<String> known, String verb) {
    Lexeme name = cursor.peek();
    if (!known.contains(cursor.identifier())) {
      throw new SqlException(
          ErrorCode.SYNTAX_ERROR,
          "unrecognized %s option \"%s\"".formatted(verb, name.text()),
          name.start() + 1);
    }
    if (cursor.peek().isName() || cursor.peek().kind() == Kind.INTEGER) {
      cursor.take();
    }
  }
}
