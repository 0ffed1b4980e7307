package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.parser.generated.PgParserGeneratedConstants;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which generated token a lexeme is, given its neighbours. */
final class KeywordRules implements PgParserGeneratedConstants {

  /** The joined words AT TIME ZONE. */
  static final String AT_TIME_ZONE = "at time zone";

  /** Reserved by PostgreSQL and used by the grammar wherever they stand. */
  private static final Map<String, Integer> ALWAYS = new HashMap<>();

  /** Keywords only before an opening parenthesis. */
  private static final Map<String, Integer> BEFORE_PARENTHESIS =
      Map.ofEntries(
          Map.entry("cast", CAST),
          Map.entry("exists", EXISTS),
          Map.entry("extract", EXTRACT),
          Map.entry("overlay", OVERLAY),
          Map.entry("position", POSITION),
          Map.entry("row", ROW),
          Map.entry("substring", SUBSTRING),
          Map.entry("trim", TRIM),
          Map.entry("values", VALUES));

  /** Reserved by PostgreSQL and without a meaning in a query's or expression's grammar here. */
  private static final Set<String> RESERVED =
      Set.of(
          "analyse",
          "analyze",
          "authorization",
          "binary",
          "check",
          "column",
          "concurrently",
          "constraint",
          "create",
          "deferrable",
          "do",
          "freeze",
          "grant",
          "initially",
          "into",
          "isnull",
          "notnull",
          "only",
          "overlaps",
          "primary",
          "references",
          "returning",
          "tablesample",
          "to",
          "unique",
          "variadic",
          "verbose");

  private static final Map<String, Integer> OPERATORS =
      Map.ofEntries(
          Map.entry("=", EQ),
          Map.entry("<", LT),
          Map.entry(">", GT),
          Map.entry("<=", LE),
          Map.entry(">=", GE),
          Map.entry("<>", NE),
          Map.entry("+", PLUS),
          Map.entry("-", MINUS),
          Map.entry("*", STAR),
          Map.entry("/", SLASH),
          Map.entry("%", PERCENT_REMAINDER),
          Map.entry("^", PG_POWER));

  private static final Map<String, Integer> PUNCTUATION =
      Map.of(
          "(", LPAREN, ")", RPAREN, "[", LBRACKET, "]", RBRACKET, ",", COMMA, ";", SEMICOLON, ".",
          DOT, "::", PG_CAST);

  static {
    ALWAYS.put("all", ALL);
    ALWAYS.put("and", AND);
    ALWAYS.put("any", ANY);
    ALWAYS.put("as", AS);
    ALWAYS.put("asc", ASC);
    ALWAYS.put("asymmetric", ASYMMETRIC);
    ALWAYS.put(AT_TIME_ZONE, PG_AT_TIME_ZONE);
    ALWAYS.put("between", BETWEEN);
    ALWAYS.put("both", BOTH);
    ALWAYS.put("case", CASE);
    ALWAYS.put("collate", PG_COLLATE);
    ALWAYS.put("cross", CROSS);
    ALWAYS.put("current_catalog", CURRENT_CATALOG);
    ALWAYS.put("current_date", CURRENT_DATE);
    ALWAYS.put("current_role", CURRENT_ROLE);
    ALWAYS.put("current_schema", CURRENT_SCHEMA);
    ALWAYS.put("current_time", CURRENT_TIME);
    ALWAYS.put("current_timestamp", CURRENT_TIMESTAMP);
    ALWAYS.put("current_user", CURRENT_USER);
    ALWAYS.put("default", DEFAULT_);
    ALWAYS.put("desc", DESC);
    ALWAYS.put("distinct", DISTINCT);
    ALWAYS.put("else", ELSE);
    ALWAYS.put("end", END);
    ALWAYS.put("except", EXCEPT);
    ALWAYS.put("false", FALSE);
    ALWAYS.put("fetch", FETCH);
    ALWAYS.put("for", FOR);
    ALWAYS.put("from", FROM);
    ALWAYS.put("full", FULL);
    ALWAYS.put("group", GROUP);
    ALWAYS.put("having", HAVING);
    ALWAYS.put("ilike", ILIKE);
    ALWAYS.put("in", IN);
    ALWAYS.put("inner", INNER);
    ALWAYS.put("intersect", INTERSECT);
    ALWAYS.put("is", IS);
    ALWAYS.put("join", JOIN);
    ALWAYS.put("lateral", LATERAL);
    ALWAYS.put("leading", LEADING);
    ALWAYS.put("left", LEFT);
    ALWAYS.put("like", LIKE);
    ALWAYS.put("limit", LIMIT);
    ALWAYS.put("localtime", LOCALTIME);
    ALWAYS.put("localtimestamp", LOCALTIMESTAMP);
    ALWAYS.put("natural", NATURAL);
    ALWAYS.put("not", NOT);
    ALWAYS.put("null", NULL);
    ALWAYS.put("offset", OFFSET);
    ALWAYS.put("on", ON);
    ALWAYS.put("or", OR);
    ALWAYS.put("order", ORDER);
    ALWAYS.put("outer", OUTER);
    ALWAYS.put("placing", PLACING);
    ALWAYS.put("right", RIGHT);
    ALWAYS.put("select", SELECT);
    ALWAYS.put("session_user", SESSION_USER);
    ALWAYS.put("similar", SIMILAR);
    ALWAYS.put("some", SOME);
    ALWAYS.put("symmetric", SYMMETRIC);
    ALWAYS.put("table", TABLE);
    ALWAYS.put("then", THEN);
    ALWAYS.put("trailing", TRAILING);
    ALWAYS.put("true", TRUE);
    ALWAYS.put("union", UNION);
    ALWAYS.put("user", USER);
    ALWAYS.put("using", USING);
    ALWAYS.put("when", WHEN);
    ALWAYS.put("where", WHERE);
    ALWAYS.put("window", WINDOW);
    ALWAYS.put("with", WITH);
  }

