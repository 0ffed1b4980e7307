package io.omendb.lake.scan;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeScan;
import io.omendb.lake.StorageFailures;
import io.omendb.lake.write.ManagedSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.BaseDeleteLoader;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.CloseableIterable;

/**
 * A scan of one snapshot. {@link #read} needs the snapshot's files only, not its metadata, and may
 * be called by several threads.
 */
public final class SnapshotScan implements LakeScan {

  private final Table table;
  private final long snapshotId;
  private final RowType rowType;
  private final BaseDeleteLoader deleteLoader;

  public SnapshotScan(Table table, long snapshotId, RowType rowType) {
    this.table = table;
    this.snapshotId = snapshotId;
    this.rowType = rowType;
    this.deleteLoader = new BaseDeleteLoader(file -> table.io().newInputFile(file.location()));
  }

  @Override
  public List<FileSplit> files() {
    if (table.snapshot(snapshotId) == null) {
      StorageFailures.named(
          "look at " + table.name(),
          () -> {
            table.refresh();
            return true;
          });
      if (table.snapshot(snapshotId) == null) {
        throw new LakeException(
            Reason.NO_SUCH_SNAPSHOT,
            "lake table %s has no snapshot %d (any more)".formatted(table.name(), snapshotId));
      }
    }
    return StorageFailures.named("plan a scan of " + table.name(), this::plan);
  }

  private List<FileSplit> plan() {
    List<FileSplit> splits = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().useSnapshot(snapshotId).planFiles()) {
      tasks.forEach(task -> splits.add(SplitCodec.encode(task)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return splits;
  }

  @Override
  public RowIterator read(FileSplit split, int[] fields, PositionMask mask) {
    PositionMask deleted =
        StorageFailures.named(
            "read the deletes of " + split.dataFile(), () -> deletedPositions(split));
    PositionMask skipped =
        deleted == PositionMask.NONE
            ? mask
            : mask == PositionMask.NONE
                ? deleted
                : position -> deleted.isMasked(position) || mask.isMasked(position);
    if (fields.length == 0) {
      return new CountingIterator(split.rowCount(), skipped);
    }
    String file = split.dataFile();
    return ParquetFailures.named(
        file, () -> new ParquetRowIterator(open(file, fields), skipped, split.rowCount()));
  }

  @Override
  public LocatedRows readWhole(FileSplit split) {
    String file = split.dataFile();
    PositionMask deleted =
        StorageFailures.named("read the deletes of " + file, () -> deletedPositions(split));
    return ParquetFailures.named(
        file,
        () ->
            new ParquetRowIterator(
                ParquetColumns.openWhole(
                    table.io().newInputFile(file), ManagedSchema.of(table, rowType), rowType),
                deleted,
                split.rowCount()));
  }

  private ParquetColumns open(String file, int[] fields) throws IOException {
    return ParquetColumns.open(
        table.io().newInputFile(file), ManagedSchema.of(table, rowType), rowType, fields);
  }

  private PositionMask deletedPositions(FileSplit split) {
    List<DeleteFile> deletes = SplitCodec.deletesOf(split);
    if (deletes.isEmpty()) {
      return PositionMask.NONE;
    }
    PositionDeleteIndex index = deleteLoader.loadPositionDeletes(deletes, split.dataFile());
    return index.isEmpty() ? PositionMask.NONE : index::isDeleted;
  }
}
