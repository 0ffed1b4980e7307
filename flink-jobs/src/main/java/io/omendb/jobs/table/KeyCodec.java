package io.omendb.jobs.table;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.jspecify.annotations.Nullable;

/**
 * Primary keys as bytes whose unsigned lexicographic order is the keys' SQL order. Immutable and
 * thread-safe; one per table schema.
 *
 * <p>A key is its columns' encodings one after the other; each is self-delimiting, so the encoding
 * of a prefix of columns is a byte prefix of the keys that have it. All integers are big-endian.
 *
 * <pre>
 * type                    bytes  encoding
 * boolean                 1      0 or 1
 * smallint                2      value with the sign bit flipped
 * integer, date           4      value with the sign bit flipped
 * bigint, time            8      value with the sign bit flipped
 * real                    4      IEEE bits; negative: all bits inverted, else sign bit set
 * double precision        8      likewise; -0 is 0, every NaN is one value above all others
 * numeric, precision ≤ 18 8      unscaled value with the sign bit flipped
 * numeric, precision > 18 16     likewise, two's complement
 * timestamp, timestamptz  8      microseconds since 1970 with the sign bit flipped
 * uuid                    16     as is
 * text, varchar, bytea    n + 2  bytes (UTF-8), 00 as 00 FF, then 00 01
 * char                    n + 2  likewise, without trailing blanks, which do not count in SQL
 * </pre>
 *
 * <p>Strings order by code point, which is PostgreSQL's "C" collation. A table without a primary
 * key has keys of its own, see {@link #rowKey(long, int)}.
 */
public final class KeyCodec {
  /** A key's size limit, far above what an index should hold and far below a block's. */
  public static final int KEY_BYTES_MAX = 16 << 10;

  /** Bytes of the key of a row in a table without a primary key. */
  public static final int ROW_KEY_BYTES = 12;

  private final TableSchema schema;
  private final int[] columns;
  private final ColumnType[] types;

  public KeyCodec(TableSchema schema) {
    this.schema = schema;
    columns = schema.primaryKey().stream().mapToInt(Integer::intValue).toArray();
    types = new ColumnType[columns.length];
    for (int i = 0; i < columns.length; i++) {
      types[i] = schema.columns().get(columns[i]).type();
    }
  }

  /** Bytes from {@code fromInclusive} to before {@code toExclusive}; null is open. */
  public record ByteRange(byte[] fromInclusive, byte @Nullable [] toExclusive) {
    public boolean isEmpty() {
      return toExclusive != null && Arrays.compareUnsigned(fromInclusive, toExclusive) >= 0;
    }
  }

  /** The key of a row in a table without a primary key: CSN, then the row's ordinal in it. */
  public static byte[] rowKey(long csn, int ordinal) {
    KeyWriter out = new KeyWriter(ROW_KEY_BYTES);
    out.putLong(csn);
    out.putInt(ordinal);
    return out.toKey();
  }

  /** The key of a row of this table; NOT_NULL_VIOLATION if a key column is null. */
  public byte[] encode(RowData row) {
    requirePrimaryKey();
    KeyWriter out = new KeyWriter(capacity());
    for (int i = 0; i < columns.length; i++) {
      if (row.isNullAt(columns[i])) {
        throw nullInKey(i);
      }
      encode(out, types[i], field(row, columns[i], types[i]));
    }
    return out.toKey();
  }

  /** The key of these storage values, all key columns in key order. */
  public byte[] encode(List<? extends @Nullable Object> keyValues) {
    if (keyValues.size() != columns.length) {
      throw new IllegalArgumentException(
          "expected %d key values, got %d".formatted(columns.length, keyValues.size()));
    }
    return encodePrefix(keyValues);
  }

  /** The byte prefix that all keys with these leading values share. */
  public byte[] encodePrefix(List<? extends @Nullable Object> prefix) {
    requirePrimaryKey();
    KeyWriter out = new KeyWriter(capacity());
    put(out, prefix);
    return out.toKey();
  }

