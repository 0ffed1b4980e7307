package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.nio.ByteBuffer;
import java.time.ZoneId;
import java.util.UUID;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code uuid}; stored as 16 bytes, big-endian, so that byte order is PostgreSQL's order. */
final class UuidType extends PgType {
  UuidType() {
    super(2950, "uuid", 16, "uuid", 'U');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append(datum);
  }

  /** Hex digits in any case, optional braces, an optional hyphen after each four digits. */
  @Override
  public Object parseText(String text, ZoneId zone) {
    int i = 0;
    int end = text.length();
    if (end >= 2 && text.charAt(0) == '{') {
      if (text.charAt(end - 1) != '}') {
        throw invalidText(text);
      }
      i = 1;
      end--;
    }
    long high = 0;
    long low = 0;
    int digits = 0;
    for (; i < end && digits < 32; i++) {
      char c = text.charAt(i);
      if (c == '-' && digits > 0 && digits % 4 == 0 && text.charAt(i - 1) != '-') {
        continue;
      }
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw invalidText(text);
      }
      if (digits < 16) {
        high = high << 4 | digit;
      } else {
        low = low << 4 | digit;
      }
      digits++;
    }
    if (digits != 32 || i != end) {
      throw invalidText(text);
    }
    return new UUID(high, low);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    UUID uuid = (UUID) datum;
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 16);
    return new UUID(in.readLong(), in.readLong());
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    if (row.isNullAt(field)) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(row.getBinary(field));
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    UUID uuid = (UUID) datum;
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }
}
