package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code integer}. */
final class Int4Type extends IntegerType {
  Int4Type() {
    super(23, "int4", 4, "integer", Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append((int) (Integer) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return (int) parseLong(text);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeInt((Integer) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 4);
    return in.readInt();
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getInt(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
