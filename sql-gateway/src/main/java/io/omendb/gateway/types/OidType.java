package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * {@code oid} and the types that are an oid underneath (regclass, regtype, regproc, regnamespace,
 * xid). The names that the reg types show need a catalog, so the session's functions resolve them;
 * here they are numbers.
 */
final class OidType extends PgType {
  private static final long MAX = 0xFFFF_FFFFL;

  OidType(int oid, String name, char category) {
    super(oid, name, 4, name, category);
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append((long) (Long) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    String number = text.strip();
    long value;
    try {
      value = Long.parseLong(number);
    } catch (NumberFormatException notANumber) {
      throw invalidText(text);
    }
    // PostgreSQL reads a negative oid as its unsigned 32 bits.
    if (value > MAX || value < Integer.MIN_VALUE) {
      throw outOfRange(text);
    }
    return value & MAX;
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeInt((int) (long) (Long) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 4);
    return in.readUnsignedInt();
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
