package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.catalog.LakeFixture.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the committer promises: once, on the right parent, by the right epoch. */
class CommitProtocolTest {

  @TempDir Path directory;
  private LakeFixture lake;

  @BeforeEach
  void open() {
    lake = new LakeFixture(directory, 3, Map.of());
  }

  @AfterEach
  void close() {
    lake.close();
  }

  private static Map<Long, @Nullable Value> change(long key, @Nullable Value value) {
    Map<Long, @Nullable Value> changes = new HashMap<>();
    changes.put(key, value);
    return changes;
  }

  private static Value value(int quantity) {
    return new Value(quantity, "v" + quantity);
  }

  @Test
  void committingTheSameCutAgainReturnsIt() {
    List<CutFiles> shares = lake.export(10, change(1, value(1)), 1);
    LakeCut first = lake.table.commit(10, 1, -1, shares);
    assertThat(lake.table.commit(10, 1, -1, shares)).isEqualTo(first);
    assertThat(lake.table.commit(10, 2, -1, List.of())).isEqualTo(first);
    assertThat(lake.table.current()).contains(first);
    assertThat(lake.table.cut(10)).contains(first);
    assertThat(lake.table.cut(9)).isEmpty();
    assertThat(lake.iceberg().snapshots()).hasSize(1);
  }

  @Test
  void anOlderCutIsAdoptedFromHistory() {
    LakeCut first = lake.cut(10, change(1, value(1)), 1);
    lake.cut(20, change(1, value(2)), 1);
    assertThat(lake.table.commit(10, 1, -1, List.of())).isEqualTo(first);
    assertThat(lake.table.cut(10)).contains(first);
    refuses(Reason.CUT_EXPIRED, () -> lake.table.commit(15, 1, 10, List.of()));
  }

  @Test
  void anEmptyCutAdvancesTheCsn() throws Exception {
    LakeCut empty = lake.cut(5, Map.of(), 2);
    assertThat(lake.table.current()).contains(empty);
    assertThat(lake.readByIceberg(empty.snapshotId())).isEmpty();
    lake.cut(10, change(1, value(1)), 2);
    LakeCut again = lake.cut(20, Map.of(), 2);
    assertThat(again.locationFile()).isEmpty();
    assertThat(lake.readByIceberg(again.snapshotId())).isEqualTo(lake.model);
    assertThat(lake.scanned(again.snapshotId())).isEqualTo(lake.model);
  }

  @Test
  void theParentMustMatch() {
    refuses(Reason.PARENT_MISMATCH, () -> lake.table.commit(10, 1, 5, List.of()));
    lake.cut(10, Map.of(), 1);
    refuses(Reason.PARENT_MISMATCH, () -> lake.table.commit(20, 1, -1, List.of()));
    refuses(Reason.PARENT_MISMATCH, () -> lake.table.commit(20, 1, 9, List.of()));
  }

  @Test
  void aZombieIsRefused() {
    lake.table.commit(10, 7, -1, List.of());
    refuses(Reason.NEWER_EPOCH, () -> lake.table.commit(20, 6, 10, List.of()));
    refuses(Reason.NEWER_EPOCH, () -> lake.table.commit(10, 6, -1, List.of()));
    assertThat(lake.table.commit(20, 7, 10, List.of()).epoch()).isEqualTo(7);
  }

  @Test
  void aForeignCommitStopsPublishingWithoutHidingOurCuts() {
    LakeCut ours = lake.cut(10, change(1, value(1)), 1);
    Table foreign = lake.iceberg();
    foreign.newAppend().commit();
    assertThatThrownBy(() -> lake.table.commit(20, 1, 10, List.of()))
        .isInstanceOfSatisfying(
            LakeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FOREIGN_SNAPSHOT))
        .hasMessageContaining("committed by somebody else")
        .hasMessageContaining(Long.toString(ours.snapshotId()))
        .hasMessageContaining("roll the table back");
    assertThat(lake.table.current()).contains(ours);

