package io.omendb.gateway.types;

import io.omendb.jobs.table.ColumnType;
import org.apache.flink.table.data.StringData;

/** {@code character(n)}: stored and shown blank-padded to n characters. */
final class BpcharType extends StringType {
  BpcharType() {
    super(1042, "bpchar", -1, "character", 'S');
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    String value = (String) datum;
    if (type.length() == 0) {
      return StringData.fromString(value);
    }
    String fitted = fit(value, type.length());
    int missing = type.length() - fitted.codePointCount(0, fitted.length());
    return StringData.fromString(missing == 0 ? fitted : fitted + " ".repeat(missing));
  }
}
