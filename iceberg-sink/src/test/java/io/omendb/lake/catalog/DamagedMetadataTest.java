package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.lake.LakeCatalog.TableSpec;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table's metadata that is not what was written is told as such, not tried again for minutes. */
class DamagedMetadataTest {
  @TempDir private Path directory;

  @BeforeEach
  void createTable() {
    try (IcebergLakeCatalog lake = open()) {
      lake.create(
          new TableSpec(
              "public",
              "t",
              "db",
              1,
              new Schema(Types.NestedField.required(1, "id", Types.IntegerType.get())),
              RowType.of(new IntType(false)),
              3,
              Map.of()));
    }
  }

  private IcebergLakeCatalog open() {
    return IcebergLakeCatalog.open(IcebergLakeCatalog.localProperties(directory), "test");
  }

  private Path metadata() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".metadata.json"))
          .findAny()
          .orElseThrow();
    }
  }

  private void assertLoadFailsFor(Reason reason) {
    try (IcebergLakeCatalog lake = open()) {
      assertThatThrownBy(() -> lake.load("public", "t"))
          .isInstanceOfSatisfying(
              LakeException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }
  }

  @Test
  void flippedTruncatedEmptyAndMissing() throws IOException {
    byte[] whole = Files.readAllBytes(metadata());
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 4;
    for (byte[] damaged :
        new byte[][] {flipped, Arrays.copyOf(whole, whole.length / 2), new byte[0]}) {
      Files.write(metadata(), damaged);
      assertLoadFailsFor(Reason.CORRUPT_FILE);
    }
    Files.write(metadata(), whole);
    try (IcebergLakeCatalog lake = open()) {
      assertThat(lake.load("public", "t")).isPresent();
    }
    Files.delete(metadata());
    assertLoadFailsFor(Reason.MISSING_FILE);
  }
}
