package io.omendb.lake.scan;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.table.data.columnar.vector.ColumnVector;
import org.apache.flink.table.data.columnar.vector.VectorizedColumnBatch;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.io.InputFile;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Some columns of a Parquet file as batches of vectors. Columns are found by Iceberg's field id;
 * one that the file does not have is null throughout. All row groups are read, in order, so a row's
 * position is a running count. Each page's checksum is verified. Not thread-safe.
 */
final class ParquetColumns implements Closeable {

  static final int BATCH_ROWS = 2_048;

  private final String file;
  private final ParquetFileReader reader;
  private final MessageType projection;
  private final String createdBy;
  private final List<ColumnBatchReader> columns;
  private final VectorizedColumnBatch batch;
  private List<ColumnReader> rowGroupColumns = List.of();
  private long rowsLeftInGroup;
  private long nextPosition;
  private int batchRows;

  private ParquetColumns(
      String file,
      ParquetFileReader reader,
      MessageType projection,
      List<ColumnBatchReader> columns,
      VectorizedColumnBatch batch) {
    this.file = file;
    this.reader = reader;
    this.projection = projection;
    this.createdBy = reader.getFileMetaData().getCreatedBy();
    this.columns = columns;
    this.batch = batch;
  }

  /** All fields of {@code rowType}, each of which the file must have. */
  static ParquetColumns openWhole(InputFile input, Schema schema, RowType rowType)
      throws IOException {
    int[] fields = IntStream.range(0, rowType.getFieldCount()).toArray();
    ParquetColumns opened = open(input, schema, rowType, fields);
    if (opened.columns.size() < fields.length) {
      opened.close();
      throw new LakeException(
          Reason.CORRUPT_FILE,
          "data file %s has %d of %d columns"
              .formatted(input.location(), opened.columns.size(), fields.length));
    }
    return opened;
  }

  /** Opens the file and reads its footer. {@code fields} are indexes into {@code rowType}. */
  static ParquetColumns open(InputFile input, Schema schema, RowType rowType, int[] fields)
      throws IOException {
    ParquetFileReader reader =
        ParquetFileReader.open(
            new ParquetInput(input),
            ParquetReadOptions.builder(new PlainParquetConfiguration())
                .usePageChecksumVerification(true)
                .build());
    try {
      MessageType fileType = reader.getFileMetaData().getSchema();
      Map<Integer, Type> byId = new HashMap<>();
      for (Type column : fileType.getFields()) {
        if (column.getId() != null) {
          byId.put(column.getId().intValue(), column);
        }
      }
      Set<Type> projected = new LinkedHashSet<>();
      List<ColumnBatchReader> columns = new ArrayList<>();
      ColumnVector[] vectors = new ColumnVector[fields.length];
      for (int i = 0; i < fields.length; i++) {
        LogicalType type = rowType.getTypeAt(fields[i]);
        Type column = byId.get(schema.columns().get(fields[i]).fieldId());
        if (column == null) {
          vectors[i] = AllNullVector.INSTANCE;
        } else {
          projected.add(column);
          ColumnBatchReader batchReader =
              ColumnBatchReader.of(
                  type, fileType.getColumnDescription(new String[] {column.getName()}), BATCH_ROWS);
          columns.add(batchReader);
          vectors[i] = batchReader.vector();
        }
      }
      MessageType projection = new MessageType(fileType.getName(), new ArrayList<>(projected));
      reader.setRequestedSchema(projection);
      return new ParquetColumns(
          input.location(), reader, projection, columns, new VectorizedColumnBatch(vectors));
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  String file() {
    return file;
  }

  VectorizedColumnBatch batch() {
    return batch;
  }

  /** How many rows were read, skipped ones included. */
  long rowsRead() {
    return nextPosition;
  }

  /** Position in the file of the batch's first row. */
  long batchPosition() {
    return nextPosition - batchRows;
  }

  int batchRows() {
    return batchRows;
  }

  /** Reads the next batch; false after the last. */
  boolean nextBatch() throws IOException {
    while (rowsLeftInGroup == 0) {
      if (!nextRowGroup()) {
        batchRows = 0;
        return false;
      }
    }
    batchRows = (int) Math.min(BATCH_ROWS, rowsLeftInGroup);
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).read(rowGroupColumns.get(i), batchRows);
    }
    batch.setNumRows(batchRows);
    rowsLeftInGroup -= batchRows;
    nextPosition += batchRows;
    return true;
  }

  private boolean nextRowGroup() throws IOException {
    PageReadStore pages = reader.readNextRowGroup();
    if (pages == null) {
      return false;
    }
    ColumnReadStoreImpl opened =
        new ColumnReadStoreImpl(pages, new IgnoringConverter(), projection, createdBy);
    List<ColumnReader> readers = new ArrayList<>();
    for (ColumnBatchReader column : columns) {
      readers.add(opened.getColumnReader(column.descriptor()));
    }
    rowGroupColumns = readers;
    rowsLeftInGroup = pages.getRowCount();
    return true;
  }

  @Override
  public void close() throws IOException {
    rowGroupColumns = List.of();
    reader.close();
  }
}
