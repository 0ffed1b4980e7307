package io.omendb.lake.scan;

import io.omendb.lake.LakeScan.PositionMask;
import io.omendb.lake.LakeScan.RowIterator;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/** As many empty rows as a file has live ones, without opening it. */
final class CountingIterator implements RowIterator {

  private static final RowData EMPTY = new GenericRowData(0);

  private final long rowCount;
  private final PositionMask skipped;
  private long nextPosition;

  CountingIterator(long rowCount, PositionMask skipped) {
    this.rowCount = rowCount;
    this.skipped = skipped;
  }

  @Override
  public boolean next() {
    while (nextPosition < rowCount) {
      if (!skipped.isMasked(nextPosition++)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public RowData row() {
    return EMPTY;
  }

  @Override
  public void close() {}
}
