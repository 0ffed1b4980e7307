package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.log.LogInspection;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.recovery.LakeRebuild;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.KeyCodec;
import io.omendb.jobs.table.RowCodec;
import io.omendb.jobs.table.Sharding;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that begin with the lake, since there is no checkpoint and the log was trimmed. */
class LakeBeginTest {
  private static final int FLIPS = 12;
  private static final long SEED = Long.getLong("seed", 20_261_128L);

  private static final TableSchema ORDERS = TestDatabase.schema(16384, "orders");

  @TempDir Path directory = Path.of("unset");
  private @Nullable TestDatabase opened;

  @BeforeEach
  void open() throws Exception {
    opened = new TestDatabase(directory);
    start();
  }

  @AfterEach
  void close() throws Exception {
    ScriptedCoordinator.DEAF.remove(database().id());
    database().close();
  }

  private TestDatabase database() {
    return Objects.requireNonNull(opened);
  }

  /** Without a checkpoint. */
  private void start() throws Exception {
    TestDatabase database = database();
    database.start(
        null,
        database.options.withParallelism(2).withLogSegmentBytes(300),
        ScriptedCoordinator::open);
    Awaitility.await()
        .atMost(TestDatabase.PATIENCE)
        .until(() -> LogOwners.find(database.id()).isPresent());
  }

  /**
   * Whatever of the log is left, and whatever the lake has got: all rows are there, no dropped one
   * is, and the lake goes on.
   */
  @Test
  void aRandomHistoryGoesOnAfterEachBeginning() throws Exception {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    TestDatabase database = database();
    List<TableSchema> tables = new ArrayList<>();
    Map<Integer, Map<Long, String>> model = new TreeMap<>();
    int nextId = 16_384;
    for (int round = 0; round < 8; round++) {
      for (int step = 0; step < 60; step++) {
        int what = random.nextInt(100);
        if (tables.isEmpty() || (what < 4 && tables.size() < 4)) {
          TableSchema made = TestDatabase.schema(nextId, "t" + freeName(tables));
          nextId++;
          database.create(made);
          tables.add(made);
          model.put(made.tableId(), new TreeMap<>());
        } else if (what < 6) {
          TableSchema gone = tables.remove(random.nextInt(tables.size()));
          database.commit(new DropTable(gone.tableId()));
          model.remove(gone.tableId());
        } else if (what < 14) {
          database.coordinator().cut();
        } else if (what < 16) {
          database.coordinator().trim();
        } else {
          change(random, tables.get(random.nextInt(tables.size())), model, step);
        }
      }
      if (random.nextBoolean()) {
        Awaitility.await()
            .atMost(TestDatabase.PATIENCE)
            .until(() -> !database.coordinator().cutOutstanding());
        // The lake is ahead of what the log knows.
        ScriptedCoordinator.DEAF.put(database.id(), true);
        database.coordinator().cut();
      }
      database.coordinator().trim();
      long csn = database.coordinator().csn();
      database.cancel();
      ScriptedCoordinator.DEAF.remove(database.id());
      start();
      if (random.nextInt(3) == 0) {
        database.killTaskManager();
        Awaitility.await()
            .atMost(TestDatabase.PATIENCE)
            .until(() -> LogOwners.find(database.id()).isPresent());
      }
      check(tables, model);
      assertThat(database.coordinator().csn()).isGreaterThan(csn);
    }
    database.cancel();
    assertThat(inspection().beginPosition()).as("the log was trimmed").isPositive();
  }

  private static int freeName(List<TableSchema> tables) {
    int name = 0;
    for (boolean taken = true; taken; ) {
      name++;
      String wanted = "t" + name;
      taken = tables.stream().anyMatch(table -> table.name().equals(wanted));
    }
    return name;
  }

  private void change(
      Random random, TableSchema table, Map<Integer, Map<Long, String>> model, int step) {
    Map<Long, String> rows = Objects.requireNonNull(model.get(table.tableId()));
    long id = random.nextInt(30);
    if (random.nextInt(3) == 0) {
      database().commit(database().remove(table, id));
      rows.remove(id);
    } else {
      database().commit(database().put(table, id, step, "n"));
      rows.put(id, step + " n");
    }
  }

