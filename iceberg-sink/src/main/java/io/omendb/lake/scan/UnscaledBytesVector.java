package io.omendb.lake.scan;

import java.util.Arrays;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.columnar.vector.BytesColumnVector.Bytes;
import org.apache.flink.table.data.columnar.vector.DecimalColumnVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapBytesVector;

/** Decimals over big-endian two's complement bytes. */
record UnscaledBytesVector(HeapBytesVector unscaled) implements DecimalColumnVector {

  @Override
  public DecimalData getDecimal(int row, int precision, int scale) {
    Bytes bytes = unscaled.getBytes(row);
    return DecimalData.fromUnscaledBytes(
        Arrays.copyOfRange(bytes.data, bytes.offset, bytes.offset + bytes.len), precision, scale);
  }

  @Override
  public boolean isNullAt(int row) {
    return unscaled.isNullAt(row);
  }
}
