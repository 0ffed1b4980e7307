package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code bytea}: shown as \x hex, read as hex or as the older escape format. */
final class ByteaType extends PgType {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  ByteaType() {
    super(17, "bytea", -1, "bytea", 'U');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append("\\x");
    for (byte b : (byte[]) datum) {
      out.append(HEX[(b >> 4) & 0xF]).append(HEX[b & 0xF]);
    }
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return text.startsWith("\\x") ? parseHex(text) : parseEscape(text);
  }

  /** Blanks are allowed between pairs of digits. */
  private byte[] parseHex(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() / 2);
    int i = 2;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        i++;
        continue;
      }
      int high = Character.digit(c, 16);
      int low = i + 1 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      if (high < 0 || low < 0) {
        throw new OmenException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            i + 1 == text.length()
                ? "invalid hexadecimal data: odd number of digits"
                : "invalid hexadecimal digit: \"%c\"".formatted(high < 0 ? c : text.charAt(i + 1)));
      }
      bytes.write(high << 4 | low);
      i += 2;
    }
    return bytes.toByteArray();
  }

  /** A backslash is doubled or starts three octal digits; other characters stand for themselves. */
  private byte[] parseEscape(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(utf8.length);
    for (int i = 0; i < utf8.length; i++) {
      if (utf8[i] != '\\') {
        bytes.write(utf8[i]);
      } else if (i + 1 < utf8.length && utf8[i + 1] == '\\') {
        bytes.write('\\');
        i++;
      } else if (i + 3 < utf8.length
          && utf8[i + 1] >= '0'
          && utf8[i + 1] <= '3'
          && isOctal(utf8[i + 2])
          && isOctal(utf8[i + 3])) {
        bytes.write((utf8[i + 1] - '0') << 6 | (utf8[i + 2] - '0') << 3 | (utf8[i + 3] - '0'));
        i += 3;
      } else {
        throw invalidText(text);
      }
    }
    return bytes.toByteArray();
  }

  private static boolean isOctal(byte b) {
    return b >= '0' && b <= '7';
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeBytes((byte[]) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return bytes;
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getBinary(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
