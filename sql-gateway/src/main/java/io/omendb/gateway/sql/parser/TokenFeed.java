package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.parser.generated.PgParserGeneratedConstants;
import io.omendb.gateway.sql.parser.generated.PgParserGeneratedTokenManager;
import io.omendb.gateway.sql.parser.generated.SimpleCharStream;
import io.omendb.gateway.sql.parser.generated.Token;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Feeds the generated parser with PostgreSQL's tokens. Which words are keywords is decided here, by
 * PostgreSQL's rules and a word's neighbours: words that only other dialects reserve are plain
 * identifiers, so constructs of those dialects cannot be entered by accident, and words that
 * PostgreSQL reserves are never identifiers.
 *
 * <p>A token's column is its offset in the query string plus 1, its line is always 1; so a syntax
 * node's position is PostgreSQL's.
 */
final class TokenFeed extends PgParserGeneratedTokenManager {

  private final List<Lexeme> lexemes;
  private int next;

  TokenFeed(List<Lexeme> lexemes) {
    super(new SimpleCharStream(new StringReader("")));
    this.lexemes = new Rewriter(lexemes).rewrite();
  }

  @Override
  public Token getNextToken() {
    Lexeme lexeme = lexemes.get(next);
    Token token = Token.newToken(KeywordRules.tokenKind(lexemes, next));
    token.kind = KeywordRules.tokenKind(lexemes, next);
    token.image = image(lexeme, token.kind);
    token.beginLine = 1;
    token.beginColumn = lexeme.start() + 1;
    token.endLine = 1;
    token.endColumn = Math.max(lexeme.end(), lexeme.start() + 1);
    if (lexeme.kind() != Kind.END) {
      next++;
    }
    return token;
  }

  private static String image(Lexeme lexeme, int kind) {
    return switch (lexeme.kind()) {
      case QUOTED_NAME -> '"' + lexeme.text().replace("\"", "\"\"") + '"';
      case STRING ->
          kind == PgParserGeneratedConstants.IDENTIFIER
              ? lexeme.text()
              : '\'' + lexeme.text().replace("'", "''") + '\'';
      case PARAMETER -> "?";
      default -> lexeme.text();
    };
  }

  /** Joins tokens that PostgreSQL's grammar treats as one, so that one look ahead is enough. */
  private static final class Rewriter {
    private static final Set<String> TYPE_WORDS =
        Set.of(
            "bool",
            "boolean",
            "int2",
            "int4",
            "int8",
            "smallint",
            "int",
            "integer",
            "bigint",
            "real",
            "float4",
            "float8",
            "float",
            "numeric",
            "decimal",
            "dec",
            "text",
            "varchar",
            "char",
            "character",
            "bpchar",
            "name",
            "date",
            "time",
            "timetz",
            "timestamp",
            "timestamptz",
            "interval",
            "bytea",
            "uuid",
            "oid",
            "regclass",
            "regtype",
            "regproc",
            "regnamespace",
            "json",
            "jsonb",
            "inet",
            "xid",
            "point",
            "box",
            "money",
            "bit",
            "xml");
    private static final Set<String> INTERVAL_FIELDS =
        Set.of("year", "month", "day", "hour", "minute", "second");

    private final Deque<Boolean> selectsWithoutFrom = new ArrayDeque<>(List.of(false));
    private final List<Lexeme> in;
    private final List<Lexeme> out = new ArrayList<>();
    private int at;

    Rewriter(List<Lexeme> in) {
      this.in = new ArrayList<>(in);
    }

    List<Lexeme> rewrite() {
      while (at < in.size()) {
        Lexeme lexeme = in.get(at);
        trackSelect(lexeme);
        if (lexeme.kind() == Kind.WORD
            && (operatorSyntax() || typedLiteral() || joinedWords() || positionIn())) {
          continue;
        }
        out.add(lexeme);
        at++;
      }
      return out;
    }

    /**
     * A SELECT with WHERE and without FROM, which the grammar does not have, reads the one row that
     * a SELECT without FROM reads.
     */
    private void trackSelect(Lexeme lexeme) {
      if (lexeme.isPunctuation("(")) {
        selectsWithoutFrom.push(false);
      } else if (lexeme.isPunctuation(")") && selectsWithoutFrom.size() > 1) {
        selectsWithoutFrom.pop();
      } else if (lexeme.kind() == Kind.WORD) {
        switch (lexeme.text()) {
          case "select" -> without(true);
          case "from" -> without(previousIs("distinct") && selectsWithoutFrom.getFirst());
          case "union", "intersect", "except" -> without(false);
          case "where", "group", "having" -> {
            boolean clause = !lexeme.text().equals("group") || ahead(1).isWord("by");
            if (clause && selectsWithoutFrom.getFirst() && !previousIs("as")) {
              addOneRow(lexeme.start());
              without(false);
            }
          }
          default -> {}
        }
      }
    }

    private void without(boolean from) {
      selectsWithoutFrom.pop();
      selectsWithoutFrom.push(from);
    }

