package io.omendb.lake.write;

import static org.apache.iceberg.TableProperties.PARQUET_ROW_GROUP_CHECK_MIN_RECORD_COUNT;
import static org.apache.iceberg.TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES;
import static org.apache.iceberg.TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES_DEFAULT;
import static org.apache.iceberg.TableProperties.WRITE_TARGET_FILE_SIZE_BYTES;
import static org.apache.iceberg.TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT;

import io.omendb.lake.RowLocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.util.PropertyUtil;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows into Parquet files of a bounded size and says where each row went. Positions are
 * counted here, per file, since Iceberg's writers do not tell. Not thread-safe.
 */
final class RollingDataFiles implements AutoCloseable {

  /** The size is looked at this often only: asking costs a walk over all column writers. */
  private static final long ROWS_PER_SIZE_CHECK = 1_000;

  private final Table table;
  private final RowType rowType;
  private final String namePrefix;
  private final long fileBytesMax;
  private final long rowGroupBytesMax;
  private final List<DataFile> finished = new ArrayList<>();
  private @Nullable DataWriter<RowData> writer;
  private String path = "";
  private long rowCount;
  private int fileCount;

  RollingDataFiles(Table table, RowType rowType, String namePrefix, long rowGroupBytesMax) {
    this.table = table;
    this.rowType = rowType;
    this.namePrefix = namePrefix;
    this.rowGroupBytesMax =
        Math.min(
            rowGroupBytesMax,
            PropertyUtil.propertyAsLong(
                table.properties(),
                PARQUET_ROW_GROUP_SIZE_BYTES,
                PARQUET_ROW_GROUP_SIZE_BYTES_DEFAULT));
    this.fileBytesMax =
        PropertyUtil.propertyAsLong(
            table.properties(), WRITE_TARGET_FILE_SIZE_BYTES, WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT);
  }

  RowLocation write(RowData row) {
    DataWriter<RowData> open = writer == null ? openNext() : writer;
    open.write(row);
    RowLocation location = new RowLocation(path, rowCount++);
    if (rowCount % ROWS_PER_SIZE_CHECK == 0 && open.length() >= fileBytesMax) {
      finishFile();
    }
    return location;
  }

  private DataWriter<RowData> openNext() {
    String name = "%s-%d.parquet".formatted(namePrefix, fileCount++);
    OutputFile file = table.io().newOutputFile(table.locationProvider().newDataLocation(name));
    // The file's own idea of its path is what the data file's metadata will say.
    path = file.location();
    rowCount = 0;
    try {
      DataWriter<RowData> opened =
          Parquet.writeData(file)
              .forTable(table)
              .set(PARQUET_ROW_GROUP_SIZE_BYTES, Long.toString(rowGroupBytesMax))
              // A hundred rows, as without this, may be hundreds of megabytes.
              .set(PARQUET_ROW_GROUP_CHECK_MIN_RECORD_COUNT, "1")
              .schema(FileColumns.of(ManagedSchema.of(table, rowType)))
              .withSpec(PartitionSpec.unpartitioned())
              .createWriterFunc(fileType -> RowParquetWriter.of(rowType, fileType))
              .overwrite(false)
              .build();
      writer = opened;
      return opened;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + path, e);
    }
  }

  private void finishFile() {
    DataWriter<RowData> open = writer;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot finish " + path, e);
    }
    writer = null;
    finished.add(open.toDataFile());
  }

  /** Closes the last file; all files written, in order. */
  List<DataFile> finish() {
    finishFile();
    return List.copyOf(finished);
  }

  /** Closes and deletes what was written. */
  @Override
  public void close() {
    DataWriter<RowData> open = writer;
    writer = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path, e);
    } finally {
      if (open != null) {
        table.io().deleteFile(path);
      }
      finished.forEach(file -> table.io().deleteFile(file.location()));
      finished.clear();
    }
  }
}
