package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code real}. */
final class Float4Type extends PgType {
  Float4Type() {
    super(700, "float4", 4, "real", 'N');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    ShortestDecimal.append(out, (Float) datum);
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    String word = text.strip();
    Double special = Float8Type.specialValue(word);
    if (special != null) {
      return special.floatValue();
    }
    if (Float8Type.isHexadecimal(word)) {
      float value = Float8Type.hexadecimal(word, this).floatValue();
      if (Float.isInfinite(value)) {
        throw Float8Type.rangeError(word, this);
      }
      return value;
    }
    if (!Float8Type.isDecimal(word)) {
      throw invalidText(text);
    }
    float value = Float.parseFloat(word);
    if (Float.isInfinite(value) || (value == 0 && !Float8Type.isZero(word))) {
      throw Float8Type.rangeError(word, this);
    }
    return value;
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeFloat((Float) datum);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 4);
    return in.readFloat();
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getFloat(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
