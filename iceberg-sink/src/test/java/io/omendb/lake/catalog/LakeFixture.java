package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeCatalog.TableSpec;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.PositionMask;
import io.omendb.lake.LakeScan.RowIterator;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.LakeTable.LocationCursor;
import io.omendb.lake.RowLocation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * A table {@code (id bigint primary key, quantity int, name text)} in a catalog on SQLite, a model
 * of its rows, and the locations as a store learns them: from location files only.
 */
final class LakeFixture implements AutoCloseable {
  static final long ROW_GROUP_BYTES = 1 << 20;

  static final int SHARDS = 8;
  static final int TABLE_ID = 16_384;

  private static final Schema SCHEMA =
      new Schema(
          List.of(
              Types.NestedField.required(1, "id", Types.LongType.get()),
              Types.NestedField.optional(2, "quantity", Types.IntegerType.get()),
              Types.NestedField.optional(3, "name", Types.StringType.get())),
          java.util.Set.of(1));
  private static final RowType ROW_TYPE =
      RowType.of(
          new org.apache.flink.table.types.logical.LogicalType[] {
            new BigIntType(false), new IntType(), new VarCharType(VarCharType.MAX_LENGTH)
          },
          new String[] {"id", "quantity", "name"});

  /** A row's columns besides its key. */
  record Value(@Nullable Integer quantity, @Nullable String name) {}

  private final JdbcCatalog foreign;
  final IcebergLakeCatalog lake;
  final LakeTable table;
  final TreeMap<Long, Value> model = new TreeMap<>();
  final Map<Long, RowLocation> locations = new TreeMap<>();
  long csn = -1;

  LakeFixture(Path directory, int formatVersion, Map<String, String> properties) {
    this(
        IcebergLakeCatalog.openIceberg(IcebergLakeCatalog.localProperties(directory), "test"),
        directory,
        formatVersion,
        properties);
  }

  LakeFixture(Catalog catalog, Path directory, int formatVersion, Map<String, String> properties) {
    // Another program's catalog: Iceberg's defaults, Hadoop's file system, nothing of ours.
    this.foreign = new JdbcCatalog();
    foreign.setConf(new Configuration(false));
    foreign.initialize("test", IcebergLakeCatalog.localProperties(directory));
    this.lake = new IcebergLakeCatalog(catalog);
    this.table = lake.create(spec(TABLE_ID, formatVersion, properties));
  }

  static TableSpec spec(int tableId, int formatVersion, Map<String, String> properties) {
    return new TableSpec(
        "public", "items", "db", tableId, SCHEMA, ROW_TYPE, formatVersion, properties);
  }

  /** One cut's changes: key to new value, null for a delete. Nothing is applied before commit. */
  List<CutFiles> export(long cutCsn, Map<Long, @Nullable Value> changes, int writers) {
    List<CutFiles> shares = new ArrayList<>();
    for (int writer = 0; writer < writers; writer++) {
      try (CutWriter out = table.newCutWriter(cutCsn, "w" + writer, ROW_GROUP_BYTES)) {
        for (int shard = writer; shard < SHARDS; shard += writers) {
          for (Map.Entry<Long, @Nullable Value> change : new TreeMap<>(changes).entrySet()) {
            long key = change.getKey();
            if (shardOf(key) == shard) {
              write(out, shard, key, change.getValue());
            }
          }
        }
        shares.add(out.finish());
      }
    }
    return shares;
  }

  private void write(CutWriter out, int shard, long key, @Nullable Value value) {
    RowLocation former = locations.get(key);
    if (value == null) {
      out.delete(shard, keyBytes(key), former);
    } else {
      StringData name = value.name() == null ? null : StringData.fromString(value.name());
      out.upsert(shard, keyBytes(key), GenericRowData.of(key, value.quantity(), name), former);
    }
  }

  LakeCut cut(long cutCsn, Map<Long, @Nullable Value> changes, int writers) {
    // Loaded anew, as a task does it: what one committer knows the next one takes over.
    LakeTable committing = lake.load("public", "items").orElseThrow();
    LakeCut cut = committing.commit(cutCsn, 1, csn, export(cutCsn, changes, writers));
    apply(cut, changes);
    return cut;
  }

  /** The store's part: learn locations; and the model's. */
  void apply(LakeCut cut, Map<Long, @Nullable Value> changes) {
    csn = cut.csn();
    changes.forEach(
        (key, value) -> {
          if (value == null) {
            model.remove(key);
          } else {
            model.put(key, value);
          }
        });
    learn(cut.locationFile());
  }

  void learn(String locationFile) {
    try (LocationCursor cursor = table.readLocations(locationFile)) {
      while (cursor.next()) {
        long key = ByteBuffer.wrap(cursor.key()).getLong();
        assertThat(cursor.shard()).isEqualTo(shardOf(key));
        RowLocation location = cursor.location();
        if (location == null) {
          locations.remove(key);
        } else {
          locations.put(key, location);
        }
      }
    }
  }

  /** What our scan reads; fails on a key that comes twice. */
  Map<Long, Value> scanned(long snapshotId) {
    TreeMap<Long, Value> rows = new TreeMap<>();
    LakeScan scan = table.scan(snapshotId);
    for (FileSplit split : scan.files()) {
      try (RowIterator iterator = scan.read(split, new int[] {2, 0, 1}, PositionMask.NONE)) {
        while (iterator.next()) {
          RowData row = iterator.row();
          Value value =
              new Value(
                  row.isNullAt(2) ? null : row.getInt(2),
                  row.isNullAt(0) ? null : row.getString(0).toString());
          assertThat(rows.put(row.getLong(1), value)).as("first of key").isNull();
        }
      }
    }
    return rows;
  }

  /** What Iceberg's own reader reads, without any code of ours. */
  Map<Long, Value> readByIceberg(long snapshotId) throws IOException {
    TreeMap<Long, Value> rows = new TreeMap<>();
    try (CloseableIterable<Record> records =
        IcebergGenerics.read(iceberg()).useSnapshot(snapshotId).build()) {
      for (Record row : records) {
        Value value = new Value((Integer) row.getField("quantity"), (String) row.getField("name"));
        assertThat(rows.put((Long) row.getField("id"), value)).as("first of key").isNull();
      }
    }
    return rows;
  }

  Table iceberg() {
    return foreign.loadTable(TableIdentifier.of("public", "items"));
  }

  /** Fails where the snapshot has an equality delete, or a data file with two delete files. */
  void checkDeletesArePositional(long snapshotId) throws IOException {
    try (CloseableIterable<FileScanTask> tasks =
        iceberg().newScan().useSnapshot(snapshotId).planFiles()) {
      for (FileScanTask task : tasks) {
        assertThat(task.deletes()).hasSizeLessThanOrEqualTo(1);
        for (DeleteFile delete : task.deletes()) {
          assertThat(delete.content()).isEqualTo(FileContent.POSITION_DELETES);
        }
      }
    }
  }

  static byte[] keyBytes(long key) {
    return ByteBuffer.allocate(Long.BYTES).putLong(key).array();
  }

  static int shardOf(long key) {
    return Math.floorMod(Long.hashCode(key * 0x9E3779B97F4A7C15L), SHARDS);
  }

  @Override
  public void close() {
    foreign.close();
    lake.close();
  }
}
