package io.omendb.gateway.sql.parser;

import java.util.List;
import org.apache.calcite.sql.SqlNode;

/** Parses expressions that stand alone, such as column defaults. */
public final class ExpressionText {
  private ExpressionText() {}

  public static SqlNode parse(String text) {
    List<Lexeme> lexemes = PgLexer.lex(text);
    return new GrammarParser(text, lexemes).expression(lexemes);
  }
}
