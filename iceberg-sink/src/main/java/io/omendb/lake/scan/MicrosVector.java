package io.omendb.lake.scan;

import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.columnar.vector.TimestampColumnVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapLongVector;

/** Timestamps over microseconds since 1970. */
record MicrosVector(HeapLongVector micros) implements TimestampColumnVector {

  @Override
  public TimestampData getTimestamp(int row, int precision) {
    long value = micros.vector[row];
    return TimestampData.fromEpochMillis(
        Math.floorDiv(value, 1_000L), (int) Math.floorMod(value, 1_000L) * 1_000);
  }

  @Override
  public boolean isNullAt(int row) {
    return micros.isNullAt(row);
  }
}
