package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** A place in one statement's tokens, and the small moves that statements are parsed with. */
final class TokenCursor {
  private static final int PARAMETERS_MAX = 65_535;

  private final List<Lexeme> lexemes;
  private final GrammarParser grammar;
  private int at;

  /** {@code lexemes} ends in END. */
  TokenCursor(List<Lexeme> lexemes, GrammarParser grammar) {
    this.lexemes = lexemes;
    this.grammar = grammar;
  }

  Lexeme peek() {
    return lexemes.get(at);
  }

  Lexeme peek(int ahead) {
    return lexemes.get(Math.min(at + ahead, lexemes.size() - 1));
  }

  Lexeme take() {
    Lexeme lexeme = lexemes.get(at);
    if (lexeme.kind() != Kind.END) {
      at++;
    }
    return lexeme;
  }

  boolean atEnd() {
    return peek().kind() == Kind.END;
  }

  boolean takeIfWord(String word) {
    if (peek().isWord(word)) {
      at++;
      return true;
    }
    return false;
  }

  /** Takes all of these words or none. */
  boolean takeIfWords(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!peek(i).isWord(words[i])) {
        return false;
      }
    }
    at += words.length;
    return true;
  }

  boolean takeIf(String punctuation) {
    if (peek().isPunctuation(punctuation) || peek().isOperator(punctuation)) {
      at++;
      return true;
    }
    return false;
  }

  void expectWord(String word) {
    if (!takeIfWord(word)) {
      throw unexpected();
    }
  }

  void expect(String punctuation) {
    if (!takeIf(punctuation)) {
      throw unexpected();
    }
  }

  void expectEnd() {
    if (!atEnd()) {
      throw unexpected();
    }
  }

  SqlException unexpected() {
    return grammar.syntaxError(peek());
  }

  SqlException notSupported(String what) {
    return new SqlException(
        ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported", peek().start() + 1);
  }

  String identifier() {
    if (!peek().isName()) {
      throw unexpected();
    }
    return take().text();
  }

  Name simpleName() {
    int position = peek().start() + 1;
    return new Name(List.of(identifier()), position);
  }

  Name qualifiedName() {
    int position = peek().start() + 1;
    List<String> parts = new ArrayList<>();
    do {
      parts.add(identifier());
    } while (takeIf("."));
    return new Name(parts, position);
  }

  List<Name> parenthesizedNames() {
    expect("(");
    List<Name> names = new ArrayList<>();
    do {
      names.add(simpleName());
    } while (takeIf(","));
    expect(")");
    return names;
  }

  String string() {
    if (peek().kind() != Kind.STRING) {
      throw unexpected();
    }
    return take().text();
  }

  /**
   * The tokens from here to the first one outside parentheses that {@code end} accepts, given it
   * and its successor; at least one.
   */
  List<Lexeme> until(BiPredicate<Lexeme, Lexeme> end) {
    int start = at;
    int depth = 0;
    while (!atEnd()) {
      Lexeme lexeme = peek();
      if (depth == 0 && end.test(lexeme, peek(1))) {
        break;
      }
      if (lexeme.isPunctuation("(") || lexeme.isPunctuation("[")) {
        depth++;
      } else if (lexeme.isPunctuation(")") || lexeme.isPunctuation("]")) {
        if (depth == 0) {
          break;
        }
        depth--;
      }
      at++;
    }
    if (at == start) {
      throw unexpected();
    }
    List<Lexeme> range = new ArrayList<>(lexemes.subList(start, at));
    range.add(new Lexeme(Kind.END, "", peek().start(), peek().start()));
    return range;
  }

  /** The token before this place, if any. */
  @Nullable Lexeme previous() {
    return at == 0 ? null : lexemes.get(at - 1);
  }

  int position() {
    return at;
  }

  void reset(int position) {
    at = position;
  }

  /** For the position of each parameter its number. */
  Map<Integer, Integer> parameters() {
    Map<Integer, Integer> numbers = new HashMap<>();
    for (Lexeme lexeme : lexemes) {
      if (lexeme.kind() == Kind.PARAMETER) {
        int number = lexeme.text().length() > 5 ? 0 : Integer.parseInt(lexeme.text());
        if (number < 1 || number > PARAMETERS_MAX) {
          throw new SqlException(
              ErrorCode.UNDEFINED_PARAMETER,
              "there is no parameter $" + lexeme.text(),
              lexeme.start() + 1);
        }
        numbers.put(lexeme.start() + 1, number);
      }
    }
    return Map.copyOf(numbers);
  }

  GrammarParser grammar() {
    return grammar;
  }
}