  /**
   * The keys that equal {@code prefix} on the leading columns and lie within the bounds on the next
   * one. A null bound is open. For a table without a primary key only the whole range exists.
   */
  public ByteRange range(
      List<Object> prefix,
      @Nullable Object lower,
      boolean lowerInclusive,
      @Nullable Object upper,
      boolean upperInclusive) {
    if (prefix.isEmpty() && lower == null && upper == null) {
      return new ByteRange(new byte[0], null);
    }
    byte[] start = encodePrefix(prefix);
    byte[] from = start;
    if (lower != null) {
      byte[] bound = bounded(prefix, lower);
      // After an exclusive bound come the keys behind all that share its encoding.
      byte[] after = lowerInclusive ? bound : successor(bound);
      if (after == null) {
        return new ByteRange(bound, bound);
      }
      from = after;
    }
    byte[] to = successor(start);
    if (upper != null) {
      byte[] bound = bounded(prefix, upper);
      to = upperInclusive ? successor(bound) : bound;
    }
    return new ByteRange(from, to);
  }

  /** The smallest byte string above all that start with {@code prefix}; null if there is none. */
  public static byte @Nullable [] successor(byte[] prefix) {
    int last = prefix.length - 1;
    while (last >= 0 && prefix[last] == (byte) 0xFF) {
      last--;
    }
    if (last < 0) {
      return null;
    }
    byte[] next = Arrays.copyOf(prefix, last + 1);
    next[last]++;
    return next;
  }

  /**
   * Length of the leading part of {@code key} that decides its shard: the first key column, or all
   * of a key that is no primary key.
   */
  public int distributionLength(byte[] key) {
    return columns.length == 0 ? key.length : encodedLength(types[0], key);
  }

  /** The shard of the row with that key. */
  public int shard(byte[] key, int shardCount) {
    return Sharding.shard(key, distributionLength(key), shardCount);
  }

  /** The one shard that holds every key with this non-empty prefix of storage values. */
  public int shardOfPrefix(List<Object> prefix, int shardCount) {
    byte[] encoded = encodePrefix(prefix.subList(0, 1));
    return Sharding.shard(encoded, encoded.length, shardCount);
  }

  private byte[] bounded(List<Object> prefix, Object bound) {
    if (prefix.size() >= columns.length) {
      throw new IllegalArgumentException(
          "a bound after all %d key columns".formatted(columns.length));
    }
    KeyWriter out = new KeyWriter(capacity());
    put(out, prefix);
    encode(out, types[prefix.size()], bound);
    return out.toKey();
  }