  private void check(List<TableSchema> tables, Map<Integer, Map<Long, String>> model)
      throws Exception {
    TestDatabase database = database();
    ScriptedCoordinator.Held held = database.coordinator().hold(0);
    for (TableSchema table : tables) {
      assertThat(database.rows(table, held.csn()))
          .as("%s, seed %d", table.name(), SEED)
          .isEqualTo(model.get(table.tableId()));
    }
    database.coordinator().release(held);
    Awaitility.await()
        .atMost(TestDatabase.PATIENCE)
        .until(() -> !database.coordinator().cutOutstanding());
    if (database.coordinator().cut() >= 0) {
      Awaitility.await()
          .atMost(TestDatabase.PATIENCE)
          .until(() -> !database.coordinator().cutOutstanding());
    }
    for (TableSchema table : tables) {
      assertThat(database.lakeRows(table))
          .as("the lake's %s, seed %d", table.name(), SEED)
          .isEqualTo(model.get(table.tableId()));
    }
  }

  /** Nothing of what came before the cut is exported again. */
  @Test
  void rowsThatTheLakeHasAreNotWrittenAgain() throws Exception {
    TestDatabase database = database();
    database.create(ORDERS);
    for (int i = 0; i < 40; i++) {
      database.commit(database.put(ORDERS, i, i, "a"));
    }
    database.cutAndAwait(ORDERS);
    database.coordinator().trim();
    database.commit(database.put(ORDERS, 7, 70, "b"));
    database.cancel();
    assertThat(inspection().beginPosition()).isPositive();
    start();
    database.commit(database.remove(ORDERS, 8));
    database.cutAndAwait(ORDERS);
    assertThat(database.lakeRows(ORDERS)).hasSize(39).containsEntry(7L, "70 b");
    assertThat(database.lakeFileRows(ORDERS)).isEqualTo(41);
  }

  private LogInspection inspection() throws IOException {
    return LogInspection.of(directory.resolve("database/log"), LogFileSystem.LOCAL);
  }

  private void assertRefused(String message) throws Exception {
    LogInspection log = inspection();
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(database().options.lake(), "omendb")) {
      assertThatThrownBy(() -> LakeRebuild.of(log, database().id(), lake).verify())
          .isInstanceOf(OmenException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void aTableThatTheLakeIsBehindWithIsNamed() throws Exception {
    TestDatabase database = database();
    database.create(ORDERS);
    database.commit(database.put(ORDERS, 1, 1, "a"));
    database.cutAndAwait(ORDERS);
    for (int i = 0; i < 20; i++) {
      database.commit(database.put(ORDERS, i, i, "b"));
    }
    // As for a table that could not be published for long.
    database.coordinator().log().trim(database.coordinator().log().endPosition());
    database.cancel();
    assertRefused("\"public\".\"orders\"");
  }

  @Test
  void aLostBaseIsNamedAndMadeAnewFromWhatIsKnown() throws Exception {
    TestDatabase database = database();
    database.create(ORDERS);
    for (int i = 0; i < 20; i++) {
      database.commit(database.put(ORDERS, i, i, "b"));
    }
    database.cutAndAwait(ORDERS);
    database.coordinator().trim();
    Path base = directory.resolve("database/log/base");
    byte[] bytes = Files.readAllBytes(base);
    for (int at : new int[] {0, 5, 20, bytes.length - 1}) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= 4;
      Files.write(base, flipped);
      LogInspection log = inspection();
      assertThatThrownBy(log::base)
          .isInstanceOfSatisfying(
              OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED))
          .hasMessageContaining(base.toString());
    }
    Files.delete(base);
    assertRefused("base");
    for (int i = 0; i < 20; i++) {
      database.commit(database.put(ORDERS, i, i, "c"));
    }
    database.cutAndAwait(ORDERS);
    database.coordinator().trim();
    assertThat(base).as("nothing to make it from").doesNotExist();
    for (int i = 0; i < 20; i++) {
      database.commit(database.put(ORDERS, i, i, "d"));
    }
    database.coordinator().trimKnowingAll();
    assertThat(inspection().base()).hasValue(database.coordinator().stateCopy());
    database.cutAndAwait(ORDERS);
    long csn = database.coordinator().csn();
    database.cancel();
    start();
    assertThat(database.rows(ORDERS, csn)).hasSize(20).containsEntry(3L, "3 d");
  }