    private void addOneRow(int position) {
      for (String word : new String[] {"from", "(", "values", "(", "0", ")", ")", "as"}) {
        Kind kind =
            word.equals("0")
                ? Kind.INTEGER
                : Character.isLetter(word.charAt(0)) ? Kind.WORD : Kind.PUNCTUATION;
        out.add(new Lexeme(kind, word, position, position));
      }
      out.add(new Lexeme(Kind.QUOTED_NAME, "$one", position, position));
    }

    private Lexeme ahead(int distance) {
      return in.get(Math.min(at + distance, in.size() - 1));
    }

    private boolean previousIs(String word) {
      return !out.isEmpty() && out.get(out.size() - 1).isWord(word);
    }

    /** {@code OPERATOR(schema.op)}. */
    private boolean operatorSyntax() {
      if (!ahead(0).isWord("operator") || !ahead(1).isPunctuation("(")) {
        return false;
      }
      int i = 2;
      while (ahead(i).isName() && ahead(i + 1).isPunctuation(".")) {
        i += 2;
      }
      if (ahead(i).kind() != Kind.OPERATOR || !ahead(i + 1).isPunctuation(")")) {
        return false;
      }
      out.add(new Lexeme(Kind.OPERATOR, ahead(i).text(), ahead(0).start(), ahead(i + 1).end()));
      at += i + 2;
      return true;
    }

    /** {@code type 'text'}, types of several words and interval's fields included. */
    private boolean typedLiteral() {
      Lexeme first = ahead(0);
      if (!TYPE_WORDS.contains(first.text())
          || (!out.isEmpty() && out.get(out.size() - 1).isPunctuation("."))) {
        return false;
      }
      String name = first.text();
      int words = 1;
      if ((name.equals("timestamp") || name.equals("time"))
          && (ahead(1).isWord("with") || ahead(1).isWord("without"))
          && ahead(2).isWord("time")
          && ahead(3).isWord("zone")) {
        name += " " + ahead(1).text() + " time zone";
        words = 4;
      } else if ((name.equals("character") || name.equals("char")) && ahead(1).isWord("varying")) {
        name += " varying";
        words = 2;
      }
      return emitTypedLiteral(name, words);
    }

    private boolean emitTypedLiteral(String name, int words) {
      Lexeme string = ahead(words);
      if (string.kind() != Kind.STRING) {
        return false;
      }
      StringBuilder type = new StringBuilder(name);
      int start = ahead(0).start();
      int nameEnd = ahead(words - 1).end();
      at += words + 1;
      if (name.equals("interval") && INTERVAL_FIELDS.contains(ahead(0).text())) {
        type.append(' ').append(ahead(0).text());
        at++;
        if (ahead(0).isWord("to") && INTERVAL_FIELDS.contains(ahead(1).text())) {
          type.append(" to ").append(ahead(1).text());
          at += 2;
        }
      }
      out.add(new Lexeme(Kind.TYPE_LITERAL, type.toString(), start, nameEnd));
      out.add(string);
      return true;
    }

    /**
     * {@code position(a in b)}, of which the grammar takes only plain names and literals, as a call
     * of {@code "$position"((a), (b))}.
     */
    private boolean positionIn() {
      if (!ahead(0).isWord("position") || !ahead(1).isPunctuation("(")) {
        return false;
      }
      int depth = 0;
      int middle = -1;
      for (int i = at + 1; i < in.size(); i++) {
        Lexeme lexeme = in.get(i);
        if (lexeme.isPunctuation("(") || lexeme.isPunctuation("[")) {
          depth++;
        } else if (lexeme.isPunctuation(")") || lexeme.isPunctuation("]")) {
          depth--;
        } else if (depth == 1 && middle < 0 && lexeme.isWord("in")) {
          middle = i;
        }
        if (depth == 0) {
          if (middle < at + 3 || middle == i - 1) {
            return false;
          }
          insert(i, ")");
          insert(middle + 1, "(");
          in.set(middle, punctuation(",", in.get(middle).start()));
          insert(middle, ")");
          insert(at + 1, "(");
          in.set(at, new Lexeme(Kind.QUOTED_NAME, "$position", ahead(0).start(), ahead(0).end()));
          return true;
        }
      }
      return false;
    }

    private void insert(int index, String punctuation) {
      in.add(index, punctuation(punctuation, in.get(index).start()));
    }

    private static Lexeme punctuation(String text, int position) {
      return new Lexeme(Kind.PUNCTUATION, text, position, position);
    }

    private boolean joinedWords() {
      Lexeme word = ahead(0);
      if (word.isWord("double") && ahead(1).isWord("precision")) {
        return emitTypedLiteral("double precision", 2);
      }
      if (word.isWord("at") && ahead(1).isWord("time") && ahead(2).isWord("zone")) {
        out.add(new Lexeme(Kind.WORD, KeywordRules.AT_TIME_ZONE, word.start(), ahead(2).end()));
        at += 3;
        return true;
      }
      // Tables have no children, so ONLY before a table says nothing.
      if (word.isWord("only") && (previousIs("from") || previousIs("join")) && ahead(1).isName()) {
        at++;
        return true;
      }
      return false;
    }
  }
}
