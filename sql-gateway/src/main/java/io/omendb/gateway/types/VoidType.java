package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code void}, what a function without a result returns; any datum shows as nothing. */
final class VoidType extends PgType {
  VoidType() {
    super(2278, "void", 4, "void", 'P');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {}

  @Override
  public Object parseText(String text, ZoneId zone) {
    return "";
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {}

  @Override
  public Object readBinary(ByteBuf in, int length) {
    in.skipBytes(length);
    return "";
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
