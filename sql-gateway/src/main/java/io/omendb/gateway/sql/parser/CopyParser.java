package io.omendb.gateway.sql.parser;

import io.omendb.gateway.sql.parser.Lexeme.Kind;
import io.omendb.gateway.sql.statement.PlannedStatement.CopyOptions;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/** COPY, with its options in either syntax. */
final class CopyParser {
  private final TokenCursor cursor;

  private CopyOptions.Format format = CopyOptions.Format.TEXT;
  private @Nullable Character delimiter;
  private @Nullable String nullText;
  private boolean header;
  private @Nullable Character quote;
  private @Nullable Character escape;
  private boolean freeze;
  private @Nullable List<String> forceQuote = List.of();

  private CopyParser(TokenCursor cursor) {
    this.cursor = cursor;
  }

  static Statement parse(StatementParser statements, TokenCursor cursor) {
    return new CopyParser(cursor).copy(statements);
  }

  private Statement copy(StatementParser statements) {
    cursor.expectWord("copy");
    if (cursor.peek().isWord("binary")) {
      throw cursor.notSupported("COPY BINARY");
    }
    Name table = null;
    List<Name> columns = null;
    SqlNode query = null;
    if (cursor.takeIf("(")) {
      Statement.Query inner = statements.query();
      if (inner.locking() != null) {
        throw cursor.notSupported("SELECT FOR UPDATE in COPY");
      }
      query = inner.query();
      cursor.expect(")");
    } else {
      table = cursor.qualifiedName();
      columns = StatementParser.optionalColumns(cursor);
    }
    boolean from = cursor.takeIfWord("from");
    if (!from) {
      cursor.expectWord("to");
    } else if (query != null) {
      throw cursor.unexpected();
    }
    if (!cursor.takeIfWord("stdin") && !cursor.takeIfWord("stdout")) {
      throw cursor.notSupported("COPY with a server file or PROGRAM");
    }
    options();
    if (cursor.peek().isWord("where")) {
      throw cursor.notSupported("COPY FROM … WHERE");
    }
    return new Statement.Copy(from, table, columns, query, checkedOptions(from));
  }

  private void options() {
    cursor.takeIfWord("with");
    if (cursor.takeIf("(")) {
      do {
        option(cursor.identifier());
      } while (cursor.takeIf(","));
      cursor.expect(")");
      return;
    }
    while (cursor.peek().kind() == Kind.WORD && !cursor.peek().isWord("where")) {
      oldOption(cursor.take().text());
    }
  }

  private void option(String name) {
    switch (name) {
      case "format" -> format(cursor.take());
      case "delimiter" -> delimiter = character(name);
      case "null" -> nullText = cursor.string();
      case "header" -> header = bool();
      case "quote" -> quote = character(name);
      case "escape" -> escape = character(name);
      case "freeze" -> freeze = bool();
      case "force_quote" -> forceQuote = forcedColumns();
      case "encoding" -> encoding(cursor.string());
      default ->
          throw new SqlException(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "COPY option \"%s\" is not supported".formatted(name),
              cursor.peek().start() + 1);
    }
  }

  private void oldOption(String name) {
    switch (name) {
      case "csv" -> format = CopyOptions.Format.CSV;
      case "header" -> header = true;
      case "freeze" -> freeze = true;
      case "force" -> {
        cursor.expectWord("quote");
        forceQuote = forcedColumns();
      }
      case "binary" -> throw cursor.notSupported("COPY BINARY");
      default -> {
        cursor.takeIfWord("as");
        option(name);
      }
    }
  }

  private void format(Lexeme name) {
    format =
        switch (name.text().toLowerCase(Locale.ROOT)) {
          case "text" -> CopyOptions.Format.TEXT;
          case "csv" -> CopyOptions.Format.CSV;
          case "binary" -> throw cursor.notSupported("COPY format binary");
          default ->
              throw new SqlException(
                  ErrorCode.INVALID_PARAMETER_VALUE,
                  "COPY format \"%s\" not recognized".formatted(name.text()),
                  name.start() + 1);
        };
  }

  private void encoding(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    if (!plain.equals("utf8") && !plain.equals("unicode")) {
      throw cursor.notSupported("COPY encoding " + name);
    }
  }

  private @Nullable List<String> forcedColumns() {
    if (cursor.takeIf("*")) {
      return null;
    }
    List<String> names = new ArrayList<>();
    boolean parentheses = cursor.takeIf("(");
    do {
      names.add(cursor.identifier());
    } while (cursor.takeIf(","));
    if (parentheses) {
      cursor.expect(")");
    }
    return names;
  }

  private boolean bool() {
    Lexeme next = cursor.peek();
    if (next.isPunctuation(",") || next.isPunctuation(")") || next.kind() == Kind.END) {
      return true;
    }
    return switch (cursor.take().text().toLowerCase(Locale.ROOT)) {
      case "true", "on", "1" -> true;
      case "false", "off", "0" -> false;
      case "match" -> throw cursor.notSupported("COPY HEADER MATCH");
      default ->
          throw new SqlException(
              ErrorCode.SYNTAX_ERROR, "header requires a Boolean value", next.start() + 1);
    };
  }

  private Character character(String option) {
    int position = cursor.peek().start() + 1;
    String value = cursor.string();
    if (value.length() != 1 || value.charAt(0) > 0x7f) {
      throw new SqlException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "COPY %s must be a single one-byte character".formatted(option),
          position);
    }
    return value.charAt(0);
  }

  private CopyOptions checkedOptions(boolean from) {
    boolean csv = format == CopyOptions.Format.CSV;
    boolean forces = forceQuote == null || !forceQuote.isEmpty();
    if (forces && (!csv || from)) {
      throw new SqlException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          csv
              ? "COPY force quote only available using COPY TO"
              : "COPY force quote available only in CSV mode",
          0);
    }
    if (freeze && !from) {
      throw new SqlException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "COPY freeze cannot be used with COPY TO", 0);
    }
    if (!csv && (quote != null || escape != null)) {
      throw new SqlException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "COPY quote available only in CSV mode", 0);
    }
    char quoteCharacter = quote == null ? '"' : quote;
    char delimiterCharacter = delimiter == null ? (csv ? ',' : '\t') : delimiter;
    if (delimiterCharacter == '\n' || delimiterCharacter == '\r' || delimiterCharacter == '\\') {
      throw new SqlException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "COPY delimiter cannot be \"%s\"".formatted(delimiterCharacter),
          0);
    }
    if (csv && delimiterCharacter == quoteCharacter) {
      throw new SqlException(
          ErrorCode.INVALID_PARAMETER_VALUE, "COPY delimiter and quote must be different", 0);
    }
    return new CopyOptions(
        format,
        delimiterCharacter,
        nullText == null ? (csv ? "" : "\\N") : nullText,
        header,
        quoteCharacter,
        escape == null ? quoteCharacter : escape,
        freeze,
        forceQuote);
  }
}
