package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/**
 * Splits a query string and parses its statements. Queries and expressions inside them go to the
 * grammar; what is around them is read here by recursive descent over the same tokens.
 */
public final class StatementParser {
  private static final Set<String> KNOWN_AND_UNSUPPORTED =
      Set.of(
          "alter",
          "call",
          "close",
          "cluster",
          "comment",
          "create",
          "declare",
          "do",
          "drop",
          "fetch",
          "grant",
          "import",
          "listen",
          "load",
          "lock",
          "merge",
          "move",
          "notify",
          "reassign",
          "refresh",
          "reindex",
          "revoke",
          "security",
          "unlisten");

  private final String text;
  private final TokenCursor cursor;

  private StatementParser(String text, List<Lexeme> statement, GrammarParser grammar) {
    this.text = text;
    this.cursor = new TokenCursor(statement, grammar);
  }

  /** All statements of a query string; empty ones are left out. */
  public static List<ParsedSql> parse(String text) {
    List<Lexeme> lexemes = PgLexer.lex(text);
    GrammarParser grammar = new GrammarParser(text, lexemes);
    List<ParsedSql> statements = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < lexemes.size(); i++) {
      Lexeme lexeme = lexemes.get(i);
      if (lexeme.isPunctuation(";") || lexeme.kind() == Kind.END) {
        if (i > from) {
          statements.add(one(text, lexemes.subList(from, i), lexeme, grammar));
        }
        from = i + 1;
      }
    }
    return statements;
  }

  private static ParsedSql one(
      String text, List<Lexeme> range, Lexeme terminator, GrammarParser grammar) {
    List<Lexeme> statement = new ArrayList<>(range);
    int start = range.get(0).start();
    int end = range.get(range.size() - 1).end();
    statement.add(new Lexeme(Kind.END, "", terminator.start(), terminator.start()));
    StatementParser parser = new StatementParser(text, statement, grammar);
    Statement tree = parser.statement();
    parser.cursor.expectEnd();
    Map<Integer, Integer> parameters =
        tree instanceof Statement.Prepare ? Map.of() : parser.cursor.parameters();
    return new ParsedSql(text.substring(start, end), start, tree, parameters);
  }

  /** One statement from where the cursor is. */
  Statement statement() {
    Lexeme first = cursor.peek();
    if (first.isPunctuation("(")) {
      return query();
    }
    if (first.kind() != Kind.WORD) {
      throw cursor.unexpected();
    }
    return switch (first.text()) {
      case "select", "values", "with", "table" -> query();
      case "insert", "update", "delete" -> new DmlParser(cursor).parse();
      case "create" -> DdlParser.create(text, cursor);
      case "drop" -> DdlParser.drop(cursor);
      case "truncate" -> DdlParser.truncate(cursor);
      case "alter" -> DdlParser.alter(cursor);
      case "copy" -> CopyParser.parse(this, cursor);
      case "explain" -> ExplainParser.parse(this, cursor);
      case "vacuum", "analyze", "analyse" -> MaintenanceParser.parse(cursor);
      case "prepare" -> prepare();
      case "execute" -> execute();
      default -> otherStatement(first);
    };
  }

  private Statement otherStatement(Lexeme first) {
    PlannedStatement session = SessionStatementParser.parse(cursor);
    if (session != null) {
      return new Statement.Ready(session);
    }
    if (KNOWN_AND_UNSUPPORTED.contains(first.text())) {
      throw unsupportedStatement(cursor);
    }
    throw cursor.unexpected();
  }

  /** Names the statement by its first word, or two where the first alone says little. */
  static SqlException unsupportedStatement(TokenCursor cursor) {
    String name = cursor.peek().text().toUpperCase(Locale.ROOT);
    Lexeme second = cursor.peek(1);
    if (second.kind() == Kind.WORD && Set.of("CREATE", "DROP", "ALTER").contains(name)) {
      name += " " + second.text().toUpperCase(Locale.ROOT);
    }
    return cursor.notSupported(name);
  }

  /** A query, with its locking clause. */
  Statement.Query query() {
    if (cursor.peek().isWord("with")) {
      refuseDataModifyingWith();
    }
    List<Lexeme> range =
        cursor.until(
            (token, next) ->
                token.isWord("for")
                    && (next.isWord("update")
                        || next.isWord("share")
                        || next.isWord("no")
                        || next.isWord("key")));
    refuseDistinctOn(range);
    SqlNode query = cursor.grammar().query(range);
    return new Statement.Query(query, cursor.peek().isWord("for") ? locking() : null);
  }

  private void refuseDataModifyingWith() {
    int start = cursor.position();
    int depth = 0;
    while (!cursor.atEnd()) {
      Lexeme lexeme = cursor.take();
      if (lexeme.isPunctuation("(")) {
        depth++;
      } else if (lexeme.isPunctuation(")")) {
        depth--;
      }
      Lexeme previous = cursor.previous();
      boolean statementStart =
          (depth == 0 && cursor.peek().kind() == Kind.WORD && lexeme.isPunctuation(")"))
              || lexeme.isPunctuation("(");
      if (previous != null && statementStart) {
        String word = cursor.peek().text();
        if (cursor.peek().kind() == Kind.WORD
            && (word.equals("insert") || word.equals("update") || word.equals("delete"))
            && cursor.peek(1).kind() == Kind.WORD) {
          throw cursor.notSupported(word.toUpperCase(Locale.ROOT) + " in or after WITH");
        }
      }
    }
    cursor.reset(start);
  }

  private static void refuseDistinctOn(List<Lexeme> range) {
    for (int i = 0; i + 1 < range.size(); i++) {
      if (range.get(i).isWord("distinct") && range.get(i + 1).isWord("on")) {
        throw new SqlException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "SELECT DISTINCT ON is not supported",
            range.get(i).start() + 1);
      }
    }
  }

  private Statement.Locking locking() {
    int position = cursor.peek().start() + 1;
    cursor.expectWord("for");
    String strength;
    if (cursor.takeIfWords("no", "key", "update")) {
      strength = "no key update";
    } else if (cursor.takeIfWords("key", "share")) {
      strength = "key share";
    } else if (cursor.takeIfWord("share")) {
      strength = "share";
    } else {
      cursor.expectWord("update");
      strength = "update";
    }
    List<String> of = null;
    if (cursor.takeIfWord("of")) {
      of = new ArrayList<>();
      do {
        of.add(cursor.qualifiedName().last());
      } while (cursor.takeIf(","));
    }
    boolean noWait = cursor.takeIfWord("nowait");
    boolean skipLocked = !noWait && cursor.takeIfWords("skip", "locked");
    return new Statement.Locking(strength, of, noWait, skipLocked, position);
  }

  private Statement prepare() {
    if (cursor.peek(1).isWord("transaction")) {
      throw cursor.notSupported("PREPARE TRANSACTION");
    }
    cursor.expectWord("prepare");
    String name = cursor.identifier();
    List<String> types = new ArrayList<>();
    if (cursor.takeIf("(")) {
      do {
        types.add(DdlParser.typeName(cursor));
      } while (cursor.takeIf(","));
      cursor.expect(")");
    }
    cursor.expectWord("as");
    int start = cursor.peek().start();
    Statement statement = statement();
    Lexeme last = cursor.previous();
    int end = last == null ? start : last.end();
    return new Statement.Prepare(
        name, types, text.substring(start, end), start, statement, cursor.parameters());
  }

  private Statement execute() {
    cursor.expectWord("execute");
    String name = cursor.identifier();
    List<SqlNode> arguments = new ArrayList<>();
    if (cursor.takeIf("(")) {
      do {
        arguments.add(
            cursor.grammar().expression(cursor.until((token, next) -> token.isPunctuation(","))));
      } while (cursor.takeIf(","));
      cursor.expect(")");
    }
    return new Statement.Execute(name, arguments);
  }

  /** The names of a column list, or null where there is none. */
  static @Nullable List<Name> optionalColumns(TokenCursor cursor) {
    return cursor.peek().isPunctuation("(") ? cursor.parenthesizedNames() : null;
  }
}
