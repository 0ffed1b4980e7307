package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code smallint}. */
final class Int2Type extends IntegerType {
  Int2Type() {
    super(21, "int2", 2, "smallint", Short.MIN_VALUE, Short.MAX_VALUE);
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append((short) (Short) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return (short) parseLong(text);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeShort((Short) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 2);
    return in.readShort();
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getShort(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
