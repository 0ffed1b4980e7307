package io.omendb.gateway.sql.parser;

/**
 * One token of PostgreSQL's lexer. {@code text} is the folded word, the name without its quotes,
 * the decoded string, the parameter's number, or the characters themselves; {@code start} and
 * {@code end} are character offsets in the query string, the end exclusive.
 */
record Lexeme(Kind kind, String text, int start, int end) {

  enum Kind {
    /** An unquoted word: keyword or identifier. */
    WORD,
    QUOTED_NAME,
    STRING,
    /** {@code x'1f'} or {@code b'01'}, the text begins with that letter. */
    BIT_STRING,
    INTEGER,
    DECIMAL,
    FLOAT,
    /** {@code $n}; the text is n. */
    PARAMETER,
    OPERATOR,
    /** One of {@code ( ) [ ] , ; . :: : :=}. */
    PUNCTUATION,
    /** A type name of several words before a string, made by {@link TokenFeed}. */
    TYPE_LITERAL,
    END
  }

  boolean isWord(String word) {
    return kind == Kind.WORD && text.equals(word);
  }

  boolean isPunctuation(String characters) {
    return kind == Kind.PUNCTUATION && text.equals(characters);
  }

  boolean isOperator(String characters) {
    return kind == Kind.OPERATOR && text.equals(characters);
  }

  boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
  }
}
