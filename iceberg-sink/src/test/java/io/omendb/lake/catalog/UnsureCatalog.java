package io.omendb.lake.catalog;

import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.jspecify.annotations.Nullable;

/** A JDBC catalog whose next commit ends without saying how. */
final class UnsureCatalog extends JdbcCatalog {

  /** What really happens to the commit whose outcome is unknown. */
  enum Outcome {
    CERTAIN,
    APPLIED,
    LOST,
    /** It is under way, and lands just before the next commit. */
    LATE
  }

  Outcome next = Outcome.CERTAIN;
  private @Nullable Runnable late;

  static UnsureCatalog open(Map<String, String> properties) {
    UnsureCatalog catalog = new UnsureCatalog();
    catalog.setConf(new Configuration(false));
    catalog.initialize("test", CatalogDefaults.apply(properties));
    return catalog;
  }

  @Override
  protected TableOperations newTableOps(TableIdentifier identifier) {
    return new UnsureOperations(super.newTableOps(identifier));
  }

  private final class UnsureOperations implements TableOperations {
    private final TableOperations operations;

    UnsureOperations(TableOperations operations) {
      this.operations = operations;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      Outcome outcome = next;
      next = Outcome.CERTAIN;
      Runnable landing = late;
      late = null;
      if (landing != null) {
        landing.run();
      }
      switch (outcome) {
        case CERTAIN, APPLIED -> operations.commit(base, metadata);
        case LATE -> late = () -> operations.commit(base, metadata);
        case LOST -> {}
      }
      if (outcome != Outcome.CERTAIN) {
        throw new CommitStateUnknownException(new IOException("connection lost"));
      }
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
