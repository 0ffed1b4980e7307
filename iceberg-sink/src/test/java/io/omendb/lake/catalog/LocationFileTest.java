package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.catalog.LakeFixture.Value;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage to a location file is found and named, wherever it is. */
class LocationFileTest {

  @TempDir Path directory;

  private static Map<Long, @Nullable Value> inserts(int keys) {
    Map<Long, @Nullable Value> changes = new HashMap<>();
    for (long key = 0; key < keys; key++) {
      changes.put(key, new Value(1, "v"));
    }
    return changes;
  }

  @Test
  void everyFlippedByteAndEveryTruncationIsFound() throws Exception {
    try (LakeFixture lake = new LakeFixture(directory, 3, Map.of())) {
      LakeCut cut = lake.cut(10, inserts(5), 2);
      Path file = Path.of(URI.create(cut.locationFile()));
      byte[] good = Files.readAllBytes(file);
      for (int i = 0; i < good.length; i++) {
        byte[] bad = good.clone();
        bad[i] ^= 0x10;
        Files.write(file, bad);
        assertDamaged(lake, cut, "flipped " + i);
        Files.write(file, Arrays.copyOf(good, i));
        assertDamaged(lake, cut, "cut at " + i);
      }
      Files.write(file, good);
      lake.learn(cut.locationFile());
    }
  }

  private static void assertDamaged(LakeFixture lake, LakeCut cut, String damage) {
    assertThatThrownBy(() -> lake.learn(cut.locationFile()))
        .as(damage)
        .isInstanceOfSatisfying(
            LakeException.class,
            e -> assertThat(e.reason()).isIn(Reason.CORRUPT_FILE, Reason.NEWER_FILE_VERSION))
        .hasMessageContaining(cut.locationFile());
  }

  @Test
  void largeSharesHaveFilesOfTheirOwn() throws Exception {
    try (LakeFixture lake = new LakeFixture(directory, 3, Map.of())) {
      LakeCut cut = lake.cut(10, inserts(60_000), 2);
      assertThat(lake.locations).hasSize(60_000);
      Path locations = Path.of(URI.create(cut.locationFile())).getParent();
      Path segment;
      try (Stream<Path> files = Files.list(locations)) {
        segment =
            files.filter(path -> path.toString().endsWith(".segment")).findFirst().orElseThrow();
      }
      byte[] bytes = Files.readAllBytes(segment);
      bytes[bytes.length / 2] ^= 1;
      Files.write(segment, bytes);
      assertThatThrownBy(() -> lake.learn(cut.locationFile()))
          .isInstanceOf(LakeException.class)
          .hasMessageContaining(segment.getFileName().toString())
          .hasMessageContaining("offset");
      lake.cut(20, Map.of(), 1);
      lake.table.expire(20);
      try (Stream<Path> files = Files.list(locations)) {
        assertThat(files).isEmpty();
      }
    }
  }
}
