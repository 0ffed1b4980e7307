package io.omendb.jobs.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {

  private static byte[] write(List<Change> changes) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    ChangeCodec.write(out, changes);
    return out.getCopyOfBuffer();
  }

  private static List<Change> read(byte[] bytes) throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    List<Change> changes = ChangeCodec.read(in, bytes.length);
    assertThat(in.available()).as("bytes left").isZero();
    return changes;
  }

  @Test
  void bytesAreAsTheLogHasThem() throws IOException {
    List<Change> changes =
        List.of(
            new DropTable(300),
            new RowChange(1, 2, 3, new byte[] {9}, null),
            new RowChange(1, 2, 4, new byte[] {8}, new byte[] {7}));
    assertThat(write(changes))
        .containsExactly(3, 4, 0xAC, 0x02, 1, 1, 2, 3, 1, 9, 0, 2, 4, 1, 8, 2, 7);
  }

  @Test
  void whateverIsWrittenIsReadAndNoPartOfItIs() throws IOException {
    long seed = Long.getLong("seed", new Random().nextLong());
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      List<Change> changes = new ArrayList<>();
      int count = random.nextInt(8);
      for (int i = 0; i < count; i++) {
        changes.add(change(random));
      }
      byte[] bytes = write(changes);
      assertThat(read(bytes))
          .as("seed %d, round %d", seed, round)
          .usingRecursiveComparison()
          .isEqualTo(changes);
      byte[] part = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThatThrownBy(() -> read(part))
          .as("seed %d, round %d, %d of %d bytes", seed, round, part.length, bytes.length)
          .isInstanceOf(IOException.class);
    }
  }

  private static Change change(Random random) {
    int tableId = 1 + random.nextInt(2);
    return switch (random.nextInt(8)) {
      case 0 -> new CreateTable(schema(tableId));
      case 1 -> new DropTable(tableId);
      case 2 -> new TruncateTable(tableId, schema(random.nextInt(1 << 20)));
      default ->
          new RowChange(
              tableId,
              random.nextInt(2),
              random.nextInt(1 << 15),
              bytes(random),
              random.nextBoolean() ? bytes(random) : null);
    };
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(300)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static TableSchema schema(int tableId) {
    return new TableSchema(
        tableId,
        "public",
        "t" + tableId,
        1,
        List.of(new Column(1, "id", ColumnType.of(ColumnType.Kind.BIGINT), false, null)),
        List.of(0),
        Map.of());
  }
}
