package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.PlannedStatement.Begin;
import io.omendb.gateway.sql.statement.PlannedStatement.Savepoint;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.ErrorCode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Transactions, settings, and the statements that need no plan. */
final class SessionStatementParser {
  /** Settings whose value is a list. */
  private static final Set<String> LISTS = Set.of("search_path", "datestyle");

  private final TokenCursor cursor;

  private SessionStatementParser(TokenCursor cursor) {
    this.cursor = cursor;
  }

  /** Null where it is none of these; the cursor has not moved then. */
  static @Nullable PlannedStatement parse(TokenCursor cursor) {
    return new SessionStatementParser(cursor).statement();
  }

  private @Nullable PlannedStatement statement() {
    String word = cursor.peek().text();
    switch (word) {
      case "begin":
        cursor.take();
        skipTransactionWord();
        return modes();
      case "start":
        cursor.take();
        cursor.expectWord("transaction");
        return modes();
      case "commit":
      case "end":
        cursor.take();
        if (cursor.peek().isWord("prepared")) {
          throw cursor.notSupported("COMMIT PREPARED");
        }
        skipTransactionWord();
        return new PlannedStatement.Commit(chain());
      case "rollback":
      case "abort":
        return rollback();
      case "savepoint":
        cursor.take();
        return new Savepoint(Savepoint.Action.DEFINE, cursor.identifier());
      case "release":
        cursor.take();
        cursor.takeIfWord("savepoint");
        return new Savepoint(Savepoint.Action.RELEASE, cursor.identifier());
      case "set":
        return set();
      case "reset":
        cursor.take();
        return reset();
      case "show":
        cursor.take();
        return new PlannedStatement.Show(settingName());
      case "deallocate":
        cursor.take();
        cursor.takeIfWord("prepare");
        return new PlannedStatement.Deallocate(
            cursor.takeIfWord("all") ? null : cursor.identifier());
      case "discard":
        cursor.take();
        return new PlannedStatement.Discard(discarded());
      case "checkpoint":
        cursor.take();
        return new PlannedStatement.NoOperation("CHECKPOINT", false);
      default:
        return null;
    }
  }

  private void skipTransactionWord() {
    if (!cursor.takeIfWord("work")) {
      cursor.takeIfWord("transaction");
    }
  }

  private PlannedStatement rollback() {
    cursor.take();
    if (cursor.peek().isWord("prepared")) {
      throw cursor.notSupported("ROLLBACK PREPARED");
    }
    skipTransactionWord();
    if (cursor.takeIfWord("to")) {
      cursor.takeIfWord("savepoint");
      return new Savepoint(Savepoint.Action.ROLLBACK_TO, cursor.identifier());
    }
    return new PlannedStatement.Rollback(chain());
  }

  private boolean chain() {
    if (!cursor.takeIfWord("and")) {
      return false;
    }
    boolean no = cursor.takeIfWord("no");
    cursor.expectWord("chain");
    return !no;
  }

  private Begin modes() {
    String isolation = null;
    Boolean readOnly = null;
    Boolean deferrable = null;
    while (!cursor.atEnd()) {
      if (cursor.takeIfWords("isolation", "level")) {
        isolation = isolationLevel();
      } else if (cursor.takeIfWords("read", "only")) {
        readOnly = true;
      } else if (cursor.takeIfWords("read", "write")) {
        readOnly = false;
      } else if (cursor.takeIfWord("deferrable")) {
        deferrable = true;
      } else if (cursor.takeIfWords("not", "deferrable")) {
        deferrable = false;
      } else {
        throw cursor.unexpected();
      }
      cursor.takeIf(",");
    }
    return new Begin(isolation, readOnly, deferrable);
  }

  private String isolationLevel() {
    if (cursor.takeIfWord("serializable")) {
      return "serializable";
    }
    if (cursor.takeIfWords("repeatable", "read")) {
      return "repeatable read";
    }
    if (cursor.takeIfWords("read", "committed")) {
      return "read committed";
    }
    if (cursor.takeIfWords("read", "uncommitted")) {
      return "read uncommitted";
    }
    throw cursor.unexpected();
  }

