package io.omendb.jobs.runtime;

import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.LakeTableState;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.table.Catalog;
import java.time.Duration;
import java.util.List;

/** How a gateway in the runtime job's own JVM reaches the database. */
public final class EmbeddedDatabases {
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
    public long durableCsn() {
      return current().durableCsn();
    }

    @Override
    public Transaction begin() {
      return current().begin();
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
    public List<LakeTableState> lakeTables() {
      return current().lakeTables();
    }

    @Override
    public void close() {}
  }
}
