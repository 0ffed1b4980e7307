package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import java.util.Locale;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** {@code boolean}. */
final class BoolType extends PgType {
  BoolType() {
    super(16, "bool", 1, "boolean", 'B');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append((Boolean) datum ? 't' : 'f');
  }

  /** Any unambiguous prefix of true, false, yes, no, on, off; 1 and 0. */
  @Override
  public Object parseText(String text, ZoneId zone) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (word.isEmpty()) {
      throw invalidText(text);
    }
    if ("true".startsWith(word)
        || "yes".startsWith(word)
        || word.equals("on")
        || word.equals("1")) {
      return true;
    }
    if ("false".startsWith(word)
        || "no".startsWith(word)
        || word.equals("of")
        || word.equals("off")
        || word.equals("0")) {
      return false;
    }
    throw invalidText(text);
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    out.writeByte((Boolean) datum ? 1 : 0);
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    requireLength(length, 1);
    return in.readByte() != 0;
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    return row.isNullAt(field) ? null : row.getBoolean(field);
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    return datum;
  }
}