  private KeywordRules() {}

  static int tokenKind(List<Lexeme> lexemes, int index) {
    Lexeme lexeme = lexemes.get(index);
    return switch (lexeme.kind()) {
      case WORD -> word(lexemes, index);
      case QUOTED_NAME -> QUOTED_IDENTIFIER;
      case STRING -> isExtractField(lexemes, index) ? IDENTIFIER : QUOTED_STRING;
      case INTEGER -> UNSIGNED_INTEGER_LITERAL;
      case DECIMAL -> DECIMAL_NUMERIC_LITERAL;
      case FLOAT -> APPROX_NUMERIC_LITERAL;
      case PARAMETER -> HOOK;
      case OPERATOR -> OPERATORS.getOrDefault(lexeme.text(), PG_OPERATOR);
      case PUNCTUATION -> PUNCTUATION.getOrDefault(lexeme.text(), PG_RESERVED);
      case TYPE_LITERAL -> PG_TYPE_LITERAL;
      case BIT_STRING -> PG_RESERVED;
      case END -> EOF;
    };
  }

  /** {@code extract('epoch' from …)}. */
  private static boolean isExtractField(List<Lexeme> lexemes, int index) {
    return index >= 2
        && at(lexemes, index - 1).isPunctuation("(")
        && at(lexemes, index - 2).isWord("extract")
        && at(lexemes, index + 1).isWord("from");
  }

  private static int word(List<Lexeme> lexemes, int index) {
    String word = lexemes.get(index).text();
    Lexeme before = at(lexemes, index - 1);
    Lexeme after = at(lexemes, index + 1);
    if (before.isPunctuation(".") || before.isWord("as")) {
      return IDENTIFIER; // an attribute or an alias: any word may be one
    }
    boolean beforeParenthesis = after.isPunctuation("(");
    if (beforeParenthesis) {
      Integer kind = BEFORE_PARENTHESIS.get(word);
      if (kind != null) {
        return kind;
      }
      if (word.equals("left") || word.equals("right") || word.equals("current_schema")) {
        return IDENTIFIER; // functions
      }
    }
    Integer always = ALWAYS.get(word);
    if (always != null) {
      return always;
    }
    if (RESERVED.contains(word)) {
      return word.equals("only") && (before.isWord("rows") || before.isWord("row"))
          ? ONLY
          : word.equals("to") && before.isWord("similar") ? TO : PG_RESERVED;
    }
    return contextual(word, before, after, beforeParenthesis);
  }

  private static int contextual(
      String word, Lexeme before, Lexeme after, boolean beforeParenthesis) {
    switch (word) {
      case "by":
        return before.isWord("group") || before.isWord("order") || before.isWord("partition")
            ? BY
            : IDENTIFIER;
      case "array":
        return beforeParenthesis || after.isPunctuation("[") ? ARRAY : PG_RESERVED;
      case "unknown":
        return before.isWord("is") || before.isWord("not") ? UNKNOWN : IDENTIFIER;
      case "nulls":
        return after.isWord("first") || after.isWord("last") ? NULLS : IDENTIFIER;
      case "first":
        return before.isWord("nulls") || before.isWord("fetch") ? FIRST : IDENTIFIER;
      case "last":
        return before.isWord("nulls") ? LAST : IDENTIFIER;
      case "next":
        return before.isWord("fetch") ? NEXT : IDENTIFIER;
      case "row":
        return isCount(before) ? ROW : IDENTIFIER;
      case "rows":
        return isCount(before) ? ROWS : IDENTIFIER;
      case "escape":
        return after.kind() == Kind.STRING || after.kind() == Kind.PARAMETER || after.isWord("null")
            ? ESCAPE
            : IDENTIFIER;
      case "recursive":
        return before.isWord("with") ? RECURSIVE : IDENTIFIER;
      case "filter":
        return before.isPunctuation(")") && beforeParenthesis ? FILTER : IDENTIFIER;
      case "partition":
        return before.isPunctuation("(") && after.isWord("by") ? PARTITION : IDENTIFIER;
      case "over":
        return before.isPunctuation(")") ? OVER : IDENTIFIER;
      default:
        return IDENTIFIER;
    }
  }

  private static boolean isCount(Lexeme lexeme) {
    return lexeme.kind() == Kind.INTEGER || lexeme.kind() == Kind.PARAMETER;
  }

  private static Lexeme at(List<Lexeme> lexemes, int index) {
    return index < 0 || index >= lexemes.size()
        ? new Lexeme(Kind.END, "", 0, 0)
        : lexemes.get(index);
  }
}
