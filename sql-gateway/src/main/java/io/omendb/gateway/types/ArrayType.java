package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * A one-dimensional array: {@code {a,"b c",NULL}}; int2vector and oidvector show as blank-separated
 * elements and count from 0.
 *
 * <p>Binary form, 32-bit words: dimensions (0 or 1), null flag, element oid, then length and lower
 * bound, then per element its length (-1 for null) and bytes.
 */
public final class ArrayType extends PgType {
  private final PgType element;

  /** pg_type.typinput of arrays, by which drivers know them: pg_catalog.array_in. */
  public static final long INPUT_FUNCTION = 750;

  private final boolean vector;

  ArrayType(int oid, String name, PgType element, boolean vector) {
    super(oid, name, -1, vector ? name : element.sqlName() + "[]", 'A');
    this.element = element;
    this.vector = vector;
  }

  public PgType element() {
    return element;
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    List<?> values = (List<?>) datum;
    if (!vector) {
      out.append('{');
    }
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        out.append(vector ? ' ' : ',');
      }
      Object value = values.get(i);
      if (value == null) {
        out.append("NULL");
      } else {
        int start = out.length();
        element.appendText(out, value, zone);
        if (!vector) {
          quoteWhereNeeded(out, start);
        }
      }
    }
    if (!vector) {
      out.append('}');
    }
  }

  private static void quoteWhereNeeded(StringBuilder out, int start) {
    String value = out.substring(start);
    boolean quote = value.isEmpty() || value.equalsIgnoreCase("null");
    for (int i = 0; i < value.length() && !quote; i++) {
      char c = value.charAt(i);
      quote =
          c == '"'
              || c == '\\'
              || c == '{'
              || c == '}'
              || c == ','
              || c == ' '
              || (c >= 9 && c <= 13);
    }
    if (!quote) {
      return;
    }
    out.setLength(start);
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    out.append('"');
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    List<@Nullable Object> values = new ArrayList<>();
    if (vector) {
      for (String field : text.strip().split("\\s+")) {
        if (!field.isEmpty()) {
          values.add(element.parseText(field, zone));
        }
      }
      return Collections.unmodifiableList(values);
    }
    String body = text.strip();
    if (body.length() < 2 || body.charAt(0) != '{' || body.charAt(body.length() - 1) != '}') {
      throw malformed(text);
    }
    int i = 1;
    int end = body.length() - 1;
    if (body.substring(1, end).isBlank()) {
      return Collections.unmodifiableList(values);
    }
    while (true) {
      StringBuilder field = new StringBuilder();
      boolean quoted = false;
      int significant = 0;
      while (i < end && Character.isWhitespace(body.charAt(i))) {
        i++;
      }
      for (; i < end && body.charAt(i) != ','; i++) {
        char c = body.charAt(i);
        if (c == '"') {
          i = readQuoted(body, i + 1, end, field, text);
          quoted = true;
          significant = field.length();
        } else if (c == '{' || c == '}') {
          throw new OmenException(
              ErrorCode.FEATURE_NOT_SUPPORTED, "multidimensional arrays are not supported");
        } else if (c == '\\' && i + 1 < end) {
          field.append(body.charAt(++i));
          quoted = true;
          significant = field.length();
        } else {
          field.append(c);
          if (!Character.isWhitespace(c)) {
            significant = field.length();
          }
        }
      }
      field.setLength(significant);
      String value = field.toString();
      if (value.isEmpty() && !quoted) {
        throw malformed(text);
      }
      values.add(!quoted && value.equalsIgnoreCase("null") ? null : element.parseText(value, zone));
      if (i >= end) {
        return Collections.unmodifiableList(values);
      }
      i++;
    }
  }

  /** Returns the position of the closing quote. */
  private int readQuoted(String body, int from, int end, StringBuilder field, String text) {
    for (int i = from; i < end; i++) {
      char c = body.charAt(i);
      if (c == '"') {
        return i;
      }
      if (c == '\\') {
        i++;
        if (i >= end) {
          break;
        }
        c = body.charAt(i);
      }
      field.append(c);
    }
    throw malformed(text);
  }

  private static OmenException malformed(String text) {
    return new OmenException(
        ErrorCode.INVALID_TEXT_REPRESENTATION, "malformed array literal: \"%s\"".formatted(text));
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    List<?> values = (List<?>) datum;
    out.writeInt(values.isEmpty() && !vector ? 0 : 1);
    out.writeInt(values.contains(null) ? 1 : 0);
    out.writeInt(element.oid());
    if (values.isEmpty() && !vector) {
      return;
    }
    out.writeInt(values.size());
    out.writeInt(vector ? 0 : 1);
    for (Object value : values) {
      int lengthIndex = out.writerIndex();
      out.writeInt(-1);
      if (value != null) {
        element.writeBinary(out, value);
        out.setInt(lengthIndex, out.writerIndex() - lengthIndex - 4);
      }
    }
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    int end = in.readerIndex() + length;
    if (length < 12) {
      throw invalidBinary("expected at least 12 bytes, got " + length);
    }
    int dimensions = in.readInt();
    in.readInt();
    int elementOid = in.readInt();
    if (dimensions > 1) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "multidimensional arrays are not supported");
    }
    if (elementOid != element.oid()) {
      throw invalidBinary("element type %d, expected %d".formatted(elementOid, element.oid()));
    }
    List<@Nullable Object> values = new ArrayList<>();
    if (dimensions == 1) {
      if (length < 20) {
        throw invalidBinary("no dimension");
      }
      int count = in.readInt();
      in.readInt();
      for (int i = 0; i < count; i++) {
        values.add(readElement(in, end));
      }
    }
    if (in.readerIndex() != end) {
      throw invalidBinary("%d bytes too many".formatted(end - in.readerIndex()));
    }
    return Collections.unmodifiableList(values);
  }

  private @Nullable Object readElement(ByteBuf in, int end) {
    if (end - in.readerIndex() < 4) {
      throw invalidBinary("ends within an element");
    }
    int length = in.readInt();
    if (length == -1) {
      return null;
    }
    if (length < 0 || length > end - in.readerIndex()) {
      throw invalidBinary("element of %d bytes".formatted(length));
    }
    return element.readBinary(in, length);
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    throw notStorable();
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    throw notStorable();
  }
}
