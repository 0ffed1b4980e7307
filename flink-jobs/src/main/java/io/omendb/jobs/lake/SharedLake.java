package io.omendb.jobs.lake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import io.omendb.jobs.serve.union.LeasedLake;
import io.omendb.lake.LakeCatalog;
import io.omendb.lake.LakeException;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.sql.Driver;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lake catalog per JVM and set of properties, shared by tasks and leases and closed by the last
 * who releases it. Catalogs hold connection pools: one per task would multiply them.
 *
 * <p>Joining never touches the catalog. It is opened by whoever first needs it, and again later
 * where that failed, so a catalog that is away stops nobody who does not need it.
 */
public final class SharedLake implements AutoCloseable {
  /**
   * The catalog's name: a JDBC catalog keys its tables by it, so outside readers must use the same.
   */
  private static final String CATALOG_NAME = "omendb";

  /** Who asks this soon after a failure gets that failure, and does not wait for the next. */
  private static final long FAILURE_HOLDS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Logger LOG = LoggerFactory.getLogger(SharedLake.class);
  private static final ProcessRegistry<Map<String, String>, SharedLake> OPEN =
      ProcessRegistry.of(Content.LAKES);

  private final Map<String, String> properties;
  private int users;

  @GuardedBy("this")
  private @Nullable LakeCatalog catalog;

  @GuardedBy("this")
  private @Nullable LakeException failure;

  @GuardedBy("this")
  private long failedNanos;

  private SharedLake(Map<String, String> properties) {
    this.properties = properties;
  }

  /** Joins the users of the catalog with these properties; each call needs one {@link #close}. */
  public static SharedLake acquire(Map<String, String> properties) {
    synchronized (OPEN) {
      @Nullable SharedLake lake = OPEN.get(properties);
      if (lake == null) {
        lake = new SharedLake(properties);
        OPEN.add(properties, lake);
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

  /** The open catalog; a {@link LakeException} where it cannot be opened now. */
  public synchronized LakeCatalog catalog() {
    LakeCatalog open = catalog;
    if (open != null) {
      return open;
    }
    LakeException former = failure;
    if (former != null && System.nanoTime() - failedNanos < FAILURE_HOLDS_NANOS) {
      throw new LakeException(former.reason(), String.valueOf(former.getMessage()), former);
    }
    try {
      registerDrivers();
      open = IcebergLakeCatalog.open(properties, CATALOG_NAME);
    } catch (RuntimeException e) {
      LakeException named = LakeException.of(e);
      failure = named;
      failedNanos = System.nanoTime();
      throw named;
    }
    failure = null;
    catalog = open;
    return open;
  }

  private synchronized void closeCatalog() {
    LakeCatalog open = catalog;
    catalog = null;
    if (open != null) {
      open.close();
    }
  }

  /** For readers that know only the lake: closing it leaves the catalog to its other users. */
  public LeasedLake lease() {
    return new LeasedLake() {
      @Override
      public LakeCatalog catalog() {
        return SharedLake.this.catalog();
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
      if (--users > 0) {
        return;
      }
      OPEN.remove(properties);
    }
    closeCatalog();
  }
}
