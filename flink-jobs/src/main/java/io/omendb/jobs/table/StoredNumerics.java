package io.omendb.jobs.table;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.jspecify.annotations.Nullable;

/**
 * The exact values of numeric columns without precision, behind a row's bytes. Such a column is a
 * DECIMAL(38, 16), which neither tells 2.1 from 2.10 nor holds a seventeenth decimal; what that
 * would lose stands in a trailer, which Flink's reader of the row does not see. A row that loses
 * nothing has none.
 *
 * <pre>
 * bytes  content, integers big-endian
 * per value:
 *   2    column
 *   2    display scale
 *   1    n, 0 where the DECIMAL at that scale is the value
 *   n    unscaled value, two's complement
 * at the end:
 *   4    length of the values
 *   4    magic
 * </pre>
 *
 * A row whose own bytes happen to end with the magic gets a trailer without values.
 */
public final class StoredNumerics {
  private static final int MAGIC = 0x6E756D31;
  private static final int FOOTER_BYTES = 8;
  private static final int ENTRY_BYTES = 5;
  private static final int UNSCALED_BYTES_MAX = 255;

  private StoredNumerics() {}

  /** The row's bytes, with a trailer where these values of its {@code columns} need one. */
  static byte[] append(byte[] bytes, RowData row, int[] columns, List<Column> schema) {
    ByteBuffer values = null;
    for (int column : columns) {
      if (row.isNullAt(column)) {
        continue;
      }
      ColumnType type = schema.get(column).type();
      BigDecimal value = row.getDecimal(column, type.precision(), type.scale()).toBigDecimal();
      if (value.scale() == plain(value).scale() && value.scale() <= type.scale()) {
        continue; // read back as it is
      }
      if (values == null) {
        values = ByteBuffer.allocate(columns.length * (ENTRY_BYTES + UNSCALED_BYTES_MAX));
      }
      put(values, column, value, type.scale());
    }
    if (values == null && !endsWithMagic(bytes)) {
      return bytes;
    }
    int length = values == null ? 0 : values.position();
    ByteBuffer out = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + length + FOOTER_BYTES));
    out.position(bytes.length);
    if (values != null) {
      out.put(values.flip());
    }
    return out.putInt(length).putInt(MAGIC).array();
  }

  private static void put(ByteBuffer out, int column, BigDecimal value, int storedScale) {
    boolean exact = plain(value).scale() <= storedScale;
    byte[] unscaled = exact ? new byte[0] : value.unscaledValue().toByteArray();
    if (unscaled.length > UNSCALED_BYTES_MAX) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "a numeric of %d digits in a column is not supported".formatted(value.precision()));
    }
    out.putShort((short) column).putShort((short) value.scale());
    out.put((byte) unscaled.length).put(unscaled);
  }

  /** Without trailing zeros behind the point: what is shown of a value without a trailer. */
  public static BigDecimal plain(BigDecimal value) {
    BigDecimal stripped = value.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  private static boolean endsWithMagic(byte[] bytes) {
    return bytes.length >= 4 && ByteBuffer.wrap(bytes).getInt(bytes.length - 4) == MAGIC;
  }

  /** The exact value of a numeric column without precision that is not null. */
  public static BigDecimal value(RowData row, int column, ColumnType type) {
    DecimalData stored = row.getDecimal(column, type.precision(), type.scale());
    if (stored.scale() != type.scale()) {
      return stored.toBigDecimal(); // not stored yet
    }
    ByteBuffer values = row instanceof BinaryRowData binary ? trailer(binary) : null;
    while (values != null && values.hasRemaining()) {
      int at = values.getShort() & 0xFFFF;
      int scale = values.getShort();
      byte[] unscaled = new byte[values.get() & 0xFF];
      values.get(unscaled);
      if (at == column) {
        return unscaled.length == 0
            ? stored.toBigDecimal().setScale(scale)
            : new BigDecimal(new BigInteger(unscaled), scale);
      }
    }
    return plain(stored.toBigDecimal());
  }

  private static @Nullable ByteBuffer trailer(BinaryRowData row) {
    int size = row.getSizeInBytes();
    MemorySegment[] segments = row.getSegments();
    if (size < FOOTER_BYTES || segments.length != 1) {
      return null;
    }
    int end = row.getOffset() + size;
    if (segments[0].getIntBigEndian(end - 4) != MAGIC) {
      return null;
    }
    int length = segments[0].getIntBigEndian(end - FOOTER_BYTES);
    if (length < 0 || length > size - FOOTER_BYTES) {
      throw new OmenException(
          ErrorCode.DATA_CORRUPTED, "a row of %d bytes has numerics of %d".formatted(size, length));
    }
    byte[] values = new byte[length];
    segments[0].get(end - FOOTER_BYTES - length, values);
    return ByteBuffer.wrap(values);
  }
}
