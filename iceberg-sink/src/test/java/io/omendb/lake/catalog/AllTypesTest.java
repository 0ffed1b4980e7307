package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.lake.LakeCatalog.TableSpec;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.PositionMask;
import io.omendb.lake.LakeScan.RowIterator;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.LakeTable.LakeCut;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.SmallIntType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every storage type of a column, nulls and extremes, through our scan and Iceberg's reader. */
class AllTypesTest {

  private record Column(String name, LogicalType flink, Type iceberg, List<Object> values) {}

  private static final long MICROS_MAX = 9_223_371_331_199_999_999L; // 294276-12-31, PostgreSQL's
  private static final long MICROS_MIN = -210_866_803_200_000_000L; // 4713 BC, PostgreSQL's

  private static final List<Column> COLUMNS =
      List.of(
          new Column("id", new BigIntType(false), Types.LongType.get(), List.of()),
          new Column("b", new BooleanType(), Types.BooleanType.get(), List.of(true, false)),
          new Column(
              "i2",
              new SmallIntType(),
              Types.IntegerType.get(),
              List.of(Short.MIN_VALUE, (short) 0, Short.MAX_VALUE)),
          new Column(
              "i4",
              new IntType(),
              Types.IntegerType.get(),
              List.of(Integer.MIN_VALUE, 0, Integer.MAX_VALUE)),
          new Column(
              "i8",
              new BigIntType(),
              Types.LongType.get(),
              List.of(Long.MIN_VALUE, 0L, Long.MAX_VALUE)),
          new Column(
              "f4",
              new FloatType(),
              Types.FloatType.get(),
              List.of(Float.NaN, -0.0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY)),
          new Column(
              "f8",
              new DoubleType(),
              Types.DoubleType.get(),
              List.of(Double.NaN, -0.0, Double.MAX_VALUE, Double.POSITIVE_INFINITY)),
          decimal("n9", 9, 2, "9999999.99", "-9999999.99", "0.00"),
          decimal("n18", 18, 4, "99999999999999.9999", "-99999999999999.9999", "0.0001"),
          decimal(
              "n38",
              38,
              16,
              "9999999999999999999999.9999999999999999",
              "-9999999999999999999999.9999999999999999",
              "0.0000000000000001",
              "-1.0000000000000000"),
          new Column(
              "t",
              new VarCharType(VarCharType.MAX_LENGTH),
              Types.StringType.get(),
              List.of(
                  StringData.fromString(""),
                  StringData.fromString("dé\u0001\uD83D\uDE80 "),
                  StringData.fromString("x".repeat(100_000)))),
          new Column(
              "d",
              new DateType(),
              Types.DateType.get(),
              List.of(-2_440_588, 0, 106_751_990, Integer.MAX_VALUE - 1_000_000_000)),
          new Column(
              "tm", new BigIntType(), Types.TimeType.get(), List.of(0L, 86_399_999_999L, 1L)),
          new Column(
              "ts",
              new TimestampType(6),
              Types.TimestampType.withoutZone(),
              List.of(timestamp(MICROS_MIN), timestamp(-1), timestamp(0), timestamp(MICROS_MAX))),
          new Column(
              "tz",
              new LocalZonedTimestampType(6),
              Types.TimestampType.withZone(),
              List.of(timestamp(MICROS_MIN), timestamp(-1), timestamp(0), timestamp(MICROS_MAX))),
          new Column(
              "by",
              new VarBinaryType(VarBinaryType.MAX_LENGTH),
              Types.BinaryType.get(),
              List.of(new byte[0], new byte[] {0, -1, 127}, new byte[1 << 20])),
          new Column(
              "u",
              new BinaryType(16),
              Types.UUIDType.get(),
              List.of(new byte[16], filled((byte) -1), filled((byte) 0x5A))));

  @TempDir Path directory;

  private static Column decimal(String name, int precision, int scale, String... values) {
    List<Object> decimals = new ArrayList<>();
    for (String value : values) {
      decimals.add(DecimalData.fromBigDecimal(new BigDecimal(value), precision, scale));
    }
    return new Column(
        name, new DecimalType(precision, scale), Types.DecimalType.of(precision, scale), decimals);
  }

  private static TimestampData timestamp(long micros) {
    return TimestampData.fromEpochMillis(
        Math.floorDiv(micros, 1_000L), (int) Math.floorMod(micros, 1_000L) * 1_000);
  }

  private static byte[] filled(byte value) {
    byte[] bytes = new byte[16];
    Arrays.fill(bytes, value);
    return bytes;
  }

