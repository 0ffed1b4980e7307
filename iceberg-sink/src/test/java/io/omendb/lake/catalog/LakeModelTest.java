package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.RowLocation;
import io.omendb.lake.catalog.LakeFixture.Value;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random cuts against a map, read by our scan and by Iceberg's own reader. */
class LakeModelTest {

  private static final int CUTS = 20;
  private static final int KEYS = 300;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everyCutReadsAsTheModel(int formatVersion) throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Map<Long, TreeMap<Long, Value>> history = new HashMap<>();
    try (LakeFixture lake = new LakeFixture(directory, formatVersion, Map.of())) {
      long csn = 0;
      for (int i = 0; i < CUTS; i++) {
        csn += 1 + random.nextInt(1_000);
        LakeCut cut = lake.cut(csn, randomChanges(random, lake), 1 + random.nextInt(3));
        assertThat(cut.csn()).isEqualTo(csn);
        assertThat(lake.scanned(cut.snapshotId())).as("seed %d", seed).isEqualTo(lake.model);
        assertThat(lake.locations.keySet()).isEqualTo(lake.model.keySet());
        if (i % 4 == 3) {
          history.put(cut.snapshotId(), new TreeMap<>(lake.model));
        }
      }
      for (Map.Entry<Long, TreeMap<Long, Value>> cut : history.entrySet()) {
        assertThat(lake.readByIceberg(cut.getKey())).as("seed %d", seed).isEqualTo(cut.getValue());
        assertThat(lake.scanned(cut.getKey())).as("seed %d", seed).isEqualTo(cut.getValue());
        lake.checkDeletesArePositional(cut.getKey());
      }
    }
  }

  private static Map<Long, @Nullable Value> randomChanges(Random random, LakeFixture lake) {
    Map<Long, @Nullable Value> changes = new HashMap<>();
    int kind = random.nextInt(10);
    if (kind == 0) {
      return changes;
    }
    if (kind == 1) {
      lake.model.keySet().forEach(key -> changes.put(key, null));
      return changes;
    }
    int count = random.nextInt(kind < 5 ? 10 : KEYS);
    for (int i = 0; i < count; i++) {
      long key = random.nextInt(KEYS);
      changes.put(key, random.nextInt(3) == 0 ? null : randomValue(random));
    }
    return changes;
  }

  private static Value randomValue(Random random) {
    return new Value(
        random.nextInt(5) == 0 ? null : random.nextInt(),
        random.nextInt(5) == 0 ? null : "name-" + random.nextInt(100));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void locationsAreWhereTheRowsAre(int formatVersion) throws Exception {
    try (LakeFixture lake =
        new LakeFixture(
            directory, formatVersion, Map.of("write.target-file-size-bytes", "20000"))) {
      Map<Long, @Nullable Value> changes = new TreeMap<>();
      Random random = new Random(7);
      for (long key = 0; key < 20_000; key++) {
        changes.put(key, new Value(random.nextInt(), "n" + random.nextLong()));
      }
      LakeCut cut = lake.cut(10, changes, 1);
      assertThat(lake.table.scan(cut.snapshotId()).files()).hasSizeGreaterThan(3);
      Map<RowLocation, Long> keyAt = new HashMap<>();
      lake.locations.forEach((key, location) -> keyAt.put(location, key));
      assertThat(keyAt).hasSize(20_000);

      // A mask over locations hides exactly their rows.
      var scan = lake.table.scan(cut.snapshotId());
      long rows = 0;
      for (var split : scan.files()) {
        try (var iterator =
            scan.read(
                split,
                new int[] {0},
                position -> {
                  Long key = keyAt.get(new RowLocation(split.dataFile(), position));
                  return key == null || key % 3 != 0;
                })) {
          while (iterator.next()) {
            assertThat(iterator.row().getLong(0) % 3).isZero();
            rows++;
          }
        }
      }
      assertThat(rows).isEqualTo(6_667);
    }
  }
}
