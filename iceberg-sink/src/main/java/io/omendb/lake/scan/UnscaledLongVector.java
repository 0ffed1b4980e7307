package io.omendb.lake.scan;

import java.math.BigDecimal;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.columnar.vector.DecimalColumnVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapLongVector;

/** Decimals over unscaled integers; the precision asked for may be beyond a long's. */
record UnscaledLongVector(HeapLongVector unscaled) implements DecimalColumnVector {

  private static final int LONG_PRECISION_MAX = 18;

  @Override
  public DecimalData getDecimal(int row, int precision, int scale) {
    long value = unscaled.vector[row];
    if (precision <= LONG_PRECISION_MAX) {
      return DecimalData.fromUnscaledLong(value, precision, scale);
    }
    DecimalData wide =
        DecimalData.fromBigDecimal(BigDecimal.valueOf(value, scale), precision, scale);
    if (wide == null) {
      throw new IllegalStateException(
          "%d does not fit numeric(%d, %d)".formatted(value, precision, scale));
    }
    return wide;
  }

  @Override
  public boolean isNullAt(int row) {
    return unscaled.isNullAt(row);
  }
}
