package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.catalog.LakeFixture.Value;
import io.omendb.lake.catalog.UnsureCatalog.Outcome;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A commit whose outcome the catalog does not tell is in the lake exactly once in the end. */
class UnknownOutcomeTest {

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Outcome.class)
  void theCutIsThereOnce(Outcome outcome) throws Exception {
    UnsureCatalog catalog = UnsureCatalog.open(IcebergLakeCatalog.localProperties(directory));
    try (LakeFixture lake = new LakeFixture(catalog, directory, 3, Map.of())) {
      catalog.next = outcome;
      lake.cut(10, changes(1, 10), 2);
      catalog.next = outcome;
      LakeCut second = lake.cut(20, changes(2, 7), 2);
      LakeCut third = lake.cut(30, changes(3, 5), 1);

      assertThat(second.csn()).isEqualTo(20);
      assertThat(lake.iceberg().snapshots()).hasSize(3);
      assertThat(lake.readByIceberg(third.snapshotId())).isEqualTo(lake.model);
      assertThat(lake.scanned(third.snapshotId())).isEqualTo(lake.model);
      lake.checkDeletesArePositional(third.snapshotId());
    }
  }

  private static Map<Long, @Nullable Value> changes(int quantity, int keys) {
    Map<Long, @Nullable Value> changes = new HashMap<>();
    for (long key = 0; key < keys; key++) {
      changes.put(key, new Value(quantity, "v"));
    }
    return changes;
  }
}
