package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * {@code record}, an anonymous composite; its datum is the {@link List} of its fields' datums, all
 * of them numbers: such records are what the catalogs' own functions make.
 */
final class RecordType extends PgType {
  RecordType() {
    super(2249, "record", -1, "record", 'P');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append('(');
    String separator = "";
    for (Object field : (List<?>) datum) {
      out.append(separator);
      if (field != null) {
        out.append(field);
      }
      separator = ",";
    }
    out.append(')');
  }

  private static OmenException noInput() {
    return new OmenException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "input of anonymous composite types is not implemented");
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    throw noInput();
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    throw new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, "records have no binary form here");
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    throw noInput();
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
