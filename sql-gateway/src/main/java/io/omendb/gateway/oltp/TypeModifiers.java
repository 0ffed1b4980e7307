package io.omendb.gateway.oltp;

import io.omendb.jobs.table.ColumnType;
import org.apache.calcite.rel.type.RelDataType;

/** The length, precision and scale that a cast's target type asks for. */
final class TypeModifiers {
  private static final int LENGTH_MAX = 10_485_760;

  private TypeModifiers() {}

  /** n of varchar(n) and char(n); 0 for none. */
  static int length(RelDataType type) {
    int precision = type.getPrecision();
    return precision > 0 && precision <= LENGTH_MAX ? precision : 0;
  }

  /** Whether it is numeric(p,s) and not plain numeric. */
  static boolean isConstrained(RelDataType type) {
    int precision = type.getPrecision();
    return precision > 0
        && precision <= ColumnType.NUMERIC_PRECISION_MAX
        && !(precision == ColumnType.NUMERIC_PRECISION_MAX
            && type.getScale() == ColumnType.NUMERIC_SCALE_DEFAULT);
  }
}
