package io.omendb.jobs.table;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.stream.IntStream;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.data.writer.BinaryRowWriter;

/**
 * Rows as the bytes of Flink's {@link BinaryRowData}, so that reading one decodes nothing; behind
 * them what {@link StoredNumerics} keeps. Immutable and thread-safe; one per table schema.
 */
public final class RowCodec {
  private static final int VARIABLE_BYTES_GUESS = 24;

  private final TableSchema schema;
  private final ColumnType[] types;
  private final int fixedBytes;
  private final int initialVariableBytes;

  /** The numeric columns without precision. */
  private final int[] numerics;

  public RowCodec(TableSchema schema) {
    this.schema = schema;
    types = schema.columns().stream().map(Column::type).toArray(ColumnType[]::new);
    fixedBytes = BinaryRowData.calculateFixPartSizeInBytes(types.length);
    int variable = 0;
    for (ColumnType type : types) {
      if (!BinaryRowData.isInFixedLengthPart(type.logicalType(true))) {
        variable += VARIABLE_BYTES_GUESS;
      }
    }
    initialVariableBytes = variable;
    numerics =
        IntStream.range(0, types.length).filter(i -> types[i].isUnconstrainedNumeric()).toArray();
  }

  /** The bytes of a row; NOT_NULL_VIOLATION if a column that must have a value has none. */
  public byte[] encode(RowData row) {
    if (row.getArity() != types.length) {
      throw new IllegalArgumentException(
          "table \"%s\": expected %d columns, got %d"
              .formatted(schema.name(), types.length, row.getArity()));
    }
    for (int i = 0; i < types.length; i++) {
      if (!schema.columns().get(i).nullable() && row.isNullAt(i)) {
        throw new OmenException(
            ErrorCode.NOT_NULL_VIOLATION,
            "null value in column \"%s\" of relation \"%s\" violates not-null constraint"
                .formatted(schema.columns().get(i).name(), schema.name()));
      }
    }
    if (row instanceof BinaryRowData binary) {
      return bytes(binary);
    }
    BinaryRowData target = new BinaryRowData(types.length);
    BinaryRowWriter writer = new BinaryRowWriter(target, initialVariableBytes);
    for (int i = 0; i < types.length; i++) {
      write(writer, i, types[i], row);
    }
    writer.complete();
    byte[] encoded = bytes(target);
    return numerics.length == 0
        ? encoded
        : StoredNumerics.append(encoded, row, numerics, schema.columns());
  }

  /** The row over these bytes, which it keeps and which must not change. */
  public BinaryRowData decode(byte[] bytes) {
    if (bytes.length < fixedBytes) {
      throw new OmenException(
          ErrorCode.DATA_CORRUPTED,
          "row of table \"%s\": expected at least %d bytes, got %d"
              .formatted(schema.name(), fixedBytes, bytes.length));
    }
    BinaryRowData row = new BinaryRowData(types.length);
    row.pointTo(MemorySegmentFactory.wrap(bytes), 0, bytes.length);
    return row;
  }

  private static byte[] bytes(BinaryRowData row) {
    MemorySegment[] segments = row.getSegments();
    return BinarySegmentUtils.copyToBytes(segments, row.getOffset(), row.getSizeInBytes());
  }

  private static void write(BinaryRowWriter writer, int field, ColumnType type, RowData row) {
    boolean isNull = row.isNullAt(field);
    switch (type.kind()) {
      case NUMERIC -> {
        if (isNull && DecimalData.isCompact(type.precision())) {
          writer.setNullAt(field);
          return;
        }
        // Wide decimals and timestamps keep their variable part even when null.
        writer.writeDecimal(
            field,
            isNull ? null : exact(row.getDecimal(field, type.precision(), type.scale()), type),
            type.precision());
      }
      case TIMESTAMP, TIMESTAMPTZ ->
          writer.writeTimestamp(field, isNull ? null : row.getTimestamp(field, 6), 6);
      default -> {
        if (isNull) {
          writer.setNullAt(field);
        } else {
          writeSimple(writer, field, type, row);
        }
      }
    }
  }

  private static void writeSimple(BinaryRowWriter writer, int field, ColumnType type, RowData row) {
    switch (type.kind()) {
      case BOOLEAN -> writer.writeBoolean(field, row.getBoolean(field));
      case SMALLINT -> writer.writeShort(field, row.getShort(field));
      case INTEGER, DATE -> writer.writeInt(field, row.getInt(field));
      case BIGINT, TIME -> writer.writeLong(field, row.getLong(field));
      case REAL -> writer.writeFloat(field, row.getFloat(field));
      case DOUBLE -> writer.writeDouble(field, row.getDouble(field));
      case TEXT, VARCHAR, CHAR -> writer.writeString(field, row.getString(field));
      case BYTEA, UUID -> writer.writeBinary(field, row.getBinary(field));
      case NUMERIC, TIMESTAMP, TIMESTAMPTZ -> throw new AssertionError(type);
    }
  }

  private static DecimalData exact(DecimalData value, ColumnType type) {
    if (value.precision() == type.precision() && value.scale() == type.scale()) {
      return value;
    }
    DecimalData exact =
        DecimalData.fromBigDecimal(value.toBigDecimal(), type.precision(), type.scale());
    if (exact == null) {
      throw new OmenException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "numeric field overflow: %s does not fit precision %d, scale %d"
              .formatted(value, type.precision(), type.scale()));
    }
    return exact;
  }
}
