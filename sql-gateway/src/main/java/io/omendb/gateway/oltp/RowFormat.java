package io.omendb.gateway.oltp;

import io.omendb.gateway.types.PgInterval;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A row of datums as bytes, for files that only this process reads: the number of datums, then each
 * as a byte for its kind and its value. What is read is exactly what was written.
 */
final class RowFormat {
  private static final int NULL = 0;
  private static final int FALSE = 1;
  private static final int TRUE = 2;
  private static final int SHORT = 3;
  private static final int INT = 4;
  private static final int LONG = 5;
  private static final int FLOAT = 6;
  private static final int DOUBLE = 7;
  private static final int DECIMAL = 8;
  private static final int LATIN1 = 9;
  private static final int UTF16 = 10;
  private static final int BYTES = 11;
  private static final int INTERVAL = 12;
  private static final int UUID_VALUE = 13;
  private static final int LIST = 14;
  private static final int SMALL_DECIMAL = 15;

  private RowFormat() {}

  /** Whether every datum of the row is of a known kind. */
  static boolean canWrite(@Nullable Object[] row) {
    for (Object datum : row) {
      if (!isKnown(datum)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isKnown(@Nullable Object datum) {
    if (datum == null) {
      return true;
    }
    if (datum instanceof List<?> list) {
      // Only plain lists: another class may carry more than its elements.
      return list.getClass().getName().startsWith("java.util.")
          && list.stream().allMatch(RowFormat::isKnown);
    }
    return datum instanceof String
        || datum instanceof Long
        || datum instanceof Integer
        || datum.getClass() == BigDecimal.class
        || datum instanceof Boolean
        || datum instanceof Double
        || datum instanceof Short
        || datum instanceof Float
        || datum instanceof byte[]
        || datum instanceof UUID
        || datum instanceof PgInterval;
  }

  static void write(DataOutputSerializer out, @Nullable Object[] row) throws IOException {
    out.writeInt(row.length);
    for (Object datum : row) {
      write(out, datum);
    }
  }

  private static void write(DataOutputSerializer out, @Nullable Object datum) throws IOException {
    if (datum == null) {
      out.writeByte(NULL);
    } else if (datum instanceof String value) {
      writeString(out, value);
    } else if (datum instanceof Long value) {
      out.writeByte(LONG);
      out.writeLong(value);
    } else if (datum instanceof Integer value) {
      out.writeByte(INT);
      out.writeInt(value);
    } else if (datum instanceof BigDecimal value) {
      writeDecimal(out, value);
    } else if (datum instanceof Boolean value) {
      out.writeByte(value ? TRUE : FALSE);
    } else if (datum instanceof Double value) {
      out.writeByte(DOUBLE);
      out.writeLong(Double.doubleToRawLongBits(value));
    } else if (datum instanceof Short value) {
      out.writeByte(SHORT);
      out.writeShort(value);
    } else if (datum instanceof Float value) {
      out.writeByte(FLOAT);
      out.writeInt(Float.floatToRawIntBits(value));
    } else if (datum instanceof byte[] value) {
      out.writeByte(BYTES);
      writeBytes(out, value);
    } else if (datum instanceof UUID value) {
      out.writeByte(UUID_VALUE);
      out.writeLong(value.getMostSignificantBits());
      out.writeLong(value.getLeastSignificantBits());
    } else if (datum instanceof PgInterval value) {
      out.writeByte(INTERVAL);
      out.writeInt(value.months());
      out.writeInt(value.days());
      out.writeLong(value.micros());
    } else if (datum instanceof List<?> list) {
      out.writeByte(LIST);
      out.writeInt(list.size());
      for (Object element : list) {
        write(out, element);
      }
    } else {
      throw new IllegalArgumentException("cannot write a " + datum.getClass());
    }
  }

  private static void writeDecimal(DataOutputSerializer out, BigDecimal value) throws IOException {
    if (value.precision() <= 18) {
      out.writeByte(SMALL_DECIMAL);
      out.writeInt(value.scale());
      out.writeLong(value.unscaledValue().longValueExact());
    } else {
      out.writeByte(DECIMAL);
      out.writeInt(value.scale());
      writeBytes(out, value.unscaledValue().toByteArray());
    }
  }

  private static void writeString(DataOutputSerializer out, String value) throws IOException {
    boolean latin1 = true;
    for (int i = 0; i < value.length() && latin1; i++) {
      latin1 = value.charAt(i) < 256;
    }
    out.writeByte(latin1 ? LATIN1 : UTF16);
    if (latin1) {
      writeBytes(out, value.getBytes(StandardCharsets.ISO_8859_1));
      return;
    }
    out.writeInt(value.length());
    for (int i = 0; i < value.length(); i++) {
      out.writeChar(value.charAt(i));
    }
  }

  private static void writeBytes(DataOutputSerializer out, byte[] value) throws IOException {
    out.writeInt(value.length);
    out.write(value);
  }

  static @Nullable Object[] read(DataInputView in) throws IOException {
    @Nullable Object[] row = new Object[in.readInt()];
    for (int i = 0; i < row.length; i++) {
      row[i] = readDatum(in);
    }
    return row;
  }

  private static @Nullable Object readDatum(DataInputView in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case NULL -> null;
      case FALSE -> false;
      case TRUE -> true;
      case SHORT -> in.readShort();
      case INT -> in.readInt();
      case LONG -> in.readLong();
      case FLOAT -> Float.intBitsToFloat(in.readInt());
      case DOUBLE -> Double.longBitsToDouble(in.readLong());
      case SMALL_DECIMAL -> {
        int scale = in.readInt();
        yield BigDecimal.valueOf(in.readLong(), scale);
      }
      case DECIMAL -> {
        int scale = in.readInt();
        yield new BigDecimal(new BigInteger(readBytes(in)), scale);
      }
      case LATIN1 -> new String(readBytes(in), StandardCharsets.ISO_8859_1);
      case UTF16 -> readChars(in);
      case BYTES -> readBytes(in);
      case INTERVAL -> new PgInterval(in.readInt(), in.readInt(), in.readLong());
      case UUID_VALUE -> new UUID(in.readLong(), in.readLong());
      case LIST -> readList(in);
      default -> throw new IOException("unknown kind of datum " + kind);
    };
  }

  private static List<@Nullable Object> readList(DataInputView in) throws IOException {
    int size = in.readInt();
    List<@Nullable Object> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(readDatum(in));
    }
    return Collections.unmodifiableList(list);
  }

  private static String readChars(DataInputView in) throws IOException {
    char[] chars = new char[in.readInt()];
    for (int i = 0; i < chars.length; i++) {
      chars[i] = in.readChar();
    }
    return new String(chars);
  }

  private static byte[] readBytes(DataInputView in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return bytes;
  }
}
