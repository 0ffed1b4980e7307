package io.omendb.jobs.runtime;

import io.omendb.jobs.serve.union.LeasedLake;
import io.omendb.lake.LakeCatalog;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.sql.Driver;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open lake catalog per JVM and set of properties, shared by tasks and leases and closed by the
 * last who releases it. Catalogs hold connection pools: one per task would multiply them.
 */
final class SharedLake implements AutoCloseable {
  /**
   * The catalog's name: a JDBC catalog keys its tables by it, so outside readers must use the same.
   */
  private static final String CATALOG_NAME = "omendb";

  private static final Logger LOG = LoggerFactory.getLogger(SharedLake.class);
  private static final Map<Map<String, String>, SharedLake> OPEN = new HashMap<>();

  private final Map<String, String> properties;
  private final LakeCatalog catalog;
  private int users;

  private SharedLake(Map<String, String> properties, LakeCatalog catalog) {
    this.properties = properties;
    this.catalog = catalog;
  }

  /** Opens the catalog or joins its users; each call needs one {@link #close}. */
  static SharedLake acquire(Map<String, String> properties) {
    synchronized (OPEN) {
      @Nullable SharedLake lake = OPEN.get(properties);
      if (lake == null) {
        registerDrivers();
        lake = new SharedLake(properties, IcebergLakeCatalog.open(properties, CATALOG_NAME));
        OPEN.put(properties, lake);
      }
      lake.users++;
      return lake;
    }
  }

  /**
   * In a job jar's class loader JDBC drivers do not register themselves: the JVM looks for them
   * once, in the application's class path. Loading them is enough.
   */
  private static void registerDrivers() {
    for (Driver driver : ServiceLoader.load(Driver.class, SharedLake.class.getClassLoader())) {
      LOG.debug("JDBC driver {}", driver.getClass().getName());
    }
  }

  LakeCatalog catalog() {
    return catalog;
  }

  /** For readers that know only the lake: closing it leaves the catalog to its other users. */
  LeasedLake lease() {
    return new LeasedLake() {
      @Override
      public LakeCatalog catalog() {
        return catalog;
      }

      @Override
      public void close() {
        SharedLake.this.close();
      }
    };
  }

  @Override
  public void close() {
    synchronized (OPEN) {
      if (--users == 0) {
        OPEN.remove(properties);
        catalog.close();
      }
    }
  }
}