  private static TableSpec spec(int formatVersion) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (int i = 0; i < COLUMNS.size(); i++) {
      Column column = COLUMNS.get(i);
      fields.add(
          column.flink().isNullable()
              ? Types.NestedField.optional(i + 1, column.name(), column.iceberg())
              : Types.NestedField.required(i + 1, column.name(), column.iceberg()));
    }
    RowType rowType =
        RowType.of(
            COLUMNS.stream().map(Column::flink).toArray(LogicalType[]::new),
            COLUMNS.stream().map(Column::name).toArray(String[]::new));
    return new TableSpec(
        "public",
        "types",
        "db",
        1,
        new Schema(fields, Set.of(1)),
        rowType,
        formatVersion,
        Map.of());
  }

  /** Row r has each column's r-th value; beyond a column's values, and in row 0, NULL. */
  private static List<GenericRowData> rows() {
    List<GenericRowData> rows = new ArrayList<>();
    for (int r = 0; r < 6; r++) {
      GenericRowData row = new GenericRowData(COLUMNS.size());
      row.setField(0, (long) r);
      for (int c = 1; c < COLUMNS.size(); c++) {
        List<Object> values = COLUMNS.get(c).values();
        row.setField(c, r >= 1 && r <= values.size() ? values.get(r - 1) : null);
      }
      rows.add(row);
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everyTypeComesBack(int formatVersion) throws Exception {
    Map<String, String> properties = IcebergLakeCatalog.localProperties(directory);
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(properties, "types");
        JdbcCatalog foreign = new JdbcCatalog()) {
      LakeTable created = lake.create(spec(formatVersion));
      LakeCut cut = write(created);
      // Opened anew, the row type is known from the table alone.
      LakeScan scan = lake.load("public", "types").orElseThrow().scan(cut.snapshotId());
      checkOurs(scan);

      foreign.setConf(new org.apache.hadoop.conf.Configuration(false));
      foreign.initialize("types", properties);
      var table = foreign.loadTable(TableIdentifier.of("public", "types"));
      assertThat(table.schema().identifierFieldNames()).containsExactly("id");
      try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
        int row = 0;
        for (Record read : records) {
          for (int c = 0; c < COLUMNS.size(); c++) {
            assertThat(read.get(c))
                .as(COLUMNS.get(c).name() + " of row " + row)
                .isEqualTo(asGeneric(COLUMNS.get(c), rows().get(row).getField(c)));
          }
          row++;
        }
        assertThat(row).isEqualTo(rows().size());
      }
    }
  }

  private static LakeCut write(LakeTable table) {
    try (CutWriter writer = table.newCutWriter(1, "all", LakeFixture.ROW_GROUP_BYTES)) {
      for (GenericRowData row : rows()) {
        writer.upsert(0, LakeFixture.keyBytes(row.getLong(0)), row, null);
      }
      return table.commit(1, 1, -1, List.of(writer.finish()));
    }
  }

  private static void checkOurs(LakeScan scan) {
    int[] fields = new int[COLUMNS.size()];
    Arrays.setAll(fields, c -> COLUMNS.size() - 1 - c);
    int read = 0;
    for (FileSplit split : scan.files()) {
      try (RowIterator iterator = scan.read(split, fields, PositionMask.NONE)) {
        while (iterator.next()) {
          GenericRowData expected = rows().get(read++);
          for (int i = 0; i < fields.length; i++) {
            Column column = COLUMNS.get(fields[i]);
            Object value =
                RowData.createFieldGetter(column.flink(), i).getFieldOrNull(iterator.row());
            assertThat(value).as(column.name()).isEqualTo(expected.getField(fields[i]));
          }
        }
      }
      try (RowIterator iterator = scan.read(split, new int[0], position -> position == 2)) {
        int count = 0;
        while (iterator.next()) {
          assertThat(iterator.row().getArity()).isZero();
          count++;
        }
        assertThat(count).isEqualTo(rows().size() - 1);
      }
    }
    assertThat(read).isEqualTo(rows().size());
  }

  private static @Nullable Object asGeneric(Column column, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    return switch (column.iceberg().typeId()) {
      case INTEGER -> ((Number) value).intValue();
      case DECIMAL -> ((DecimalData) value).toBigDecimal();
      case STRING -> value.toString();
      case DATE -> LocalDate.ofEpochDay((Integer) value);
      case TIME -> LocalTime.ofNanoOfDay((Long) value * 1_000);
      case TIMESTAMP -> {
        LocalDateTime time = ((TimestampData) value).toLocalDateTime();
        yield ((Types.TimestampType) column.iceberg()).shouldAdjustToUTC()
            ? time.atOffset(ZoneOffset.UTC)
            : time;
      }
      case BINARY -> ByteBuffer.wrap((byte[]) value);
      case UUID -> {
        ByteBuffer bytes = ByteBuffer.wrap((byte[]) value);
        yield new UUID(bytes.getLong(), bytes.getLong());
      }
      default -> value;
    };
  }
}
