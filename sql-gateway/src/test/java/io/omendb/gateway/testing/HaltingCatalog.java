package io.omendb.gateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.jspecify.annotations.Nullable;

/**
 * A JDBC catalog whose process dies, as by {@code kill -9}, in place of one of its commits of
 * snapshots: a file next to the lake, which a test writes, says of which.
 */
public final class HaltingCatalog extends JdbcCatalog {
  private static final String REQUEST_PROPERTY = "halt-request";
  private static final int EXIT_CODE = 137;

  private final AtomicInteger passed = new AtomicInteger();
  private @Nullable Path request;

  /** The options with which a server uses this catalog in place of its default. */
  public static String[] serverOptions(Path dataDirectory) throws IOException {
    Path lake = Files.createDirectories(dataDirectory.resolve("lake"));
    return List.of(
            "catalog-impl=" + HaltingCatalog.class.getName(),
            "uri=jdbc:sqlite:" + lake.resolve("catalog.db"),
            "warehouse=" + lake.resolve("warehouse").toUri(),
            REQUEST_PROPERTY + "=" + requestFile(dataDirectory))
        .stream()
        .flatMap(property -> List.of("--lake", property).stream())
        .toArray(String[]::new);
  }

  private static Path requestFile(Path dataDirectory) {
    return dataDirectory.resolve("halt-request");
  }

  /** From now on {@code commits} pass; then the process dies instead of making the next one. */
  public static void request(Path dataDirectory, int commits) throws IOException {
    Path written = dataDirectory.resolve("halt-request.new");
    Files.writeString(written, Integer.toString(commits));
    Files.move(written, requestFile(dataDirectory));
  }

  @Override
  public void initialize(String name, Map<String, String> properties) {
    request = Path.of(Objects.requireNonNull(properties.get(REQUEST_PROPERTY), REQUEST_PROPERTY));
    super.initialize(name, properties);
  }

  @Override
  protected TableOperations newTableOps(TableIdentifier identifier) {
    return new HaltingOperations(super.newTableOps(identifier));
  }

  /** Whether this commit is the one; the request is then done with. */
  private boolean isDue() {
    Path file = Objects.requireNonNull(request, "initialized");
    try {
      if (!Files.exists(file)
          || passed.getAndIncrement() < Integer.parseInt(Files.readString(file))) {
        return false;
      }
      Files.delete(file);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class HaltingOperations implements TableOperations {
    private final TableOperations operations;

    HaltingOperations(TableOperations operations) {
      this.operations = operations;
    }

    @Override
    public void commit(@Nullable TableMetadata base, TableMetadata metadata) {
      Snapshot added = metadata.currentSnapshot();
      boolean addsSnapshot =
          added != null && (base == null || base.snapshot(added.snapshotId()) == null);
      if (addsSnapshot && isDue()) {
        Runtime.getRuntime().halt(EXIT_CODE);
      }
      operations.commit(base, metadata);
    }

    @Override
    public TableMetadata current() {
      return operations.current();
    }

    @Override
    public TableMetadata refresh() {
      return operations.refresh();
    }

    @Override
    public FileIO io() {
      return operations.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
      return operations.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
      return LocationProviders.locationsFor(current().location(), current().properties());
    }
  }
}
