package io.omendb.lake.scan;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeScan.LocatedRows;
import io.omendb.lake.LakeScan.PositionMask;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.columnar.ColumnarRowData;

/**
 * Walks the batches of a file, over a selection of the positions that are not skipped. The returned
 * row is a view of the batch, valid until the next {@link #next()}.
 */
final class ParquetRowIterator implements LocatedRows {

  private final ParquetColumns columns;
  private final PositionMask skipped;
  private final long rowCount;
  private final int[] selected = new int[ParquetColumns.BATCH_ROWS];
  private final ColumnarRowData row;
  private int selectedCount;
  private int nextSelected;

  private int current;

  /**
   * @param rowCount rows that the file must have
   */
  ParquetRowIterator(ParquetColumns columns, PositionMask skipped, long rowCount) {
    this.columns = columns;
    this.rowCount = rowCount;
    this.skipped = skipped;
    this.row = new ColumnarRowData(columns.batch());
  }

  @Override
  public boolean next() {
    while (nextSelected == selectedCount) {
      if (!ParquetFailures.named(columns.file(), columns::nextBatch)) {
        requireAll();
        return false;
      }
      select(columns.batchPosition(), columns.batchRows());
    }
    current = selected[nextSelected++];
    row.setRowId(current);
    return true;
  }

  private void requireAll() {
    if (columns.rowsRead() != rowCount) {
      throw new LakeException(
          Reason.CORRUPT_FILE,
          "data file %s has %d rows, expected %d"
              .formatted(columns.file(), columns.rowsRead(), rowCount));
    }
  }

  @Override
  public long position() {
    return columns.batchPosition() + current;
  }

  private void select(long firstPosition, int rows) {
    int count = 0;
    if (skipped == PositionMask.NONE) {
      while (count < rows) {
        selected[count] = count;
        count++;
      }
    } else {
      for (int i = 0; i < rows; i++) {
        if (!skipped.isMasked(firstPosition + i)) {
          selected[count++] = i;
        }
      }
    }
    selectedCount = count;
    nextSelected = 0;
  }

  @Override
  public RowData row() {
    return row;
  }

  @Override
  public void close() {
    try {
      columns.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + columns.file(), e);
    }
  }
}