  private PlannedStatement set() {
    cursor.expectWord("set");
    if (cursor.takeIfWords("session", "characteristics", "as", "transaction")) {
      return new PlannedStatement.SetTransaction(modes(), true);
    }
    if (cursor.takeIfWord("transaction")) {
      if (cursor.peek().isWord("snapshot")) {
        throw cursor.notSupported("SET TRANSACTION SNAPSHOT");
      }
      return new PlannedStatement.SetTransaction(modes(), false);
    }
    boolean local = false;
    if (!cursor.takeIfWord("session")) {
      local = cursor.takeIfWord("local");
    }
    if (cursor.takeIfWords("time", "zone")) {
      return new PlannedStatement.SetSetting("timezone", zoneValue(), local);
    }
    if (cursor.takeIfWord("names")) {
      String value = cursor.peek().kind() == Kind.STRING ? cursor.string() : null;
      return new PlannedStatement.SetSetting("client_encoding", value, local);
    }
    if (cursor.peek().isWord("constraints")) {
      throw cursor.notSupported("SET CONSTRAINTS");
    }
    if (cursor.takeIfWord("authorization") || cursor.takeIfWords("session", "authorization")) {
      String user = cursor.takeIfWord("default") ? null : value();
      return new PlannedStatement.SetSetting("session_authorization", user, local);
    }
    boolean assigned = cursor.peek(1).isWord("to") || cursor.peek(1).isOperator("=");
    if (!assigned && cursor.takeIfWord("role")) {
      return new PlannedStatement.SetSetting("role", value(), local);
    }
    String name = cursor.qualifiedName().toString();
    if (!cursor.takeIfWord("to")) {
      cursor.expect("=");
    }
    return new PlannedStatement.SetSetting(name, values(name), local);
  }

  private @Nullable String zoneValue() {
    if (cursor.takeIfWord("local") || cursor.takeIfWord("default")) {
      return null;
    }
    if (cursor.peek().isWord("interval")) {
      throw cursor.notSupported("SET TIME ZONE INTERVAL");
    }
    return value();
  }

  private @Nullable String values(String name) {
    if (cursor.takeIfWord("default")) {
      return null;
    }
    StringBuilder all = new StringBuilder(value());
    if (cursor.peek().isPunctuation(",") && !LISTS.contains(name)) {
      throw new SqlException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "SET %s takes only one argument".formatted(name),
          cursor.peek().start() + 1);
    }
    while (cursor.takeIf(",")) {
      all.append(", ").append(value());
    }
    return all.toString();
  }

  private String value() {
    boolean negative = cursor.takeIf("-");
    Lexeme token = cursor.peek();
    switch (token.kind()) {
      case INTEGER, DECIMAL, FLOAT -> {
        cursor.take();
        return negative ? "-" + token.text() : token.text();
      }
      case STRING, WORD, QUOTED_NAME -> {
        if (negative) {
          throw cursor.unexpected();
        }
        cursor.take();
        return token.text();
      }
      default -> throw cursor.unexpected();
    }
  }

  private PlannedStatement reset() {
    String name = settingName();
    return new PlannedStatement.ResetSetting(name.equals("all") ? null : name);
  }

  private String settingName() {
    if (cursor.takeIfWords("time", "zone")) {
      return "timezone";
    }
    if (cursor.takeIfWords("transaction", "isolation", "level")) {
      return "transaction_isolation";
    }
    if (cursor.takeIfWords("session", "authorization")) {
      return "session_authorization";
    }
    return cursor.qualifiedName().toString();
  }

  private String discarded() {
    String what = cursor.peek().text();
    if (!List.of("all", "plans", "sequences", "temp", "temporary").contains(what)) {
      throw cursor.unexpected();
    }
    cursor.take();
    return what.equals("temporary") ? "temp" : what;
  }
}