  @Test
  void rowsWithoutAPrimaryKeyComeBackOnceAndAreRefusedIfTheyCannotBeTold() throws Exception {
    TestDatabase database = database();
    TableSchema events =
        new TableSchema(16_390, "public", "events", 1, ORDERS.columns(), List.of(), Map.of());
    database.create(events);
    for (int i = 0; i < 20; i++) {
      database.commit(keyless(events, database.coordinator().csn() + 1, i));
    }
    database.cutAndAwait(events);
    database.coordinator().trim();
    long kept = database.coordinator().csn() + 1;
    database.commit(keyless(events, kept, 100));
    database.cutAndAwait(events);
    long later = database.coordinator().csn() + 1;
    database.commit(keyless(events, later, 101));
    database.commit(keyless(events, later, -1));
    long end = database.coordinator().csn();
    database.cancel();
    start();
    assertThat(database.rows(events, end)).hasSize(21).containsKey(100L).doesNotContainKey(101L);
    database.cutAndAwait(events);
    assertThat(database.lakeRows(events)).hasSize(21);
    // Of the lake's rows nobody knows which has this key.
    database.commit(keyless(events, kept, -1));
    database.cancel();
    assertRefused("\"public\".\"events\"");
  }

  /** An insert under the key of a CSN, or a deletion where {@code id} is negative. */
  private RowChange keyless(TableSchema table, long csn, long id) {
    byte[] key = KeyCodec.rowKey(csn, 0);
    int shard = Sharding.shard(key, key.length, database().options.shardCount());
    byte[] row =
        id < 0
            ? null
            : new RowCodec(table).encode(GenericRowData.of(id, 1, StringData.fromString("e")));
    return new RowChange(table.tableId(), 1, shard, key, row);
  }

  @Test
  void aNumericThatTheLakeRoundsIsNamed() throws Exception {
    TestDatabase database = database();
    TableSchema prices =
        new TableSchema(
            16_391,
            "public",
            "prices",
            1,
            List.of(
                new Column(1, "id", ColumnType.of(ColumnType.Kind.BIGINT), false, null),
                new Column(2, "price", ColumnType.of(ColumnType.Kind.NUMERIC), true, null)),
            List.of(0),
            Map.of());
    database.create(prices);
    RowCodec rows = new RowCodec(prices);
    for (long id = 0; id < 9; id++) {
      byte[] key = new KeyCodec(prices).encode(List.of(id));
      DecimalData price = id < 8 ? null : DecimalData.fromBigDecimal(new BigDecimal("2.10"), 38, 2);
      database.commit(
          new RowChange(
              prices.tableId(),
              1,
              new KeyCodec(prices).shard(key, database.options.shardCount()),
              key,
              rows.encode(GenericRowData.of(id, price))));
    }
    database.cutAndAwait(prices);
    database.coordinator().trim();
    database.cancel();
    assertRefused("column \"price\" of table \"prices\"");
  }

  /** Each file of the lake, deleted and with a bit flipped: found, or without meaning. */
  @Test
  void aFileOfTheLakeThatIsMissingOrDamagedIsNamed() throws Exception {
    TestDatabase database = database();
    database.create(ORDERS);
    for (int i = 0; i < 40; i++) {
      database.commit(database.put(ORDERS, i, i, "a"));
    }
    database.cutAndAwait(ORDERS);
    database.commit(database.remove(ORDERS, 8), database.put(ORDERS, 9, 90, "b"));
    database.cutAndAwait(ORDERS);
    database.coordinator().trim();
    database.cancel();
    List<Path> files;
    try (Stream<Path> walked = Files.walk(directory.resolve("lake/warehouse"))) {
      files = walked.filter(Files::isRegularFile).sorted().toList();
    }
    Random random = new Random(SEED);
    List<String> expected = read();
    int refused = 0;
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      Files.delete(file);
      refused += isRefused(expected, file + " deleted") ? 1 : 0;
      for (int i = 0; i < FLIPS; i++) {
        byte[] flipped = bytes.clone();
        int at = random.nextInt(flipped.length);
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, flipped);
        refused +=
            isRefused(expected, "%s flipped at %d, seed %d".formatted(file, at, SEED)) ? 1 : 0;
      }
      Files.write(file, bytes);
    }
    assertThat(refused).isGreaterThan(files.size());
    assertThat(read()).isEqualTo(expected);
  }

  private boolean isRefused(List<String> expected, String what) {
    List<String> found;
    try {
      found = read();
    } catch (IOException | RuntimeException e) {
      return true;
    }
    assertThat(found).as(what).isEqualTo(expected);
    return false;
  }

  /** What a database would begin with. */
  private List<String> read() throws IOException {
    try (IcebergLakeCatalog lake = IcebergLakeCatalog.open(database().options.lake(), "omendb")) {
      return LakeDump.of(LakeRebuild.of(inspection(), database().id(), lake));
    }
  }
}
