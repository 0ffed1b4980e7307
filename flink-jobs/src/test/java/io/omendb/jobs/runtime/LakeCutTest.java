package io.omendb.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.table.TableSchema;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeCutTest {
  private static final TableSchema ORDERS = TestDatabase.schema(16384, "orders");
  private static final TableSchema ITEMS = TestDatabase.schema(16385, "items");

  @TempDir Path directory;
  private TestDatabase database;

  @BeforeEach
  void open() throws Exception {
    database = new TestDatabase(directory);
    database.start(null);
  }

  @AfterEach
  void close() throws Exception {
    ScriptedCoordinator.DEAF.remove(database.id());
    database.close();
  }

  @Test
  void theLakeIsTheStateAtEachCut() throws Exception {
    database.create(ORDERS);
    Map<Long, String> model = new TreeMap<>();
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 50; i++) {
        long id = (round * 17L + i * 3L) % 80;
        database.commit(database.put(ORDERS, id, round, "r" + i));
        model.put(id, round + " r" + i);
      }
      database.commit(database.remove(ORDERS, round));
      model.remove((long) round);
      long cut = database.cutAndAwait(ORDERS);
      // What comes after a cut is not in it.
      database.commit(database.put(ORDERS, 1_000, round, "later"));
      assertThat(database.lakeRows(ORDERS)).as("cut %d", cut).isEqualTo(model);
      model.put(1_000L, round + " later");
    }
  }

  @Test
  void aRowChangedAThousandTimesIsWrittenOnce() throws Exception {
    database.create(ORDERS);
    for (int i = 0; i < 1_000; i++) {
      database.commit(database.put(ORDERS, 7, i, "v"));
    }
    database.cutAndAwait(ORDERS);
    assertThat(database.lakeRows(ORDERS)).containsExactly(Map.entry(7L, "999 v"));
    assertThat(database.lakeFileRows(ORDERS)).isEqualTo(1);
  }

  @Test
  void aPublicationLostWithTheCoordinatorIsAdoptedByTheNext() throws Exception {
    database.create(ORDERS);
    database.commit(database.put(ORDERS, 1, 1, "a"));
    database.awaitApplied(database.commit(database.put(ORDERS, 2, 2, "b")));
    Path checkpoint = database.checkpoint();
    ScriptedCoordinator.DEAF.put(database.id(), true);
    long cut = database.coordinator().cut();
    org.awaitility.Awaitility.await()
        .atMost(TestDatabase.PATIENCE)
        .until(() -> database.lakeRows(ORDERS).size() == 2);
    database.cancel();
    ScriptedCoordinator.DEAF.remove(database.id());
    database.start(checkpoint);
    database.awaitPublished(ORDERS, cut);
    database.commit(database.put(ORDERS, 1, 10, "c"));
    database.cutAndAwait(ORDERS);
    assertThat(database.lakeRows(ORDERS)).isEqualTo(Map.of(1L, "10 c", 2L, "2 b"));
    // Exporting the first cut again would have written its rows again.
    assertThat(database.lakeFileRows(ORDERS)).isLessThanOrEqualTo(3);
  }

  @Test
  void anOlderCheckpointOverANewerLakeGoesOnFromTheLake() throws Exception {
    database.create(ORDERS);
    database.create(ITEMS);
    database.awaitApplied(database.commit(database.put(ORDERS, 1, 1, "a")));
    Path checkpoint = database.checkpoint();
    for (int i = 0; i < 3; i++) {
      database.commit(database.put(ORDERS, 1, i, "o"), database.put(ITEMS, i, i, "i"));
      database.cutAndAwait(ORDERS);
      database.awaitPublished(ITEMS, database.coordinator().lake(16384).snapshotCsn());
    }
    database.cancel();
    database.start(checkpoint);
    database.commit(database.put(ORDERS, 1, 99, "z"), database.remove(ITEMS, 0));
    long cut = database.cutAndAwait(ORDERS);
    database.awaitPublished(ITEMS, cut);
    assertThat(database.lakeRows(ORDERS)).isEqualTo(Map.of(1L, "99 z"));
    assertThat(database.lakeRows(ITEMS)).isEqualTo(Map.of(1L, "1 i", 2L, "2 i"));
  }

  @Test
  void aTableThatIsDroppedAndMadeAgainIsANewTableInTheLake() throws Exception {
    database.create(ORDERS);
    database.commit(database.put(ORDERS, 1, 1, "old"));
    database.cutAndAwait(ORDERS);
    database
        .coordinator()
        .commit(java.util.List.of(new io.omendb.jobs.log.LogRecord.DropTable(16384)));
    TableSchema again = TestDatabase.schema(16390, "orders");
    database.create(again);
    database.commit(database.put(again, 2, 2, "new"));
    database.cutAndAwait(again);
    assertThat(database.lakeRows(again)).isEqualTo(Map.of(2L, "2 new"));
  }
}
