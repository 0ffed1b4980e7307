package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code date}; binary is days since 2000-01-01. */
final class DateType extends PgType {
  static final int POSTGRES_EPOCH_DAYS = 10_957;

  DateType() {
    super(1082, "date", 4, "date", 'D');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    CivilDate.appendEra(out, CivilDate.append(out, (Integer) datum));
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    return DateTimeParser.parseDate(this, text, zone);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeInt((Integer) datum - POSTGRES_EPOCH_DAYS);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 4);
    int sent = in.readInt();
    if (sent == Integer.MAX_VALUE || sent == Integer.MIN_VALUE) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "infinite values are not supported for type date");
    }
    long days = (long) sent + POSTGRES_EPOCH_DAYS;
    if (days < CivilDate.DAYS_MIN || days > CivilDate.DAYS_MAX) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range");
    }
    return (int) days;
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
