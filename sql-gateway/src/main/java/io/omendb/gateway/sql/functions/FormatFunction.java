package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * format: {@code %[position$][-][width]s}, I for a quoted identifier, L for a literal; {@code %%}
 * is a percent sign, a width of {@code *} or {@code *n$} comes from an argument. Arguments are text
 * already, the first of them is the format.
 */
final class FormatFunction {
  private final String format;
  private final @Nullable Object[] arguments;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int next = 1;

  private FormatFunction(String format, @Nullable Object[] arguments) {
    this.format = format;
    this.arguments = arguments;
  }

  static void register(FunctionTable table) {
    table.variadicAny(
        "format",
        PgTypes.TEXT,
        List.of(PgTypes.TEXT),
        (c, a) -> a[0] == null ? null : new FormatFunction((String) a[0], a).run());
  }

  private String run() {
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '%') {
        out.append(c);
      } else if (peek() == '%') {
        out.append('%');
        at++;
      } else {
        specifier();
      }
    }
    return out.toString();
  }

  private char peek() {
    if (at >= format.length()) {
      throw Errors.invalidParameter("unterminated format() type specifier");
    }
    return format.charAt(at);
  }

  private void specifier() {
    int number = digits();
    int argument = -1;
    boolean left = false;
    int width = 0;
    if (number >= 0 && peek() == '$') {
      at++;
      argument = position(number);
      number = -1;
    } else if (number >= 0) {
      width = number;
    }
    if (number < 0) {
      while (peek() == '-') {
        left = true;
        at++;
      }
      width = peek() == '*' ? widthArgument() : Math.max(digits(), 0);
    }
    char type = peek();
    at++;
    if (type != 's' && type != 'I' && type != 'L') {
      throw Errors.invalidParameter(
          "unrecognized format() type specifier \"%s\""
              .formatted(Character.toString(format.codePointAt(at - 1))));
    }
    if (argument < 0) {
      argument = next;
    }
    next = argument + 1;
    append(type, value(argument), width, left);
  }

  private int widthArgument() {
    at++;
    int number = digits();
    int argument = next;
    if (number >= 0) {
      if (peek() != '$') {
        throw Errors.invalidParameter("width argument position must be ended by \"$\"");
      }
      at++;
      argument = position(number);
    }
    next = argument + 1;
    Object width = value(argument);
    try {
      return width == null ? 0 : Integer.parseInt((String) width);
    } catch (NumberFormatException e) {
      throw new OmenException(
          ErrorCode.INVALID_TEXT_REPRESENTATION,
          "invalid input syntax for type integer: \"%s\"".formatted(width));
    }
  }

  private static int position(int number) {
    if (number == 0) {
      throw Errors.invalidParameter(
          "format specifies argument 0, but arguments are numbered from 1");
    }
    return number;
  }

  private @Nullable Object value(int argument) {
    if (argument >= arguments.length) {
      throw Errors.invalidParameter("too few arguments for format()");
    }
    return arguments[argument];
  }

  /** -1 where there are none. */
  private int digits() {
    int start = at;
    long number = 0;
    while (at < format.length() && Character.isDigit(format.charAt(at))) {
      number = number * 10 + format.charAt(at++) - '0';
      if (number > 100_000_000) {
        throw new OmenException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
      }
    }
    return at == start ? -1 : (int) number;
  }

  private void append(char type, @Nullable Object value, int width, boolean left) {
    String text =
        switch (type) {
          case 'I' -> {
            if (value == null) {
              throw new OmenException(
                  ErrorCode.NULL_VALUE_NOT_ALLOWED,
                  "null values cannot be formatted as an SQL identifier");
            }
            yield StringFunctions.quoteName((String) value);
          }
          case 'L' -> value == null ? "NULL" : StringFunctions.quoteLiteral((String) value);
          default -> value == null ? "" : (String) value;
        };
    int missing = Math.abs(width) - text.codePointCount(0, text.length());
    String padding = " ".repeat(Math.max(missing, 0));
    boolean atLeft = left || width < 0;
    out.append(atLeft ? text : padding).append(atLeft ? padding : text);
  }
}
