package io.omendb.gateway.server;

import io.omendb.jobs.lake.SharedLake;
import io.omendb.jobs.log.LogInspection;
import io.omendb.jobs.recovery.LakeRebuild;
import io.omendb.jobs.recovery.StartCheck.LakeLook;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.CatalogProperties;

/**
 * Reads all that a database would be rebuilt from. The default catalog is looked at in a copy, in
 * the directory for scratch: SQLite writes where it reads.
 */
record LakeCheck(DataDirectory directory, Map<String, String> properties) implements LakeLook {
  private static final List<String> SQLITE_FILES = List.of("", "-wal");

  /** Does something with what a database would begin with. */
  interface Look {
    long at(LakeRebuild rebuild);
  }

  @Override
  public long rows(LogInspection log) throws IOException {
    return look(log, LakeRebuild::verify);
  }

  /** Lets {@code look} look; what it returns. */
  long look(LogInspection log, Look look) throws IOException {
    if (!properties.isEmpty()) {
      return look(log, properties, look);
    }
    Path catalog = directory.lakeCatalog();
    if (!Files.isRegularFile(catalog)) {
      throw new LakeException(Reason.STORAGE, "its catalog %s is missing".formatted(catalog));
    }
    Path copy = directory.work().resolve("catalog-" + UUID.randomUUID());
    Files.createDirectories(copy);
    for (String suffix : SQLITE_FILES) {
      Path file = catalog.resolveSibling(catalog.getFileName() + suffix);
      if (Files.exists(file)) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Map<String, String> local = new HashMap<>(IcebergLakeCatalog.localProperties(copy));
    local.put(
        CatalogProperties.WAREHOUSE_LOCATION,
        directory.lake().resolve("warehouse").toAbsolutePath().normalize().toUri().toString());
    try {
      return look(log, local, look);
    } catch (LakeException e) {
      throw new LakeException(e.reason(), "%s (catalog %s)".formatted(e.getMessage(), catalog), e);
    } finally {
      delete(copy);
    }
  }

  private static void delete(Path copy) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(copy)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(copy);
  }

  private long look(LogInspection log, Map<String, String> lakeProperties, Look look)
      throws IOException {
    try (SharedLake lake = SharedLake.acquire(lakeProperties)) {
      return look.at(LakeRebuild.of(log, directory.databaseId(), lake.catalog()));
    }
  }
}