    foreign.manageSnapshots().rollbackTo(ours.snapshotId()).commit();
    assertThat(lake.cut(20, change(2, value(2)), 1).csn()).isEqualTo(20);
  }

  @Test
  void twoCommittersOfOneCutPublishItOnce() throws Exception {
    LakeTable other = lake.lake.load("public", "items").orElseThrow();
    other.current();
    LakeCut first = lake.cut(10, change(1, value(1)), 1);
    List<CutFiles> duplicate = lake.export(10, change(1, value(1)), 1);
    assertThat(other.commit(10, 1, -1, duplicate)).isEqualTo(first);
    assertThat(lake.readByIceberg(first.snapshotId())).isEqualTo(lake.model);
  }

  @Test
  void aCrashBetweenExportAndCommitLosesNothing() throws Exception {
    lake.cut(10, change(1, value(1)), 1);
    Map<Long, @Nullable Value> changes = change(1, value(2));
    changes.put(2L, value(3));
    assertThat(lake.export(20, changes, 2)).hasSize(2); // and the process dies here

    LakeCut cut = lake.cut(20, changes, 2);
    assertThat(lake.readByIceberg(cut.snapshotId())).isEqualTo(lake.model);
    assertThat(lake.scanned(cut.snapshotId())).isEqualTo(lake.model);
  }

  @Test
  void aWriterThatDoesNotFinishLeavesNoFile() throws Exception {
    try (CutWriter writer = lake.table.newCutWriter(10, "dies", LakeFixture.ROW_GROUP_BYTES)) {
      for (long key = 0; key < 50_000; key++) {
        writer.upsert(
            0,
            LakeFixture.keyBytes(key),
            GenericRowData.of(key, 1, StringData.fromString("x" + key)),
            null);
      }
    }
    try (Stream<Path> files = Files.walk(directory.resolve("warehouse"))) {
      assertThat(files.filter(file -> file.getFileName().toString().contains("cut-"))).isEmpty();
    }
  }

  @Test
  void aRowUpdatedManyTimesBetweenCutsIsWrittenOnce() throws Exception {
    lake.cut(10, change(1, value(0)), 1);
    // A thousand commits of the row come to one change of the cut.
    List<CutFiles> shares = lake.export(2_000, change(1, value(1_000)), 1);
    assertThat(shares.get(0).rowCount()).isEqualTo(1);
    assertThat(shares.get(0).deleteCount()).isEqualTo(1);
    LakeCut cut = lake.table.commit(2_000, 1, 10, shares);
    Snapshot snapshot = lake.iceberg().snapshot(cut.snapshotId());
    assertThat(snapshot.summary()).containsEntry("added-records", "1");
    assertThat(lake.readByIceberg(cut.snapshotId())).isEqualTo(change(1, value(1_000)));
  }

  @Test
  void aStaleFormerLocationIsRefusedInsteadOfDoublingARow() {
    lake.cut(10, change(1, value(1)), 1);
    var stale = new HashMap<>(lake.locations);
    lake.cut(20, change(1, value(2)), 1);
    lake.locations.putAll(stale);
    List<CutFiles> shares = lake.export(30, change(1, value(3)), 1);
    refuses(Reason.INCONSISTENT_LOCATION, () -> lake.table.commit(30, 1, 20, shares));
  }

  @Test
  void aCommitterThatStartsAnewFindsTheOldDeletes() throws Exception {
    Map<Long, @Nullable Value> many = new HashMap<>();
    for (long key = 0; key < 20; key++) {
      many.put(key, value(1));
    }
    lake.cut(10, many, 1);
    lake.cut(20, change(3, null), 1);
    LakeTable restarted = lake.lake.load("public", "items").orElseThrow();
    Map<Long, @Nullable Value> changes = change(4, value(2));
    LakeCut cut = restarted.commit(30, 2, 20, lake.export(30, changes, 1));
    lake.apply(cut, changes);
    assertThat(lake.readByIceberg(cut.snapshotId())).isEqualTo(lake.model);
    lake.checkDeletesArePositional(cut.snapshotId());
  }

  @Test
  void creatingIsIdempotentAndForeignTablesAreRefused() {
    assertThat(lake.lake.create(LakeFixture.spec(LakeFixture.TABLE_ID, 3, Map.of())).tableId())
        .isEqualTo(LakeFixture.TABLE_ID);
    refuses(Reason.FOREIGN_TABLE, () -> lake.lake.create(LakeFixture.spec(1, 3, Map.of())));
    assertThat(lake.lake.load("public", "nothing")).isEmpty();
    lake.lake.drop("public", "nothing");
  }

  @Test
  void droppingRemovesTheFiles() throws Exception {
    lake.cut(10, change(1, value(1)), 1);
    lake.cut(20, change(1, value(2)), 1);
    lake.lake.drop("public", "items");
    assertThat(lake.lake.load("public", "items")).isEmpty();
    assertThat(filesIn(directory.resolve("warehouse"))).isEmpty();
  }

  @Test
  void expiryKeepsWhatIsNeededAndTakesLocationFilesAlong() throws Exception {
    List<LakeCut> cuts = new ArrayList<>();
    List<Map<Long, Value>> states = new ArrayList<>();
    for (long csn = 10; csn <= 60; csn += 10) {
      cuts.add(lake.cut(csn, change(csn % 20, value((int) csn)), 1));
      states.add(new HashMap<>(lake.model));
    }
    lake.table.expire(35);
    assertThat(lake.iceberg().snapshots()).hasSize(4);
    for (int i = 2; i < 6; i++) {
      assertThat(lake.scanned(cuts.get(i).snapshotId())).isEqualTo(states.get(i));
      lake.table.readLocations(cuts.get(i).locationFile()).close();
    }
    assertThat(filesIn(directory.resolve("warehouse/public/items/locations"))).hasSize(4);
    refuses(
        Reason.MISSING_FILE, () -> lake.table.readLocations(cuts.get(1).locationFile()).close());
    refuses(Reason.NO_SUCH_SNAPSHOT, () -> lake.table.scan(cuts.get(1).snapshotId()).files());
    lake.table.expire(Long.MAX_VALUE);
    assertThat(lake.iceberg().snapshots()).hasSize(1);
    assertThat(lake.cut(70, change(1, value(7)), 1).csn()).isEqualTo(70);
  }

  private static List<Path> filesIn(Path root) throws IOException {
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".crc"))
          .toList();
    }
  }

  private static void refuses(Reason reason, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(LakeException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
