package io.omendb.lake.write;

import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.RowLocation;
import java.util.UUID;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/**
 * Writes one share of a cut. File names start with {@code cut-} and the CSN in 20 digits, so that
 * an orphan is known for one from its name and the lake's CSN.
 */
public final class ParquetCutWriter implements CutWriter {

  private final long cutCsn;
  private final RollingDataFiles dataFiles;
  private final LocationSegmentWriter locations;
  private final FormerPositions formerPositions = new FormerPositions();
  private boolean done;

  public ParquetCutWriter(
      Table table, RowType rowType, long cutCsn, String uniqueSuffix, long rowGroupBytesMax) {
    // The UUID keeps a retry after a crash from meeting the files of the attempt before.
    String name = "cut-%020d-%s-%s".formatted(cutCsn, uniqueSuffix, UUID.randomUUID());
    this.cutCsn = cutCsn;
    this.dataFiles = new RollingDataFiles(table, rowType, name, rowGroupBytesMax);
    this.locations =
        new LocationSegmentWriter(table.io(), LocationFile.pathOf(table, name + ".segment"));
  }

  @Override
  public void upsert(int shard, byte[] key, RowData row, @Nullable RowLocation former) {
    checkOpen();
    locations.add(shard, key, dataFiles.write(row));
    if (former != null) {
      formerPositions.add(former);
    }
  }

  @Override
  public void delete(int shard, byte[] key, @Nullable RowLocation former) {
    checkOpen();
    if (former != null) {
      locations.add(shard, key, null);
      formerPositions.add(former);
    }
  }

  @Override
  public long formerCount() {
    return formerPositions.count();
  }

  @Override
  public CutFiles finish() {
    checkOpen();
    CutFiles files =
        new CutShare(cutCsn, dataFiles.finish(), formerPositions.sorted(), locations.finish())
            .encode();
    done = true;
    return files;
  }

  private void checkOpen() {
    if (done) {
      throw new IllegalStateException("this writer of cut %d is finished".formatted(cutCsn));
    }
  }

  @Override
  public void close() {
    if (!done) {
      done = true;
      try {
        dataFiles.close();
      } finally {
        locations.close();
      }
    }
  }
}
