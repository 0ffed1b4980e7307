package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;

/** What the character types share: text and binary are the same UTF-8, without NUL. */
public abstract class StringType extends PgType {

  StringType(int oid, String name, int lengthBytes, String sqlName, char category) {
    super(oid, name, lengthBytes, sqlName, category);
  }

  @Override
  public final void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append((String) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return text;
  }

  @Override
  public final void writeBinary(ByteBuf out, Object datum) {
    ByteBufUtil.writeUtf8(out, (String) datum);
  }

  @Override
  public final Object readBinary(ByteBuf in, int length) {
    return parseText(readUtf8(in, length), ZoneOffset.UTC);
  }

  /** Decodes strictly; CHARACTER_NOT_IN_REPERTOIRE for a NUL or what is no UTF-8. */
  public static String readUtf8(ByteBuf in, int length) {
    int start = in.readerIndex();
    boolean ascii = true;
    for (int i = start; i < start + length; i++) {
      byte b = in.getByte(i);
      if (b == 0) {
        throw invalidUtf8("0x00");
      }
      ascii &= b > 0;
    }
    in.skipBytes(length);
    if (ascii) {
      return in.toString(start, length, StandardCharsets.ISO_8859_1);
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    in.getBytes(start, bytes);
    bytes.flip();
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes)
          .toString();
    } catch (CharacterCodingException malformed) {
      throw invalidUtf8("0x%02x".formatted(bytes.get(bytes.position())));
    }
  }

  private static OmenException invalidUtf8(String at) {
    return new OmenException(
        ErrorCode.CHARACTER_NOT_IN_REPERTOIRE,
        "invalid byte sequence for encoding \"UTF8\": " + at);
  }

  @Override
  public final @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getString(field).toString();
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return StringData.fromString((String) datum);
  }

  /**
   * The value cut to {@code lengthMax} characters where only blanks are lost;
   * STRING_DATA_RIGHT_TRUNCATION otherwise.
   */
  final String fit(String value, int lengthMax) {
    if (value.length() <= lengthMax || value.codePointCount(0, value.length()) <= lengthMax) {
      return value;
    }
    int end = value.offsetByCodePoints(0, lengthMax);
    for (int i = end; i < value.length(); i++) {
      if (value.charAt(i) != ' ') {
        throw new OmenException(
            ErrorCode.STRING_DATA_RIGHT_TRUNCATION,
            "value too long for type %s(%d)".formatted(sqlName(), lengthMax));
      }
    }
    return value.substring(0, end);
  }
}
