package io.omendb.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.junit.jupiter.api.Test;

class RowCodecTest {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  private static TableSchema wide(boolean nullable) {
    List<Column> columns = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      columns.add(
          new Column(
              columns.size() + 1,
              "c_" + kind,
              KeyCodecTest.type(kind),
              nullable,
              nullable ? null : "1 + 1"));
    }
    return new TableSchema(16384, "public", "wide", 3, columns, List.of(), Map.of("a", "b"));
  }

  @Test
  void rowsOfEveryTypeComeBack() {
    TableSchema schema = wide(true);
    RowCodec codec = new RowCodec(schema);
    for (int round = 0; round < 500; round++) {
      GenericRowData row = new GenericRowData(schema.columns().size());
      for (int i = 0; i < row.getArity(); i++) {
        ColumnType type = schema.columns().get(i).type();
        row.setField(i, random.nextInt(4) == 0 ? null : KeyCodecTest.value(type, random));
      }
      byte[] bytes = codec.encode(row);
      BinaryRowData decoded = codec.decode(bytes);
      for (int i = 0; i < row.getArity(); i++) {
        RowData.FieldGetter getter =
            RowData.createFieldGetter(schema.columns().get(i).type().logicalType(true), i);
        assertThat(getter.getFieldOrNull(decoded))
            .as("seed %d, column %d", seed, i)
            .isEqualTo(getter.getFieldOrNull(row));
      }
      assertThat(codec.encode(decoded)).isEqualTo(bytes);
    }
  }

  @Test
  void missingValuesAndBytesAreRefused() {
    TableSchema schema = wide(false);
    RowCodec codec = new RowCodec(schema);
    assertThatThrownBy(() -> codec.encode(new GenericRowData(schema.columns().size())))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("violates not-null constraint");
    assertThatThrownBy(() -> codec.decode(new byte[5]))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("got 5");
  }

  @Test
  void schemasAndCatalogsComeBack() throws IOException {
    TableSchema first = wide(false);
    TableSchema second =
        new TableSchema(16399, "s", "t", 1, first.columns(), List.of(2, 0), Map.of());
    CatalogState catalog = CatalogState.EMPTY.create(5, first).create(6, second);
    DataOutputSerializer out = new DataOutputSerializer(64);
    catalog.writeTo(out);
    CatalogState read = CatalogState.readFrom(new DataInputDeserializer(out.getCopyOfBuffer()));
    assertThat(read).isEqualTo(catalog);
    assertThat(read.table("s", "t")).contains(second);
    assertThat(read.nextTableId()).isEqualTo(16400);
    assertThat(read.drop(7, 16399).nextTableId()).isEqualTo(16400);
    byte[] bytes = out.getCopyOfBuffer();
    for (int length = 0; length < bytes.length; length += 7) {
      DataInputDeserializer part = new DataInputDeserializer(bytes, 0, length);
      assertThatThrownBy(() -> CatalogState.readFrom(part)).isInstanceOf(IOException.class);
    }
  }
}
