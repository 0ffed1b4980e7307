package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code double precision}. */
final class Float8Type extends PgType {
  private static final Pattern HEXADECIMAL =
      Pattern.compile(
          "[+-]?0[xX](?:[0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)(?:[pP][+-]?\\d+)?");

  Float8Type() {
    super(701, "float8", 8, "double precision", 'N');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    ShortestDecimal.append(out, (Double) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    String word = text.strip();
    Double special = specialValue(word);
    if (special != null) {
      return special;
    }
    if (isHexadecimal(word)) {
      return hexadecimal(word, this);
    }
    if (!isDecimal(word)) {
      throw invalidText(text);
    }
    double value = Double.parseDouble(word);
    if (Double.isInfinite(value) || (value == 0 && !isZero(word))) {
      throw rangeError(word, this);
    }
    return value;
  }

  static @Nullable Double specialValue(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> null;
    };
  }

  /** Whether it is {@code [+-]digits[.digits][e[+-]digits]}: Java's own parser takes more. */
  static boolean isDecimal(String word) {
    int i = 0;
    int end = word.length();
    if (i < end && (word.charAt(i) == '+' || word.charAt(i) == '-')) {
      i++;
    }
    int digits = 0;
    for (; i < end && isDigit(word.charAt(i)); i++) {
      digits++;
    }
    if (i < end && word.charAt(i) == '.') {
      for (i++; i < end && isDigit(word.charAt(i)); i++) {
        digits++;
      }
    }
    if (digits == 0) {
      return false;
    }
    if (i < end && (word.charAt(i) == 'e' || word.charAt(i) == 'E')) {
      i++;
      if (i < end && (word.charAt(i) == '+' || word.charAt(i) == '-')) {
        i++;
      }
      int exponentStart = i;
      while (i < end && isDigit(word.charAt(i))) {
        i++;
      }
      if (i == exponentStart) {
        return false;
      }
    }
    return i == end;
  }

  /** Whether it is C's hexadecimal form, {@code 0x1F} or {@code 0x1.8p3}. */
  static boolean isHexadecimal(String word) {
    return word.length() > 2 && HEXADECIMAL.matcher(word).matches();
  }

  static Double hexadecimal(String word, PgType type) {
    boolean power = word.indexOf('p') >= 0 || word.indexOf('P') >= 0;
    double value = Double.parseDouble(power ? word : word + "p0");
    if (Double.isInfinite(value)) {
      throw rangeError(word, type);
    }
    return value;
  }

  /** Whether a decimal's digits before the exponent are all zero. */
  static boolean isZero(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == 'e' || c == 'E') {
        return true;
      }
      if (c >= '1' && c <= '9') {
        return false;
      }
    }
    return true;
  }

  static OmenException rangeError(String word, PgType type) {
    return new OmenException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        "\"%s\" is out of range for type %s".formatted(word, type.sqlName()));
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeDouble((Double) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 8);
    return in.readDouble();
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getDouble(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
