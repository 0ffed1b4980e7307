package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.jspecify.annotations.Nullable;

/**
 * What the two timestamps share: microseconds since 1970 in 64 bits (so the last one is in January
 * 294247), sent as microseconds since 2000.
 */
abstract class AbstractTimestampType extends PgType {
  private static final long POSTGRES_EPOCH_MICROS =
      DateType.POSTGRES_EPOCH_DAYS * DateTimeParser.MICROS_PER_DAY;

  AbstractTimestampType(int oid, String name, String sqlName) {
    super(oid, name, 8, sqlName, 'D');
  }

  @Override
  public final void writeBinary(ByteBuf out, Object datum) {
    out.writeLong((Long) datum - POSTGRES_EPOCH_MICROS);
  }

  @Override
  public final Object readBinary(ByteBuf in, int length) {
    requireLength(length, 8);
    long sent = in.readLong();
    if (sent == Long.MAX_VALUE || sent == Long.MIN_VALUE) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "infinite values are not supported for type " + sqlName());
    }
    if (sent > Long.MAX_VALUE - POSTGRES_EPOCH_MICROS
        || sent + POSTGRES_EPOCH_MICROS < CivilDate.DAYS_MIN * DateTimeParser.MICROS_PER_DAY) {
      throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range");
    }
    return sent + POSTGRES_EPOCH_MICROS;
  }

  @Override
  public final @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    if (row.isNullAt(field)) {
      return null;
    }
    TimestampData stored = row.getTimestamp(field, 6);
    return stored.getMillisecond() * 1000 + stored.getNanoOfMillisecond() / 1000;
  }

  @Override
  public final Object toStorage(Object datum, ColumnType type) {
    long micros = (Long) datum;
    return TimestampData.fromEpochMillis(
        Math.floorDiv(micros, 1000L), (int) Math.floorMod(micros, 1000L) * 1000);
  }

  /** Appends date and time of day, without the era; returns the year. */
  static long appendLocal(StringBuilder out, long micros) {
    long year = CivilDate.append(out, Math.floorDiv(micros, DateTimeParser.MICROS_PER_DAY));
    out.append(' ');
    CivilDate.appendTime(out, Math.floorMod(micros, DateTimeParser.MICROS_PER_DAY));
    return year;
  }
}
