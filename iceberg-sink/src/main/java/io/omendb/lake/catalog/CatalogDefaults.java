package io.omendb.lake.catalog;

import io.omendb.lake.file.LocalFileIO;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.CatalogProperties;

/** Fills in what a catalog needs to be durable and shared between processes. */
final class CatalogDefaults {

  private CatalogDefaults() {}

  static Map<String, String> apply(Map<String, String> properties) {
    Map<String, String> effective = new HashMap<>(properties);
    String uri = effective.getOrDefault(CatalogProperties.URI, "");
    if (uri.startsWith("jdbc:")) {
      effective.putIfAbsent("jdbc.schema-version", "V1");
    }
    if (uri.startsWith("jdbc:sqlite:")) {
      // Readers of other processes do not block the committer, and a commit is on disk when done.
      effective.putIfAbsent("jdbc.journal_mode", "WAL");
      // Longer waits are the caller's, who can end them.
      effective.putIfAbsent("jdbc.synchronous", "FULL");
      effective.putIfAbsent("jdbc.busy_timeout", "5000");
    }
    String warehouse = effective.getOrDefault(CatalogProperties.WAREHOUSE_LOCATION, "");
    if (warehouse.startsWith("/")) {
      warehouse = Path.of(warehouse).normalize().toUri().toString();
      effective.put(CatalogProperties.WAREHOUSE_LOCATION, warehouse);
    }
    if (warehouse.startsWith("file:")) {
      effective.putIfAbsent(CatalogProperties.FILE_IO_IMPL, LocalFileIO.class.getName());
    }
    return effective;
  }
}
