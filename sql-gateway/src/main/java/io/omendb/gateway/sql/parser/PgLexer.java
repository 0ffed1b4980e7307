package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * PostgreSQL's lexical rules (documentation, 4.1): folding of words, quoted names, '…', E'…' and
 * dollar-quoted strings, nested comments, parameters, and operators cut by the rule that one of
 * several characters ends in + or - only if it contains a character that no standard operator has.
 * Linear in the text.
 */
final class PgLexer {
  private static final String OPERATOR_CHARACTERS = "+-*/<>=~!@#%^&|`?";
  private static final String UNUSUAL_OPERATOR_CHARACTERS = "~!@#%^&|`?";

  private final String text;
  private final List<Lexeme> lexemes = new ArrayList<>();
  private int at;

  private PgLexer(String text) {
    this.text = text;
  }

  /** All tokens, an END token last. */
  static List<Lexeme> lex(String text) {
    PgLexer lexer = new PgLexer(text);
    lexer.run();
    return lexer.lexemes;
  }

  private void run() {
    while (skipBlanksAndComments()) {
      next();
    }
    lexemes.add(new Lexeme(Kind.END, "", text.length(), text.length()));
  }

  private void next() {
    char c = text.charAt(at);
    if (isWordStart(c)) {
      wordOrPrefixedString(c);
    } else if (c == '"') {
      quotedName(at);
    } else if (c == '\'') {
      string(at, false);
    } else if (c == '$') {
      dollar();
    } else if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
      number();
    } else if (c == ':') {
      int length = peek(1) == ':' || peek(1) == '=' ? 2 : 1;
      add(Kind.PUNCTUATION, text.substring(at, at + length), at, at + length);
    } else if ("()[],;.".indexOf(c) >= 0) {
      add(Kind.PUNCTUATION, String.valueOf(c), at, at + 1);
    } else if (OPERATOR_CHARACTERS.indexOf(c) >= 0) {
      operator();
    } else {
      throw syntaxError(String.valueOf(c), at);
    }
  }

  private boolean skipBlanksAndComments() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0x0b) {
        at++;
      } else if (c == '-' && peek(1) == '-') {
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
          at++;
        }
      } else if (c == '/' && peek(1) == '*') {
        skipComment();
      } else {
        return true;
      }
    }
    return false;
  }

  private void skipComment() {
    int start = at;
    int depth = 0;
    do {
      if (at + 1 >= text.length()) {
        throw error("unterminated /* comment", start);
      }
      if (text.charAt(at) == '/' && text.charAt(at + 1) == '*') {
        depth++;
        at += 2;
      } else if (text.charAt(at) == '*' && text.charAt(at + 1) == '/') {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0);
  }

  private void wordOrPrefixedString(char first) {
    int start = at;
    if (peek(1) == '\'') {
      switch (Character.toLowerCase(first)) {
        case 'e' -> {
          at++;
          string(start, true);
          return;
        }
        case 'n' -> {
          at++;
          string(start, false);
          return;
        }
        case 'x', 'b' -> {
          at++;
          string(start, false);
          Lexeme string = lexemes.remove(lexemes.size() - 1);
          add(Kind.BIT_STRING, Character.toLowerCase(first) + string.text(), start, at);
          return;
        }
        default -> {}
      }
    }
    if (Character.toLowerCase(first) == 'u'
        && peek(1) == '&'
        && (peek(2) == '\'' || peek(2) == '"')) {
      throw new SqlException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "strings and names with Unicode escapes (U&) are not supported",
          start + 1);
    }
    while (at < text.length() && isWordPart(text.charAt(at))) {
      at++;
    }
    add(Kind.WORD, truncateName(fold(text.substring(start, at))), start, at);
  }

  /** PostgreSQL folds ASCII letters only in a UTF-8 database. */
  private static String fold(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) >= 0x80) {
        StringBuilder folded = new StringBuilder(word);
        for (int j = 0; j < word.length(); j++) {
          char c = word.charAt(j);
          if (c >= 'A' && c <= 'Z') {
            folded.setCharAt(j, (char) (c + ('a' - 'A')));
          }
        }
        return folded.toString();
      }
    }
    return word.toLowerCase(Locale.ROOT);
  }

  /** Names have at most 63 bytes; longer ones are cut, as PostgreSQL does. */
  private static String truncateName(String name) {
    if (name.length() <= 21) {
      return name;
    }
    int bytes = 0;
    for (int i = 0; i < name.length(); ) {
      int codePoint = name.codePointAt(i);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > 63) {
        return name.substring(0, i);
      }
      i += Character.charCount(codePoint);
    }
    return name;
  }

  private void quotedName(int start) {
    StringBuilder name = new StringBuilder();
    at++;
    while (true) {
      if (at >= text.length()) {
        throw error("unterminated quoted identifier", start);
      }
      char c = text.charAt(at++);
      if (c != '"') {
        name.append(c);
      } else if (at < text.length() && text.charAt(at) == '"') {
        name.append('"');
        at++;
      } else {
        break;
      }
    }
    if (name.isEmpty()) {
      throw error("zero-length delimited identifier", start);
    }
    add(Kind.QUOTED_NAME, truncateName(name.toString()), start, at);
  }

  /** Reads from the quote at {@code at}; pieces separated by blanks with a line break are one. */
  private void string(int start, boolean escapes) {
    StringBuilder value = new StringBuilder();
    while (true) {
      at++;
      stringPiece(value, start, escapes);
      int resume = at;
      boolean lineBreak = false;
      while (resume < text.length() && Character.isWhitespace(text.charAt(resume))) {
        lineBreak |= text.charAt(resume) == '\n' || text.charAt(resume) == '\r';
        resume++;
      }
      if (!lineBreak || resume >= text.length() || text.charAt(resume) != '\'') {
        break;
      }
      at = resume;
    }
    add(Kind.STRING, value.toString(), start, at);
  }

  private void stringPiece(StringBuilder value, int start, boolean escapes) {
    while (true) {
      if (at >= text.length()) {
        throw error("unterminated quoted string", start);
      }
      char c = text.charAt(at++);
      if (c == '\'') {
        if (at < text.length() && text.charAt(at) == '\'') {
          value.append('\'');
          at++;
        } else {
          return;
        }
      } else if (c == '\\' && escapes) {
        escape(value, start);
      } else {
        value.append(c);
      }
    }
  }

  private void escape(StringBuilder value, int start) {
    if (at >= text.length()) {
      throw error("unterminated quoted string", start);
    }
    char c = text.charAt(at++);
    switch (c) {
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'v' -> value.append((char) 0x0b);
      case 'x' -> codeEscape(value, start, 16, 1, 2);
      case 'u' -> codeEscape(value, start, 16, 4, 4);
      case 'U' -> codeEscape(value, start, 16, 8, 8);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        at--;
        codeEscape(value, start, 8, 1, 3);
      }
      default -> value.append(c);
    }
  }

  private void codeEscape(StringBuilder value, int start, int radix, int digitsMin, int digitsMax) {
    int code = 0;
    int digits = 0;
    while (digits < digitsMax
        && at < text.length()
        && Character.digit(text.charAt(at), radix) >= 0) {
      code = code * radix + Character.digit(text.charAt(at++), radix);
      digits++;
    }
    if (digits < digitsMin || !Character.isValidCodePoint(code) || code == 0) {
      throw new SqlException(
          ErrorCode.SYNTAX_ERROR, "invalid escape sequence in string", start + 1);
    }
    if (radix != 16 || digitsMax == 2) {
      if (code >= 0x80) {
        throw new SqlException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "byte escapes beyond ASCII in strings are not supported; write the character",
            start + 1);
      }
    }
    value.appendCodePoint(code);
  }

  /** A parameter or a dollar-quoted string. */
  private void dollar() {
    int start = at;
    if (isDigit(peek(1))) {
      at++;
      while (at < text.length() && isDigit(text.charAt(at))) {
        at++;
      }
      add(Kind.PARAMETER, text.substring(start + 1, at), start, at);
      return;
    }
    int tagEnd = at + 1;
    if (tagEnd < text.length() && isWordStart(text.charAt(tagEnd))) {
      while (tagEnd < text.length()
          && isWordPart(text.charAt(tagEnd))
          && text.charAt(tagEnd) != '$') {
        tagEnd++;
      }
    }
    if (tagEnd >= text.length() || text.charAt(tagEnd) != '$') {
      throw syntaxError("$", start);
    }
    String delimiter = text.substring(start, tagEnd + 1);
    int end = text.indexOf(delimiter, tagEnd + 1);
    if (end < 0) {
      throw error("unterminated dollar-quoted string", start);
    }
    add(Kind.STRING, text.substring(tagEnd + 1, end), start, end + delimiter.length());
  }

  private void number() {
    int start = at;
    Kind kind = Kind.INTEGER;
    while (isDigit(peek(0))) {
      at++;
    }
    if (peek(0) == '.' && peek(1) != '.') {
      kind = Kind.DECIMAL;
      at++;
      while (isDigit(peek(0))) {
        at++;
      }
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      int sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (isDigit(peek(1 + sign))) {
        kind = Kind.FLOAT;
        at += 1 + sign;
        while (isDigit(peek(0))) {
          at++;
        }
      }
    }
    if (isWordPart(peek(0)) && peek(0) != '$') {
      int end = at;
      while (end < text.length() && isWordPart(text.charAt(end))) {
        end++;
      }
      throw new SqlException(
          ErrorCode.SYNTAX_ERROR,
          "trailing junk after numeric literal at or near \"%s\""
              .formatted(text.substring(start, at + 1)),
          start + 1);
    }
    add(kind, text.substring(start, at), start, at);
  }

  private void operator() {
    int start = at;
    int end = at;
    while (end < text.length() && OPERATOR_CHARACTERS.indexOf(text.charAt(end)) >= 0) {
      if (end > start
          && ((text.charAt(end) == '-' && end + 1 < text.length() && text.charAt(end + 1) == '-')
              || (text.charAt(end) == '/'
                  && end + 1 < text.length()
                  && text.charAt(end + 1) == '*'))) {
        break;
      }
      end++;
    }
    while (end - start > 1
        && (text.charAt(end - 1) == '+' || text.charAt(end - 1) == '-')
        && !hasUnusual(start, end)) {
      end--;
    }
    String operator = text.substring(start, end);
    add(Kind.OPERATOR, operator.equals("!=") ? "<>" : operator, start, end);
  }

  private boolean hasUnusual(int start, int end) {
    for (int i = start; i < end; i++) {
      if (UNUSUAL_OPERATOR_CHARACTERS.indexOf(text.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  private void add(Kind kind, String value, int start, int end) {
    lexemes.add(new Lexeme(kind, value, start, end));
    at = end;
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isWordStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private static boolean isWordPart(char c) {
    return isWordStart(c) || isDigit(c) || c == '$';
  }

  private SqlException error(String what, int start) {
    return new SqlException(
        ErrorCode.SYNTAX_ERROR,
        "%s at or near \"%s\"".formatted(what, text.substring(start)),
        start + 1);
  }

  private static SqlException syntaxError(String near, int start) {
    return new SqlException(
        ErrorCode.SYNTAX_ERROR, "syntax error at or near \"%s\"".formatted(near), start + 1);
  }
}
