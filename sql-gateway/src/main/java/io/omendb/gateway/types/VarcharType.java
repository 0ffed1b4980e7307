package io.omendb.gateway.types;

import io.omendb.jobs.table.ColumnType;
import org.apache.flink.table.data.StringData;

/** {@code character varying(n)}; n counts characters. */
final class VarcharType extends StringType {
  VarcharType() {
    super(1043, "varchar", -1, "character varying", 'S');
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    String value = (String) datum;
    return StringData.fromString(type.length() == 0 ? value : fit(value, type.length()));
  }
}
