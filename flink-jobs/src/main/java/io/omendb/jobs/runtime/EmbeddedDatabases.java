package io.omendb.jobs.runtime;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.table.Catalog;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a gateway in the runtime job's own JVM reaches the database. */
public final class EmbeddedDatabases {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabases.class);

  /** How long a call waits while a failed job restarts before it fails. */
  private static final Duration RESTART_TIMEOUT = Duration.ofSeconds(20);

  private EmbeddedDatabases() {}

  /**
   * Waits until the database serves and returns a handle that stays good when the job restarts:
   * calls go to the coordinator of the newest epoch, and wait a while where there is none.
   *
   * @throws io.omendb.jobs.OmenException CANNOT_CONNECT_NOW after {@code timeout}
   */
  public static Database await(String databaseId, Duration timeout) {
    DatabaseRegistry.await(databaseId, timeout);
    return new Handle(databaseId);
  }

  /** The database's job has ended for good: whoever waits for its shards fails now. */
  public static void stopped(String databaseId) {
    ShardDirectory.forget(databaseId);
  }

  /** Closing it closes nothing: the job owns the coordinator. */
  private record Handle(String databaseId) implements Database {

    private Database current() {
      return DatabaseRegistry.current(databaseId)
          .orElseGet(() -> DatabaseRegistry.await(databaseId, RESTART_TIMEOUT));
    }

    @Override
    public Catalog catalog() {
      return current().catalog();
    }

    @Override
    public @Nullable Catalog tryCatalog() {
      Database serving = DatabaseRegistry.current(databaseId).orElse(null);
      return serving == null ? null : serving.tryCatalog();
    }

    @Override
    public @Nullable Transaction tryBegin() {
      Database serving = DatabaseRegistry.current(databaseId).orElse(null);
      return serving == null ? null : serving.tryBegin();
    }

    @Override
    public long durableCsn() {
      return current().durableCsn();
    }

    @Override
    public Transaction begin() {
      Database serving = current();
      try {
        return serving.begin();
      } catch (OmenException stopped) {
        // Only a coordinator that has stopped begins none: its successor is about to come.
        LOG.debug("waiting for the successor of a coordinator", stopped);
        return DatabaseRegistry.awaitOther(databaseId, serving, RESTART_TIMEOUT).begin();
      }
    }

    @Override
    public long requestCut() {
      return current().requestCut();
    }

    @Override
    public long lakeCsn(int tableId) {
      return current().lakeCsn(tableId);
    }

    @Override
    public void close() {}
  }
}
