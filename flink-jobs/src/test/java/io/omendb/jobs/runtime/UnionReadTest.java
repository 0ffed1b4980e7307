package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.lake.SharedLake;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.jobs.serve.union.LakeLeaseSource;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.serve.union.LeasedTable;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.RowIterator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lake snapshot plus hot delta is the table, at every CSN, whatever the lake does meanwhile. */
class UnionReadTest {
  private static final TableSchema ORDERS = TestDatabase.schema(16384, "orders");
  private static final int KEYS = 60;
  private static final int[] ALL_FIELDS = {0, 1, 2};

  @TempDir Path directory;
  private TestDatabase database;

  @BeforeEach
  void open() throws Exception {
    database = new TestDatabase(directory);
    database.start(null);
  }

  @AfterEach
  void close() throws Exception {
    database.close();
  }

  private LakeLeaseSource leases() {
    return new LakeLeaseSource(
        database.shards(), () -> SharedLake.acquire(database.options.lake()).lease());
  }

  private static Map<Long, String> read(LeasedTable table) {
    Map<Long, String> rows = new TreeMap<>();
    for (FileSplit file : table.files()) {
      collect(table.readFile(file, ALL_FIELDS), "file", rows);
    }
    for (int shard = 0; shard < table.shardCount(); shard++) {
      collect(table.readShard(shard), "shard " + shard, rows);
    }
    return rows;
  }

  private static void collect(RowIterator iterator, String source, Map<Long, String> rows) {
    try (iterator) {
      while (iterator.next()) {
        RowData row = iterator.row();
        String former = rows.put(row.getLong(0), row.getInt(1) + " " + row.getString(2));
        assertThat(former).as("row %d again, in %s", row.getLong(0), source).isNull();
      }
    }
  }

  @Test
  void everySnapshotIsWholeWhileCutsArePublished() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    database.create(ORDERS);
    NavigableMap<Long, Map<Long, String>> history = new TreeMap<>();
    Map<Long, String> model = new TreeMap<>();
    List<ScriptedCoordinator.Held> held = new ArrayList<>();
    int rounds = 400;
    int checked = 0;
    for (int round = 0; round < rounds; round++) {
      Map<Long, Change> changes = new TreeMap<>();
      for (int i = 0; i <= random.nextInt(4); i++) {
        long id = random.nextInt(KEYS);
        if (random.nextInt(4) == 0) {
          changes.put(id, database.remove(ORDERS, id));
          model.remove(id);
        } else {
          changes.put(id, database.put(ORDERS, id, round, "r"));
          model.put(id, round + " r");
        }
      }
      history.put(database.commit(changes.values().toArray(Change[]::new)), Map.copyOf(model));
      if (random.nextInt(8) == 0) {
        database.coordinator().cut();
      }
      if (random.nextInt(10) == 0) {
        held.add(database.coordinator().hold(ORDERS.tableId()));
      }
      // Leases stay open for a while, so that the lake goes on under them.
      if (!held.isEmpty() && random.nextInt(12) == 0) {
        check(held.remove(random.nextInt(held.size())), history);
        checked++;
      }
    }
    for (ScriptedCoordinator.Held last : held) {
      check(last, history);
      checked++;
    }
    assertThat(checked).isGreaterThan(10);
    database.cutAndAwait(ORDERS);
    assertThat(database.lakeRows(ORDERS)).isEqualTo(model);
  }

  private void check(ScriptedCoordinator.Held held, NavigableMap<Long, Map<Long, String>> history) {
    try (SnapshotLease lease =
        leases()
            .lease(
                held.csn(),
                Map.of(ORDERS.tableId(), held.view()),
                List.of(),
                () -> database.coordinator().release(held))) {
      Map.Entry<Long, Map<Long, String>> at = history.floorEntry(held.csn());
      assertThat(read(LeaseRegistry.get(lease.id()).table(ORDERS.tableId())))
          .as("%s", held)
          .isEqualTo(at == null ? Map.of() : new TreeMap<>(at.getValue()));
    }
  }

  @Test
  void ownWritesHideWhatIsStored() throws Exception {
    database.create(ORDERS);
    database.commit(database.put(ORDERS, 1, 1, "lake"), database.put(ORDERS, 2, 2, "lake"));
    database.cutAndAwait(ORDERS);
    database.commit(database.put(ORDERS, 3, 3, "hot"), database.put(ORDERS, 4, 4, "hot"));
    ScriptedCoordinator.Held held = database.coordinator().hold(ORDERS.tableId());
    List<Change> own =
        List.of(
            database.put(ORDERS, 1, 10, "own"),
            database.remove(ORDERS, 3),
            database.put(ORDERS, 5, 50, "own"));
    try (SnapshotLease lease =
        leases().lease(held.csn(), Map.of(ORDERS.tableId(), held.view()), own, () -> {})) {
      assertThat(held.view().snapshotId()).isNotEqualTo(-1);
      assertThat(read(LeaseRegistry.get(lease.id()).table(ORDERS.tableId())))
          .isEqualTo(Map.of(1L, "10 own", 2L, "2 lake", 4L, "4 hot", 5L, "50 own"));
    }
    assertThat(own).allMatch(RowChange.class::isInstance);
  }
}
