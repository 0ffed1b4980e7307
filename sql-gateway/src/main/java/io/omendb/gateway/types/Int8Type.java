package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code bigint}. */
final class Int8Type extends IntegerType {
  Int8Type() {
    super(20, "int8", 8, "bigint", Long.MIN_VALUE, Long.MAX_VALUE);
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append((long) (Long) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return parseLong(text);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeLong((Long) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 8);
    return in.readLong();
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getLong(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
