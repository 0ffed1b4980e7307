package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.lake.LakeCatalog.TableSpec;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeScan.PositionMask;
import io.omendb.lake.LakeScan.RowIterator;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.LakeTable.LakeCut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever schemas, tables and columns are called, the lake holds them and Iceberg reads them. */
class NamesInTheLakeTest {

  private static final int TABLES = 12;
  private static final int COLUMNS_MAX = 5;

  @TempDir Path directory;

  @Test
  void tablesOfAnyNameAreWrittenReadAndDropped() throws Exception {
    long seed = Long.getLong("omendb.test.seed", System.nanoTime());
    System.out.println("NamesInTheLakeTest seed " + seed);
    Random random = new Random(seed);
    Map<String, String> properties = IcebergLakeCatalog.localProperties(directory);
    Set<List<String>> taken = new LinkedHashSet<>();
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(properties, "test");
        JdbcCatalog foreign = new JdbcCatalog()) {
      foreign.setConf(new Configuration(false));
      foreign.initialize("test", properties);
      for (int i = 0; taken.size() < TABLES; i++) {
        List<String> name = List.of(HostileNames.next(random), HostileNames.next(random));
        if (taken.add(name)) {
          writeAndRead(lake, foreign, name, columns(random), i + 1);
        }
      }
      for (List<String> name : taken) {
        lake.drop(name.get(0), name.get(1));
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + ", of " + taken, e);
    }
    try (Stream<Path> files = Files.walk(directory.resolve("warehouse"))) {
      assertThat(files.filter(Files::isRegularFile)).as("files that stay behind").isEmpty();
    }
  }

  /** Columns that Parquet would spell alike must not be mixed up either. */
  @Test
  void columnsThatIcebergSpellsAlikeStayApart() throws Exception {
    Map<String, String> properties = IcebergLakeCatalog.localProperties(directory);
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(properties, "test");
        JdbcCatalog foreign = new JdbcCatalog()) {
      foreign.setConf(new Configuration(false));
      foreign.initialize("test", properties);
      List<String> columns = List.of("a b", "a_x20b", "a_x20b_2", "1a", "_1a", "A", "a", " ");
      writeAndRead(lake, foreign, List.of("public", "t"), columns, 1);
    }
  }

  /** Field ids stay, so another program's ALTER TABLE changes nothing for us. */
  @Test
  void columnsThatSomebodyElseRenamesAddsAndMovesAreStillOurs() throws Exception {
    Map<String, String> properties = IcebergLakeCatalog.localProperties(directory);
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(properties, "test");
        JdbcCatalog foreign = new JdbcCatalog()) {
      foreign.setConf(new Configuration(false));
      foreign.initialize("test", properties);
      List<String> columns = List.of("a", "b", "c");
      LakeTable table = lake.create(spec(List.of("public", "t"), columns, 1));
      Table theirs = foreign.loadTable(LakeNames.identifier("public", "t"));
      theirs
          .updateSchema()
          .renameColumn("a", "z")
          .deleteColumn("b")
          .addColumn("more", Types.StringType.get())
          .moveFirst("c")
          .commit();
      LakeCut cut = write(table, columns.size());
      assertThat(scan(table, cut, columns.size())).isEqualTo(List.of(List.of(0, 1, 2)));
    }
  }

  private static List<String> columns(Random random) {
    Set<String> columns = new LinkedHashSet<>();
    int count = 1 + random.nextInt(COLUMNS_MAX);
    while (columns.size() < count) {
      columns.add(HostileNames.next(random));
    }
    return List.copyOf(columns);
  }

  private static TableSpec spec(List<String> name, List<String> columns, int tableId) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      fields.add(Types.NestedField.optional(i + 1, columns.get(i), Types.IntegerType.get()));
    }
    LogicalType[] types = new LogicalType[columns.size()];
    java.util.Arrays.fill(types, new IntType());
    return new TableSpec(
        name.get(0),
        name.get(1),
        "database",
        tableId,
        new Schema(fields),
        RowType.of(types),
        3,
        Map.of());
  }

  private static void writeAndRead(
      IcebergLakeCatalog lake,
      JdbcCatalog foreign,
      List<String> name,
      List<String> columns,
      int tableId)
      throws IOException {
    lake.create(spec(name, columns, tableId));
    LakeTable table = lake.load(name.get(0), name.get(1)).orElseThrow();
    assertThat(table.tableId()).isEqualTo(tableId);
    LakeCut cut = write(table, columns.size());
    List<Integer> row = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      row.add(i);
    }
    assertThat(scan(table, cut, columns.size())).isEqualTo(List.of(row));
    Table iceberg = foreign.loadTable(LakeNames.identifier(name.get(0), name.get(1)));
    assertThat(iceberg.properties())
        .containsEntry("omendb.namespace", name.get(0))
        .containsEntry("omendb.name", name.get(1));
    assertThat(iceberg.location()).endsWith("/warehouse/database/" + tableId);
    try (CloseableIterable<Record> records = IcebergGenerics.read(iceberg).build()) {
      for (Record record : records) {
        for (int i = 0; i < columns.size(); i++) {
          assertThat(record.getField(columns.get(i))).isEqualTo(i);
        }
      }
    }
  }

  /** One row, whose i-th column is i. */
  private static LakeCut write(LakeTable table, int columnCount) {
    GenericRowData row = new GenericRowData(columnCount);
    for (int i = 0; i < columnCount; i++) {
      row.setField(i, i);
    }
    try (CutWriter writer = table.newCutWriter(10, "w", LakeFixture.ROW_GROUP_BYTES)) {
      writer.upsert(0, new byte[] {1}, row, null);
      return table.commit(10, 1, -1, List.of(writer.finish()));
    }
  }

  private static List<List<Integer>> scan(LakeTable table, LakeCut cut, int columnCount) {
    int[] fields = new int[columnCount];
    for (int i = 0; i < columnCount; i++) {
      fields[i] = i;
    }
    List<List<Integer>> rows = new ArrayList<>();
    LakeScan scan = table.scan(cut.snapshotId());
    for (LakeScan.FileSplit split : scan.files()) {
      try (RowIterator iterator = scan.read(split, fields, PositionMask.NONE)) {
        while (iterator.next()) {
          List<Integer> row = new ArrayList<>();
          for (int i = 0; i < columnCount; i++) {
            row.add(iterator.row().getInt(i));
          }
          rows.add(row);
        }
      }
    }
    return rows;
  }
}
