package io.omendb.lake.catalog;

import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeTable;
import io.omendb.lake.StorageFailures;
import io.omendb.lake.commit.CutSummary;
import io.omendb.lake.commit.LakeCommitter;
import io.omendb.lake.delete.LiveFilesCache;
import io.omendb.lake.maintain.SnapshotExpiry;
import io.omendb.lake.scan.SnapshotScan;
import io.omendb.lake.write.LocationFile;
import io.omendb.lake.write.ManagedSchema;
import io.omendb.lake.write.ParquetCutWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.apache.iceberg.util.SnapshotUtil;

/**
 * A managed Iceberg table. What looks at or changes the metadata is synchronized, since Iceberg's
 * table operations are not thread-safe; writers and readers of files run beside it.
 */
final class IcebergLakeTable implements LakeTable {

  private final TableIdentifier identifier;
  private final Table table;
  private final String databaseId;
  private final int tableId;
  private final RowType rowType;
  private final LakeCommitter committer;

  IcebergLakeTable(TableIdentifier identifier, Table table, LiveFilesCache liveFiles) {
    this.identifier = identifier;
    this.table = table;
    String id = table.properties().get(TableProperty.TABLE_ID);
    if (id == null || !table.properties().containsKey(TableProperty.ROW_TYPE)) {
      throw new LakeException(
          Reason.FOREIGN_TABLE,
          "lake table %s has no property %s: it was not created by OmenDB"
              .formatted(identifier, TableProperty.TABLE_ID));
    }
    this.databaseId = table.properties().getOrDefault(TableProperty.DATABASE_ID, "");
    this.tableId = Integer.parseInt(id);
    this.rowType = TableProperty.rowType(table);
    this.committer = new LakeCommitter(table, tableId, liveFiles);
  }

  @Override
  public String namespace() {
    return identifier.namespace().toString();
  }

  @Override
  public String name() {
    return identifier.name();
  }

  @Override
  public String databaseId() {
    return databaseId;
  }

  @Override
  public int tableId() {
    return tableId;
  }

  @Override
  public synchronized Optional<LakeCut> current() {
    refresh();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      Optional<LakeCut> cut = CutSummary.cutOf(snapshot);
      if (cut.isPresent()) {
        return cut;
      }
    }
    return Optional.empty();
  }

  @Override
  public synchronized Optional<LakeCut> cut(long cutCsn) {
    refresh();
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      Optional<LakeCut> cut = CutSummary.cutOf(snapshot);
      if (cut.isPresent() && cut.get().csn() <= cutCsn) {
        return cut.filter(found -> found.csn() == cutCsn);
      }
    }
    return Optional.empty();
  }

  private void refresh() {
    StorageFailures.named(
        "look at " + identifier,
        () -> {
          table.refresh();
          return true;
        });
  }

  @Override
  public CutWriter newCutWriter(long cutCsn, String uniqueSuffix, long rowGroupBytesMax) {
    return StorageFailures.named(
        "write to " + identifier,
        () -> new ParquetCutWriter(table, rowType, cutCsn, uniqueSuffix, rowGroupBytesMax));
  }

  @Override
  public synchronized LakeCut commit(
      long cutCsn, long epoch, long parentCsn, List<CutFiles> shares) {
    return StorageFailures.named(
        "commit cut %d of %s".formatted(cutCsn, identifier),
        () -> committer.commit(cutCsn, epoch, parentCsn, shares));
  }

  @Override
  public LocationCursor readLocations(String locationFile) {
    return StorageFailures.named(
        "read locations of " + identifier, () -> LocationFile.read(table.io(), locationFile));
  }

  @Override
  public LakeScan scan(long snapshotId) {
    return new SnapshotScan(table, snapshotId, rowType);
  }

  @Override
  public void requireColumns(Schema schema, RowType expected) {
    // Formatted alike: as objects, types that were read differ from those that were made.
    String found = ManagedSchema.of(table, rowType).asStruct().toString();
    if (!found.equals(schema.asStruct().toString())
        || !rowType.asSerializableString().equals(expected.asSerializableString())) {
      throw new LakeException(
          Reason.FOREIGN_SCHEMA,
          "lake table %s has the columns %s of %s, expected %s of %s"
              .formatted(identifier, found, rowType, schema.asStruct(), expected));
    }
  }

  @Override
  public synchronized long liveRows(long snapshotId) {
    Snapshot snapshot = table.snapshot(snapshotId);
    if (snapshot == null) {
      throw new LakeException(
          Reason.NO_SUCH_SNAPSHOT,
          "lake table %s has no snapshot %d".formatted(identifier, snapshotId));
    }
    try {
      Map<String, String> summary = snapshot.summary();
      return Long.parseLong(String.valueOf(summary.get(SnapshotSummary.TOTAL_RECORDS_PROP)))
          - Long.parseLong(String.valueOf(summary.get(SnapshotSummary.TOTAL_POS_DELETES_PROP)));
    } catch (NumberFormatException e) {
      throw new LakeException(
          Reason.CORRUPT_FILE,
          "snapshot %d of lake table %s does not say how many rows it has"
              .formatted(snapshotId, identifier),
          e);
    }
  }

  @Override
  public synchronized void expire(long oldestNeededCsn) {
    StorageFailures.named(
        "expire snapshots of " + identifier,
        () -> {
          new SnapshotExpiry(table).expire(oldestNeededCsn);
          return true;
        });
  }

  /**
   * Drops the table from the catalog, then its files: those that metadata lists, and where storage
   * can list files everything else below the table's location, location files and orphans.
   */
  synchronized void dropFrom(Catalog catalog) {
    catalog.dropTable(identifier, true);
    if (table.io() instanceof SupportsPrefixOperations storage) {
      storage.deletePrefix(table.location());
    }
  }
}
