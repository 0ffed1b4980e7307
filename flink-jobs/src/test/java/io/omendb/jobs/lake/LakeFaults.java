package io.omendb.jobs.lake;

import io.omendb.lake.catalog.IcebergLakeCatalog;
import io.omendb.lake.file.LocalFileIO;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.jspecify.annotations.Nullable;

/**
 * A catalog on SQLite and local files, one of whose operations fails for as long as a test wants.
 * Faults are set by the catalog's {@code uri}.
 */
public final class LakeFaults {

  /** What the lake is asked for. */
  public enum Operation {
    OPEN,
    LOAD,
    CREATE,
    DROP,
    COMMIT,
    WRITE_FILE,
    READ_FILE
  }

  /** Fails while set; how often it did is counted. */
  private record Fault(Operation operation, String part, AtomicInteger hits) {}

  private static final Map<String, Fault> FAULTS = new ConcurrentHashMap<>();

  private LakeFaults() {}

  /** Takes all memory of the lake's share, until closed. */
  public static AutoCloseable takeMemory() {
    return Objects.requireNonNull(LakeMemory.ofProcess().tryEnter(1L << 40));
  }

  /** How many steps found no memory and were put off. */
  public static long putOff() {
    return LakeMemory.ofProcess().putOff();
  }

  /** The default catalog's properties, but for the classes that fail. */
  public static Map<String, String> properties(Path directory) {
    Map<String, String> properties = new HashMap<>(IcebergLakeCatalog.localProperties(directory));
    properties.put("catalog-impl", FaultyCatalog.class.getName());
    properties.put("io-impl", FaultyFiles.class.getName());
    return properties;
  }

  private static String key(Map<String, String> properties) {
    return properties.getOrDefault("warehouse", "");
  }

  /** From now on that operation fails on whatever has {@code part} in its name or path. */
  public static void fail(Map<String, String> lake, Operation operation, String part) {
    FAULTS.put(key(lake), new Fault(operation, part, new AtomicInteger()));
  }

  /** How often the present fault was met. */
  public static int hits(Map<String, String> lake) {
    Fault fault = FAULTS.get(key(lake));
    return fault == null ? 0 : fault.hits().get();
  }

  public static void mend(Map<String, String> lake) {
    FAULTS.remove(key(lake));
  }

  private static void check(String key, Operation operation, String name) {
    Fault fault = FAULTS.get(key);
    if (fault == null || fault.operation() != operation || !name.contains(fault.part())) {
      return;
    }
    String message = "injected: %s of %s".formatted(operation, name);
    if (fault.hits().getAndIncrement() % 3 == 2) {
      // Of no type that anybody can expect.
      throw new IllegalStateException(message);
    }
    if (operation == Operation.WRITE_FILE || operation == Operation.READ_FILE) {
      throw new UncheckedIOException(new IOException(message));
    }
    throw new UncheckedSQLException(new SQLException("database is locked"), "%s", message);
  }

  /** See {@link LakeFaults}; made by its class's name. */
  public static final class FaultyCatalog extends JdbcCatalog {
    private String key = "";

    @Override
    public void initialize(String name, Map<String, String> properties) {
      key = LakeFaults.key(properties);
      check(key, Operation.OPEN, name);
      super.initialize(name, properties);
    }

    @Override
    public Table loadTable(TableIdentifier identifier) {
      check(key, Operation.LOAD, identifier.toString());
      return super.loadTable(identifier);
    }

    @Override
    public TableBuilder buildTable(TableIdentifier identifier, Schema schema) {
      check(key, Operation.CREATE, identifier.toString());
      return super.buildTable(identifier, schema);
    }

    @Override
    public boolean dropTable(TableIdentifier identifier, boolean purge) {
      check(key, Operation.DROP, identifier.toString());
      return super.dropTable(identifier, purge);
    }

    @Override
    protected TableOperations newTableOps(TableIdentifier identifier) {
      TableOperations operations = super.newTableOps(identifier);
      return new TableOperations() {
        @Override
        public void commit(@Nullable TableMetadata base, TableMetadata metadata) {
          if (base != null) {
            check(key, Operation.COMMIT, identifier.toString());
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
      };
    }
  }

  /** See {@link LakeFaults}; made by its class's name. Metadata can always be read and written. */
  public static final class FaultyFiles implements SupportsPrefixOperations {
    private static final long serialVersionUID = 1L;

    private final LocalFileIO files = new LocalFileIO();
    private String key = "";

    @Override
    public void initialize(Map<String, String> properties) {
      key = LakeFaults.key(properties);
    }

    private void check(Operation operation, String path) {
      if (!path.contains("/metadata/")) {
        LakeFaults.check(key, operation, path);
      }
    }

    @Override
    public InputFile newInputFile(String path) {
      check(Operation.READ_FILE, path);
      return files.newInputFile(path);
    }

    @Override
    public OutputFile newOutputFile(String path) {
      check(Operation.WRITE_FILE, path);
      return files.newOutputFile(path);
    }

    @Override
    public void deleteFile(String path) {
      files.deleteFile(path);
    }

    @Override
    public Iterable<FileInfo> listPrefix(String prefix) {
      return files.listPrefix(prefix);
    }

    @Override
    public void deletePrefix(String prefix) {
      files.deletePrefix(prefix);
    }
  }
}