  private void put(KeyWriter out, List<? extends @Nullable Object> values) {
    if (values.size() > columns.length) {
      throw new IllegalArgumentException(
          "expected at most %d key values, got %d".formatted(columns.length, values.size()));
    }
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i);
      if (value == null) {
        throw nullInKey(i);
      }
      encode(out, types[i], value);
    }
  }

  private void requirePrimaryKey() {
    if (columns.length == 0) {
      throw new IllegalStateException("table \"" + schema.name() + "\" has no primary key");
    }
  }

  private OmenException nullInKey(int keyColumn) {
    return new OmenException(
        ErrorCode.NOT_NULL_VIOLATION,
        "null value in column \"%s\" of relation \"%s\" violates not-null constraint"
            .formatted(schema.columns().get(columns[keyColumn]).name(), schema.name()));
  }

  private int capacity() {
    return 16 * columns.length;
  }

  private static Object field(RowData row, int column, ColumnType type) {
    return switch (type.kind()) {
      case BOOLEAN -> row.getBoolean(column);
      case SMALLINT -> row.getShort(column);
      case INTEGER, DATE -> row.getInt(column);
      case BIGINT, TIME -> row.getLong(column);
      case REAL -> row.getFloat(column);
      case DOUBLE -> row.getDouble(column);
      case NUMERIC -> row.getDecimal(column, type.precision(), type.scale());
      case TEXT, VARCHAR, CHAR -> row.getString(column);
      case TIMESTAMP, TIMESTAMPTZ -> row.getTimestamp(column, 6);
      case BYTEA, UUID -> row.getBinary(column);
    };
  }

  private static void encode(KeyWriter out, ColumnType type, Object value) {
    switch (type.kind()) {
      case BOOLEAN -> out.putByte((Boolean) value ? 1 : 0);
      case SMALLINT -> out.putShort((Short) value ^ Short.MIN_VALUE);
      case INTEGER, DATE -> out.putInt((Integer) value ^ Integer.MIN_VALUE);
      case BIGINT, TIME -> out.putLong((Long) value ^ Long.MIN_VALUE);
      case REAL -> out.putInt(ordered((Float) value));
      case DOUBLE -> out.putLong(ordered((Double) value));
      case NUMERIC -> encodeNumeric(out, type, (DecimalData) value);
      case TEXT, VARCHAR -> {
        byte[] utf8 = utf8((StringData) value);
        out.putTerminated(utf8, utf8.length);
      }
      case CHAR -> {
        byte[] utf8 = utf8((StringData) value);
        int length = utf8.length;
        while (length > 0 && utf8[length - 1] == ' ') {
          length--;
        }
        out.putTerminated(utf8, length);
      }
      case TIMESTAMP, TIMESTAMPTZ -> out.putLong(micros((TimestampData) value) ^ Long.MIN_VALUE);
      case BYTEA -> {
        byte[] raw = (byte[]) value;
        out.putTerminated(raw, raw.length);
      }
      case UUID -> {
        byte[] raw = (byte[]) value;
        if (raw.length != 16) {
          throw new IllegalArgumentException("expected a uuid of 16 bytes, got " + raw.length);
        }
        out.putRaw(raw);
      }
    }
  }

  private static byte[] utf8(StringData value) {
    byte[] bytes = value.toBytes();
    return bytes == null ? value.toString().getBytes(StandardCharsets.UTF_8) : bytes;
  }

  private static int ordered(float value) {
    int bits = Float.floatToIntBits(value == 0f ? 0f : value);
    return bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE;
  }

  private static long ordered(double value) {
    long bits = Double.doubleToLongBits(value == 0d ? 0d : value);
    return bits < 0 ? ~bits : bits ^ Long.MIN_VALUE;
  }

  private static long micros(TimestampData value) {
    return Math.addExact(
        Math.multiplyExact(value.getMillisecond(), 1000L), value.getNanoOfMillisecond() / 1000);
  }

  private static void encodeNumeric(KeyWriter out, ColumnType type, DecimalData value) {
    BigDecimal exact = value.toBigDecimal();
    if (exact.scale() > type.scale() && StoredNumerics.plain(exact).scale() > type.scale()) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "a numeric key of more than %d decimals is not supported: %s"
              .formatted(type.scale(), exact.toPlainString()));
    }
    BigDecimal scaled = exact.setScale(type.scale(), RoundingMode.UNNECESSARY);
    BigInteger unscaled = scaled.unscaledValue();
    if (isShortNumeric(type)) {
      out.putLong(unscaled.longValueExact() ^ Long.MIN_VALUE);
    } else {
      out.putLong(unscaled.shiftRight(64).longValueExact() ^ Long.MIN_VALUE);
      out.putLong(unscaled.longValue());
    }
  }

  private static boolean isShortNumeric(ColumnType type) {
    return type.precision() <= 18;
  }

  private static int encodedLength(ColumnType type, byte[] key) {
    return switch (type.kind()) {
      case BOOLEAN -> 1;
      case SMALLINT -> 2;
      case INTEGER, DATE, REAL -> 4;
      case BIGINT, TIME, DOUBLE, TIMESTAMP, TIMESTAMPTZ -> 8;
      case NUMERIC -> isShortNumeric(type) ? 8 : 16;
      case UUID -> 16;
      case TEXT, VARCHAR, CHAR, BYTEA -> terminatedLength(type.kind(), key);
    };
  }

  private static int terminatedLength(Kind kind, byte[] key) {
    for (int i = 0; i + 1 < key.length; i++) {
      if (key[i] == KeyWriter.ESCAPE) {
        if (key[i + 1] == KeyWriter.TERMINATOR) {
          return i + 2;
        }
        i++;
      }
    }
    throw new OmenException(
        ErrorCode.DATA_CORRUPTED,
        "key of %d bytes has no end of its %s column".formatted(key.length, kind));
  }
}
