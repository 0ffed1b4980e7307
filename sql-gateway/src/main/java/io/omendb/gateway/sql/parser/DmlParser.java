package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.Assignment;
import io.omendb.gateway.sql.statement.Statement.ConflictAction;
import io.omendb.gateway.sql.statement.Statement.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/** INSERT, UPDATE and DELETE. */
final class DmlParser {
  private static final Set<String> QUERY_WORDS = Set.of("select", "values", "with", "table");

  private final TokenCursor cursor;

  DmlParser(TokenCursor cursor) {
    this.cursor = cursor;
  }

  Statement parse() {
    if (cursor.takeIfWords("insert", "into")) {
      return insert();
    }
    if (cursor.takeIfWords("delete", "from")) {
      return delete();
    }
    if (cursor.takeIfWord("update")) {
      return update();
    }
    cursor.take();
    throw cursor.unexpected();
  }

  private Statement insert() {
    Name table = cursor.qualifiedName();
    String alias = cursor.takeIfWord("as") ? cursor.identifier() : null;
    List<Name> columns = null;
    if (cursor.peek().isPunctuation("(")
        && !cursor.peek(1).isPunctuation("(")
        && !(cursor.peek(1).kind() == Kind.WORD && QUERY_WORDS.contains(cursor.peek(1).text()))) {
      columns = cursor.parenthesizedNames();
    }
    if (cursor.peek().isWord("overriding")) {
      throw cursor.notSupported("OVERRIDING");
    }
    SqlNode source = null;
    if (!cursor.takeIfWords("default", "values")) {
      source =
          cursor
              .grammar()
              .query(
                  cursor.until(
                      (token, next) ->
                          token.isWord("returning")
                              || (token.isWord("on") && next.isWord("conflict"))));
    }
    ConflictAction onConflict = cursor.takeIfWords("on", "conflict") ? conflictAction() : null;
    return new Statement.Insert(table, alias, columns, source, onConflict, returning());
  }

  private ConflictAction conflictAction() {
    List<Name> columns = null;
    if (cursor.peek().isPunctuation("(")) {
      columns = cursor.parenthesizedNames();
      if (cursor.peek().isWord("where")) {
        throw cursor.notSupported("a partial index in ON CONFLICT");
      }
    } else if (cursor.peek().isWord("on")) {
      throw cursor.notSupported("ON CONFLICT ON CONSTRAINT");
    }
    cursor.expectWord("do");
    if (cursor.peek().isWord("update")) {
      throw cursor.notSupported("ON CONFLICT DO UPDATE");
    }
    cursor.expectWord("nothing");
    return new ConflictAction(columns);
  }

  private Statement update() {
    cursor.takeIfWord("only");
    Name table = cursor.qualifiedName();
    cursor.takeIf("*");
    String alias = alias("set");
    cursor.expectWord("set");
    List<Assignment> assignments = new ArrayList<>();
    do {
      assignment(assignments);
    } while (cursor.takeIf(","));
    SqlNode from = cursor.takeIfWord("from") ? from() : null;
    SqlNode where = where();
    return new Statement.Update(table, alias, assignments, from, where, returning());
  }

  private void assignment(List<Assignment> assignments) {
    if (!cursor.peek().isPunctuation("(")) {
      Name column = cursor.simpleName();
      if (cursor.peek().isPunctuation("[") || cursor.peek().isPunctuation(".")) {
        throw cursor.notSupported("assigning to a part of a column");
      }
      cursor.expect("=");
      assignments.add(new Assignment(column, value()));
      return;
    }
    List<Name> columns = cursor.parenthesizedNames();
    cursor.expect("=");
    cursor.takeIfWord("row");
    if (!cursor.peek().isPunctuation("(") || cursor.peek(1).isWord("select")) {
      throw cursor.notSupported("assigning a subquery to several columns");
    }
    cursor.expect("(");
    for (int i = 0; i < columns.size(); i++) {
      if (i > 0) {
        cursor.expect(",");
      }
      assignments.add(new Assignment(columns.get(i), value()));
    }
    cursor.expect(")");
  }

  private @Nullable SqlNode value() {
    if (cursor.peek().isWord("default")) {
      cursor.take();
      return null;
    }
    return cursor
        .grammar()
        .expression(
            cursor.until(
                (token, next) ->
                    token.isPunctuation(",")
                        || token.isWord("where")
                        || token.isWord("returning")
                        || (token.isWord("from") && !afterDistinct())));
  }

  /** {@code IS DISTINCT FROM} is the one FROM that an expression has outside parentheses. */
  private boolean afterDistinct() {
    Lexeme previous = cursor.previous();
    return previous != null && previous.isWord("distinct");
  }

  private Statement delete() {
    cursor.takeIfWord("only");
    Name table = cursor.qualifiedName();
    cursor.takeIf("*");
    String alias = alias("using");
    SqlNode using = cursor.takeIfWord("using") ? from() : null;
    SqlNode where = where();
    return new Statement.Delete(table, alias, using, where, returning());
  }

  private @Nullable String alias(String nextClause) {
    if (cursor.takeIfWord("as")) {
      return cursor.identifier();
    }
    Lexeme token = cursor.peek();
    boolean clause = token.isWord(nextClause) || token.isWord("where") || token.isWord("returning");
    return token.isName() && !clause ? cursor.identifier() : null;
  }

  private SqlNode from() {
    return cursor
        .grammar()
        .from(cursor.until((token, next) -> token.isWord("where") || token.isWord("returning")));
  }

  private @Nullable SqlNode where() {
    if (!cursor.takeIfWord("where")) {
      return null;
    }
    if (cursor.peek().isWord("current") && cursor.peek(1).isWord("of")) {
      throw cursor.notSupported("WHERE CURRENT OF");
    }
    return cursor.grammar().expression(cursor.until((token, next) -> token.isWord("returning")));
  }

  private @Nullable SqlNodeList returning() {
    return cursor.takeIfWord("returning")
        ? cursor.grammar().selectList(cursor.until((token, next) -> false))
        : null;
  }
}
