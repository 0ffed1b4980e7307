package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code interval}; an expression's type, not a column's. */
final class IntervalType extends PgType {
  IntervalType() {
    super(1186, "interval", 16, "interval", 'T');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    IntervalText.append(out, (PgInterval) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return IntervalText.parse(text);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    PgInterval interval = (PgInterval) datum;
    out.writeLong(interval.micros());
    out.writeInt(interval.days());
    out.writeInt(interval.months());
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 16);
    long micros = in.readLong();
    int days = in.readInt();
    return new PgInterval(in.readInt(), days, micros);
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
