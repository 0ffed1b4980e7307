package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code time without time zone}: 00:00:00 to 24:00:00. */
final class TimeType extends PgType {
  TimeType() {
    super(1083, "time", 8, "time without time zone", 'D');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    CivilDate.appendTime(out, (Long) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return DateTimeParser.parseTime(this, text, zone);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeLong((Long) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 8);
    long micros = in.readLong();
    if (micros < 0 || micros > DateTimeParser.MICROS_PER_DAY) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "time out of range");
    }
    return micros;
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
