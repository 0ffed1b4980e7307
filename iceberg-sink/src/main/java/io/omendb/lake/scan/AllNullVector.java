package io.omendb.lake.scan;

import org.apache.flink.table.data.columnar.vector.ColumnVector;

/** A column that the file was written without. */
enum AllNullVector implements ColumnVector {
  INSTANCE;

  @Override
  public boolean isNullAt(int row) {
    return true;
  }
}
