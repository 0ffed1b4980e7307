package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.parser.generated.ParseException;
import io.omendb.gateway.sql.parser.generated.PgParserGenerated;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.calcite.avatica.util.Casing;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.runtime.CalciteException;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.validate.SqlConformance;
import org.apache.calcite.sql.validate.SqlConformanceEnum;
import org.apache.calcite.sql.validate.SqlDelegatingConformance;

/**
 * The generated parser applied to a range of tokens, with its errors in PostgreSQL's words. Made
 * for one query string.
 */
final class GrammarParser {

  /** Words at which the grammar gives up, and what the user wanted. */
  private static final Map<String, String> UNSUPPORTED =
      Map.of(
          "for", "FOR here",
          "into", "SELECT INTO",
          "within", "WITHIN GROUP",
          "tablesample", "TABLESAMPLE",
          "window", "WINDOW",
          "isnull", "ISNULL",
          "notnull", "NOTNULL",
          "overlaps", "OVERLAPS",
          "variadic", "VARIADIC",
          "lateral", "LATERAL");

  /** What of the grammar's dialects PostgreSQL has. */
  private static final SqlConformance CONFORMANCE =
      new SqlDelegatingConformance(SqlConformanceEnum.STRICT_2003) {
        @Override
        public boolean isPercentRemainderAllowed() {
          return true;
        }

        @Override
        public boolean isOffsetLimitAllowed() {
          return true;
        }

        @Override
        public boolean allowExplicitRowValueConstructor() {
          return true;
        }
      };

  private final String text;

  private final List<Lexeme> all;

  GrammarParser(String text, List<Lexeme> all) {
    this.text = text;
    this.all = all;
  }

  /** A query, its ORDER BY and LIMIT included. */
  SqlNode query(List<Lexeme> lexemes) {
    return parse(lexemes, parser -> parser.SqlQueryEof());
  }

  SqlNode expression(List<Lexeme> lexemes) {
    return parse(lexemes, parser -> parser.SqlExpressionEof());
  }

  /** What may stand after FROM. */
  SqlNode from(List<Lexeme> lexemes) {
    SqlSelect select = (SqlSelect) query(prefixed(lexemes, "select", "null", "from"));
    if (select.getWhere() != null || select.getGroup() != null || select.getFrom() == null) {
      throw syntaxError(lexemes.get(0));
    }
    return select.getFrom();
  }

  /** A select list. */
  SqlNodeList selectList(List<Lexeme> lexemes) {
    SqlNode select = query(prefixed(lexemes, "select"));
    if (select instanceof SqlSelect s && s.getFrom() == null && !s.isDistinct()) {
      return s.getSelectList();
    }
    throw syntaxError(lexemes.get(0));
  }

  private static List<Lexeme> prefixed(List<Lexeme> lexemes, String... words) {
    List<Lexeme> all = new ArrayList<>();
    int start = lexemes.get(0).start();
    for (String word : words) {
      all.add(new Lexeme(Kind.WORD, word, start, start));
    }
    all.addAll(lexemes);
    return all;
  }

  private interface Production {
    SqlNode parse(PgParserGenerated parser) throws Exception;
  }

  private SqlNode parse(List<Lexeme> lexemes, Production production) {
    List<Lexeme> range = new ArrayList<>(lexemes);
    if (range.isEmpty() || range.get(range.size() - 1).kind() != Kind.END) {
      int end = range.isEmpty() ? text.length() : range.get(range.size() - 1).end();
      range.add(new Lexeme(Kind.END, "", end, end));
    }
    PgParserGenerated parser = new PgParserGenerated(new TokenFeed(range));
    parser.setQuotedCasing(Casing.UNCHANGED);
    parser.setUnquotedCasing(Casing.UNCHANGED);
    parser.setIdentifierMaxLength(128);
    parser.setConformance(CONFORMANCE);
    try {
      return production.parse(parser);
    } catch (ParseException e) {
      throw syntaxErrorAt(e.currentToken.next.beginColumn - 1);
    } catch (CalciteContextException e) {
      throw unsupported(e);
    } catch (CalciteException e) {
      throw new SqlException(ErrorCode.SYNTAX_ERROR, message(e), 0);
    } catch (StackOverflowError e) {
      throw new SqlException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "stack depth limit exceeded: the statement is nested too deeply",
          0);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private SqlException syntaxErrorAt(int offset) {
    for (Lexeme lexeme : all) {
      if (lexeme.start() <= offset && offset < lexeme.end()) {
        return syntaxError(lexeme);
      }
    }
    return atEnd();
  }

  SqlException syntaxError(Lexeme lexeme) {
    if (lexeme.kind() == Kind.END) {
      return lexeme.start() >= text.length() ? atEnd() : syntaxErrorAt(lexeme.start());
    }
    String unsupported = lexeme.kind() == Kind.WORD ? UNSUPPORTED.get(lexeme.text()) : null;
    Lexeme before = all.get(Math.max(all.indexOf(lexeme) - 1, 0));
    if (lexeme.isOperator("-") && (before.isWord("limit") || before.isWord("offset"))) {
      boolean limit = before.isWord("limit");
      return new SqlException(
          limit
              ? ErrorCode.INVALID_ROW_COUNT_IN_LIMIT_CLAUSE
              : ErrorCode.INVALID_ROW_COUNT_IN_OFFSET_CLAUSE,
          "%s must not be negative".formatted(limit ? "LIMIT" : "OFFSET"),
          lexeme.start() + 1);
    }
    if (before.isWord("within")) {
      unsupported = "WITHIN GROUP";
    }
    if (lexeme.isWord("order") && all.get(all.indexOf(lexeme) + 1).isWord("by")) {
      unsupported = "ORDER BY here";
    }
    if (lexeme.kind() == Kind.BIT_STRING) {
      unsupported = "a bit string";
    }
    if (unsupported != null) {
      return new SqlException(
          ErrorCode.FEATURE_NOT_SUPPORTED, unsupported + " is not supported", lexeme.start() + 1);
    }
    return new SqlException(
        ErrorCode.SYNTAX_ERROR,
        "syntax error at or near \"%s\"".formatted(text.substring(lexeme.start(), lexeme.end())),
        lexeme.start() + 1);
  }

  private SqlException atEnd() {
    return new SqlException(
        ErrorCode.SYNTAX_ERROR, "syntax error at end of input", text.length() + 1);
  }

  /** The grammar knows the construct and its conformance level forbids it. */
  private static SqlException unsupported(CalciteContextException e) {
    return new SqlException(
        ErrorCode.SYNTAX_ERROR, "syntax error: " + message(e), Math.max(e.getPosColumn(), 0));
  }

  private static String message(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
