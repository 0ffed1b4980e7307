package io.omendb.lake.write;

import java.util.Arrays;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.iceberg.parquet.ParquetValueWriter;
import org.apache.iceberg.parquet.ParquetValueWriters;
import org.apache.iceberg.parquet.ParquetValueWriters.PrimitiveWriter;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.io.api.Binary;

/** One writer per pair of Flink type and Parquet column. */
final class ValueWriters {

  private ValueWriters() {}

  static ParquetValueWriter<?> of(LogicalType type, ColumnDescriptor column) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> ParquetValueWriters.booleans(column);
      case SMALLINT -> ParquetValueWriters.shorts(column);
      case INTEGER, DATE -> ParquetValueWriters.ints(column);
      case BIGINT -> ParquetValueWriters.longs(column);
      case FLOAT -> ParquetValueWriters.floats(column);
      case DOUBLE -> ParquetValueWriters.doubles(column);
      case DECIMAL ->
          switch (column.getPrimitiveType().getPrimitiveTypeName()) {
            case INT32 -> new IntDecimals(column);
            case INT64 -> new LongDecimals(column);
            case FIXED_LEN_BYTE_ARRAY -> new FixedDecimals(column);
            default -> throw unsupported(type, column);
          };
      case CHAR, VARCHAR -> new Strings(column);
      case BINARY, VARBINARY -> new Bytes(column);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          new TimestampMicros(column);
      default -> throw unsupported(type, column);
    };
  }

  private static IllegalArgumentException unsupported(LogicalType type, ColumnDescriptor column) {
    return new IllegalArgumentException("cannot write %s as column %s".formatted(type, column));
  }

  private static final class IntDecimals extends PrimitiveWriter<DecimalData> {
    IntDecimals(ColumnDescriptor column) {
      super(column);
    }

    @Override
    public void write(int repetitionLevel, DecimalData value) {
      column.writeInteger(repetitionLevel, (int) value.toUnscaledLong());
    }
  }

  private static final class LongDecimals extends PrimitiveWriter<DecimalData> {
    LongDecimals(ColumnDescriptor column) {
      super(column);
    }

    @Override
    public void write(int repetitionLevel, DecimalData value) {
      column.writeLong(repetitionLevel, value.toUnscaledLong());
    }
  }

  /** Big-endian two's complement, sign-extended to the column's length. */
  private static final class FixedDecimals extends PrimitiveWriter<DecimalData> {
    private final int length;

    FixedDecimals(ColumnDescriptor column) {
      super(column);
      this.length = column.getPrimitiveType().getTypeLength();
    }

    @Override
    public void write(int repetitionLevel, DecimalData value) {
      byte[] unscaled = value.toUnscaledBytes();
      byte[] extended = new byte[length];
      Arrays.fill(extended, 0, length - unscaled.length, (byte) (unscaled[0] < 0 ? -1 : 0));
      System.arraycopy(unscaled, 0, extended, length - unscaled.length, unscaled.length);
      column.writeBinary(repetitionLevel, Binary.fromConstantByteArray(extended));
    }
  }

  /** "Reused", because a row's bytes may be the caller's buffer: Parquet copies what it keeps. */
  private static final class Strings extends PrimitiveWriter<StringData> {
    Strings(ColumnDescriptor column) {
      super(column);
    }

    @Override
    public void write(int repetitionLevel, StringData value) {
      column.writeBinary(repetitionLevel, Binary.fromReusedByteArray(value.toBytes()));
    }
  }

  private static final class Bytes extends PrimitiveWriter<byte[]> {
    Bytes(ColumnDescriptor column) {
      super(column);
    }

    @Override
    public void write(int repetitionLevel, byte[] value) {
      column.writeBinary(repetitionLevel, Binary.fromReusedByteArray(value));
    }
  }

  private static final class TimestampMicros extends PrimitiveWriter<TimestampData> {
    TimestampMicros(ColumnDescriptor column) {
      super(column);
    }

    @Override
    public void write(int repetitionLevel, TimestampData value) {
      long micros =
          Math.addExact(
              Math.multiplyExact(value.getMillisecond(), 1_000L),
              value.getNanoOfMillisecond() / 1_000);
      column.writeLong(repetitionLevel, micros);
    }
  }
}
