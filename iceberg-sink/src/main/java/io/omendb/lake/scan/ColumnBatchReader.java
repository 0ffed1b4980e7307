package io.omendb.lake.scan;

import org.apache.flink.table.data.columnar.vector.ColumnVector;
import org.apache.flink.table.data.columnar.vector.heap.AbstractHeapVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapBooleanVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapBytesVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapDoubleVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapFloatVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapIntVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapLongVector;
import org.apache.flink.table.data.columnar.vector.heap.HeapShortVector;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.io.api.Binary;

/** Fills one column's vector, {@code rows} values at a time. */
final class ColumnBatchReader {

  /** Copies one non-null value. */
  private interface ValueReader {
    void read(ColumnReader in, int row);
  }

  private final ColumnDescriptor descriptor;
  private final AbstractHeapVector heap;
  private final ColumnVector vector;
  private final ValueReader values;
  private final int maxDefinitionLevel;

  private ColumnBatchReader(
      ColumnDescriptor descriptor,
      AbstractHeapVector heap,
      ColumnVector vector,
      ValueReader values) {
    this.descriptor = descriptor;
    this.heap = heap;
    this.vector = vector;
    this.values = values;
    this.maxDefinitionLevel = descriptor.getMaxDefinitionLevel();
  }

  static ColumnBatchReader of(LogicalType type, ColumnDescriptor column, int rows) {
    switch (type.getTypeRoot()) {
      case BOOLEAN -> {
        HeapBooleanVector heap = new HeapBooleanVector(rows);
        return plain(column, heap, (in, row) -> heap.vector[row] = in.getBoolean());
      }
      case SMALLINT -> {
        HeapShortVector heap = new HeapShortVector(rows);
        return plain(column, heap, (in, row) -> heap.vector[row] = (short) in.getInteger());
      }
      case INTEGER, DATE -> {
        HeapIntVector heap = new HeapIntVector(rows);
        return plain(column, heap, (in, row) -> heap.vector[row] = in.getInteger());
      }
      case BIGINT -> {
        HeapLongVector heap = longs(rows);
        return plain(column, heap, longReader(column, heap));
      }
      case FLOAT -> {
        HeapFloatVector heap = new HeapFloatVector(rows);
        return plain(column, heap, (in, row) -> heap.vector[row] = in.getFloat());
      }
      case DOUBLE -> {
        HeapDoubleVector heap = new HeapDoubleVector(rows);
        return plain(column, heap, (in, row) -> heap.vector[row] = in.getDouble());
      }
      case CHAR, VARCHAR, BINARY, VARBINARY -> {
        HeapBytesVector heap = new HeapBytesVector(rows);
        return plain(column, heap, (in, row) -> append(heap, row, in.getBinary()));
      }
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {
        HeapLongVector heap = longs(rows);
        return new ColumnBatchReader(
            column, heap, new MicrosVector(heap), (in, row) -> heap.vector[row] = in.getLong());
      }
      case DECIMAL -> {
        return decimals(column, rows);
      }
      default ->
          throw new IllegalArgumentException("cannot read column %s as %s".formatted(column, type));
    }
  }

  private static ColumnBatchReader plain(
      ColumnDescriptor column, AbstractHeapVector heap, ValueReader values) {
    return new ColumnBatchReader(column, heap, heap, values);
  }

  private static HeapLongVector longs(int rows) {
    return new HeapLongVector(rows);
  }

  /** A file from before a column was widened holds ints. */
  private static ValueReader longReader(ColumnDescriptor column, HeapLongVector heap) {
    return switch (column.getPrimitiveType().getPrimitiveTypeName()) {
      case INT32 -> (in, row) -> heap.vector[row] = in.getInteger();
      default -> (in, row) -> heap.vector[row] = in.getLong();
    };
  }

  private static ColumnBatchReader decimals(ColumnDescriptor column, int rows) {
    return switch (column.getPrimitiveType().getPrimitiveTypeName()) {
      case INT32, INT64 -> {
        HeapLongVector heap = longs(rows);
        yield new ColumnBatchReader(
            column, heap, new UnscaledLongVector(heap), longReader(column, heap));
      }
      default -> {
        HeapBytesVector heap = new HeapBytesVector(rows);
        yield new ColumnBatchReader(
            column,
            heap,
            new UnscaledBytesVector(heap),
            (in, row) -> append(heap, row, in.getBinary()));
      }
    };
  }

  private static void append(HeapBytesVector heap, int row, Binary value) {
    byte[] bytes = value.getBytesUnsafe();
    heap.appendBytes(row, bytes, 0, bytes.length);
  }

  ColumnDescriptor descriptor() {
    return descriptor;
  }

  ColumnVector vector() {
    return vector;
  }

  void read(ColumnReader in, int rows) {
    heap.reset();
    for (int row = 0; row < rows; row++) {
      if (in.getCurrentDefinitionLevel() == maxDefinitionLevel) {
        values.read(in, row);
      } else {
        heap.setNullAt(row);
      }
      in.consume();
    }
  }
}
