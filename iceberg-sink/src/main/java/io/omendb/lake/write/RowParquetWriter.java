package io.omendb.lake.write;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.parquet.ParquetValueWriter;
import org.apache.iceberg.parquet.ParquetValueWriters;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Writes {@code RowData} as Parquet records whose columns are the row's fields, in order. */
final class RowParquetWriter extends ParquetValueWriters.StructWriter<RowData> {

  private final RowData.FieldGetter[] getters;

  private RowParquetWriter(List<ParquetValueWriter<?>> writers, RowData.FieldGetter[] getters) {
    super(writers);
    this.getters = getters;
  }

  static RowParquetWriter of(RowType rowType, MessageType fileType) {
    if (fileType.getFieldCount() != rowType.getFieldCount()) {
      throw new IllegalArgumentException(
          "file has %d columns, rows have %d fields"
              .formatted(fileType.getFieldCount(), rowType.getFieldCount()));
    }
    List<ParquetValueWriter<?>> writers = new ArrayList<>();
    RowData.FieldGetter[] getters = new RowData.FieldGetter[rowType.getFieldCount()];
    for (int i = 0; i < getters.length; i++) {
      Type column = fileType.getType(i);
      String[] path = {column.getName()};
      ColumnDescriptor descriptor = fileType.getColumnDescription(path);
      writers.add(
          ParquetValueWriters.option(
              column,
              fileType.getMaxDefinitionLevel(path),
              ValueWriters.of(rowType.getTypeAt(i), descriptor)));
      getters[i] = RowData.createFieldGetter(rowType.getTypeAt(i), i);
    }
    return new RowParquetWriter(writers, getters);
  }

  @Override
  @SuppressWarnings("NullAway") // Iceberg's class is unannotated; null is how it says SQL's NULL.
  protected Object get(RowData row, int index) {
    return getters[index].getFieldOrNull(row);
  }
}
