package io.omendb.lake.catalog;

import io.omendb.lake.LakeCatalog;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable;
import io.omendb.lake.StorageFailures;
import io.omendb.lake.delete.LiveFilesCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.util.LocationUtil;
import org.jspecify.annotations.Nullable;

/**
 * The lake of a database, in any catalog that Iceberg can load. Every {@link #load} gives a table
 * with its own view of the metadata, so that tasks share nothing but the catalog's connections.
 */
public final class IcebergLakeCatalog implements LakeCatalog {

  private final Catalog catalog;

  /** Where tables' directories are; null where the catalog chooses. */
  private final @Nullable String warehouse;

  private final LiveFilesCache liveFiles = new LiveFilesCache();

  /** Over an open catalog, which is closed with this one if it can be. */
  public IcebergLakeCatalog(Catalog catalog) {
    this(catalog, null);
  }

  private IcebergLakeCatalog(Catalog catalog, @Nullable String warehouse) {
    this.catalog = Objects.requireNonNull(catalog, "catalog");
    this.warehouse = warehouse;
  }

  /**
   * Opens the catalog that {@code properties} describe, in Iceberg's own terms ({@code type} or
   * {@code catalog-impl}, {@code uri}, {@code warehouse}, {@code io-impl} …).
   */
  public static IcebergLakeCatalog open(Map<String, String> properties, String catalogName) {
    return StorageFailures.named(
        "open the lake's catalog",
        () ->
            new IcebergLakeCatalog(
                openIceberg(properties, catalogName),
                warehouse(CatalogDefaults.apply(properties))));
  }

  /** A REST catalog's server places tables; its warehouse may be a mere name. */
  private static @Nullable String warehouse(Map<String, String> properties) {
    String warehouse = properties.getOrDefault(CatalogProperties.WAREHOUSE_LOCATION, "");
    boolean rest =
        CatalogUtil.ICEBERG_CATALOG_TYPE_REST.equalsIgnoreCase(
                properties.get(CatalogUtil.ICEBERG_CATALOG_TYPE))
            || RESTCatalog.class.getName().equals(properties.get(CatalogProperties.CATALOG_IMPL));
    return rest || !warehouse.contains(":/") ? null : LocationUtil.stripTrailingSlash(warehouse);
  }

  static Catalog openIceberg(Map<String, String> properties, String catalogName) {
    return CatalogUtil.buildIcebergCatalog(
        catalogName, CatalogDefaults.apply(properties), new Configuration(false));
  }

  /**
   * The properties of the default catalog: SQLite in WAL mode and a warehouse, both in {@code
   * directory}, which is created.
   */
  public static Map<String, String> localProperties(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    try {
      Files.createDirectories(absolute);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create the lake's directory " + absolute, e);
    }
    Map<String, String> properties = new HashMap<>();
    properties.put(CatalogProperties.CATALOG_IMPL, JdbcCatalog.class.getName());
    properties.put(CatalogProperties.URI, "jdbc:sqlite:" + absolute.resolve("catalog.db"));
    properties.put(
        CatalogProperties.WAREHOUSE_LOCATION, absolute.resolve("warehouse").toUri().toString());
    return properties;
  }

  @Override
  public LakeTable create(TableSpec spec) {
    TableIdentifier identifier = LakeNames.identifier(spec.namespace(), spec.name());
    if (spec.schema().columns().size() != spec.rowType().getFieldCount()) {
      throw new IllegalArgumentException(
          "schema has %d columns, row type %d"
              .formatted(spec.schema().columns().size(), spec.rowType().getFieldCount()));
    }
    return StorageFailures.named("create " + identifier, () -> create(identifier, spec));
  }

  private LakeTable create(TableIdentifier identifier, TableSpec spec) {
    ensureNamespace(identifier.namespace());
    Table table;
    try {
      table =
          catalog.createTable(
              identifier,
              spec.schema(),
              PartitionSpec.unpartitioned(),
              warehouse == null
                  ? null
                  : warehouse + "/" + LakeNames.directory(spec.databaseId()) + "/" + spec.tableId(),
              TableProperty.of(spec));
    } catch (AlreadyExistsException e) {
      table = catalog.loadTable(identifier);
      String databaseId = table.properties().get(TableProperty.DATABASE_ID);
      String tableId = table.properties().get(TableProperty.TABLE_ID);
      if (!Integer.toString(spec.tableId()).equals(tableId)
          || !spec.databaseId().equals(databaseId)) {
        throw new LakeException(
            Reason.FOREIGN_TABLE,
            "lake table %s exists: it is table %s of database %s, not %d of %s"
                .formatted(identifier, tableId, databaseId, spec.tableId(), spec.databaseId()),
            e);
      }
    }
    return new IcebergLakeTable(identifier, table, liveFiles);
  }

  private void ensureNamespace(Namespace namespace) {
    if (catalog instanceof SupportsNamespaces namespaces
        && !namespaces.namespaceExists(namespace)) {
      try {
        namespaces.createNamespace(namespace);
      } catch (AlreadyExistsException raced) {
        // Another task created it, which is what was wanted.
        Objects.requireNonNull(raced);
      }
    }
  }

  @Override
  public Optional<LakeTable> load(String namespace, String name) {
    TableIdentifier identifier = LakeNames.identifier(namespace, name);
    return StorageFailures.named(
        "load " + identifier,
        () -> find(identifier).map(table -> new IcebergLakeTable(identifier, table, liveFiles)));
  }

  private Optional<Table> find(TableIdentifier identifier) {
    try {
      return Optional.of(catalog.loadTable(identifier));
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
  }

  @Override
  public void drop(String namespace, String name) {
    TableIdentifier identifier = LakeNames.identifier(namespace, name);
    StorageFailures.named(
        "drop " + identifier,
        () -> {
          Optional<Table> found = find(identifier);
          found.ifPresent(
              table -> {
                new IcebergLakeTable(identifier, table, liveFiles).dropFrom(catalog);
                liveFiles.forget(table.uuid());
              });
          return found.isPresent();
        });
  }

  @Override
  public void close() {
    if (catalog instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new LakeException(Reason.STORAGE, "cannot close the lake's catalog", e);
      }
    }
  }
}
