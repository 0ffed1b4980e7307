package io.omendb.jobs.runtime;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import io.omendb.jobs.serve.Database;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The databases whose coordinator runs in this JVM, by database id and epoch: the coordinator
 * registers itself when it serves, gateways of the same JVM find it. A restarted job's coordinator
 * has a newer epoch and takes the place of the former; the former's late farewell changes nothing.
 * Thread-safe.
 */
public final class DatabaseRegistry {
  private static final Object LOCK = new Object();
  private static final ProcessRegistry<String, Entry> ENTRIES =
      ProcessRegistry.of(Content.DATABASES);

  /** Why databases do not serve and are not about to; until they serve again. */
  private static final ProcessRegistry<String, OmenException> FAILED =
      ProcessRegistry.of(Content.FAILED_DATABASES);

  private record Entry(long epoch, Database database) {}

  private DatabaseRegistry() {}

  /** Makes a database known; ignored where a newer epoch is known already. */
  public static void register(String databaseId, long epoch, Database database) {
    synchronized (LOCK) {
      @Nullable Entry known = ENTRIES.get(databaseId);
      if (known == null || known.epoch() <= epoch) {
        ENTRIES.replace(databaseId, new Entry(epoch, database));
        FAILED.remove(databaseId);
        LOCK.notifyAll();
      }
    }
  }

  /** Forgets a database if it is still this epoch's. */
  public static void unregister(String databaseId, long epoch) {
    synchronized (LOCK) {
      @Nullable Entry known = ENTRIES.get(databaseId);
      if (known != null && known.epoch() == epoch) {
        ENTRIES.remove(databaseId);
      }
    }
  }

  /** The database does not serve until it is registered again: who waits need not. */
  public static void fail(String databaseId, OmenException reason) {
    synchronized (LOCK) {
      ENTRIES.remove(databaseId);
      FAILED.replace(databaseId, reason);
      LOCK.notifyAll();
    }
  }

  /** Nothing is known of the database any more. */
  public static void forget(String databaseId) {
    synchronized (LOCK) {
      ENTRIES.remove(databaseId);
      FAILED.remove(databaseId);
    }
  }

  /** The database that serves now. */
  public static Optional<Database> current(String databaseId) {
    synchronized (LOCK) {
      return Optional.ofNullable(ENTRIES.get(databaseId)).map(Entry::database);
    }
  }

  /**
   * Waits until that database serves; CANNOT_CONNECT_NOW after {@code timeout}, or at once the
   * reason why it does not, where it {@linkplain #fail failed}.
   */
  public static Database await(String databaseId, Duration timeout) {
    return awaitOther(databaseId, null, timeout);
  }

  /** Likewise, for another than {@code former}, whose coordinator serves no more. */
  static Database awaitOther(String databaseId, @Nullable Database former, Duration timeout) {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    synchronized (LOCK) {
      while (true) {
        @Nullable Entry entry = ENTRIES.get(databaseId);
        if (entry != null && entry.database() != former) {
          return entry.database();
        }
        @Nullable OmenException reason = FAILED.get(databaseId);
        if (reason != null) {
          throw new OmenException(reason.code(), String.valueOf(reason.getMessage()), reason);
        }
        long remainingNanos = deadlineNanos - System.nanoTime();
        if (remainingNanos <= 0) {
          throw new OmenException(
              ErrorCode.CANNOT_CONNECT_NOW,
              "database \"%s\" does not serve; waited %d ms"
                  .formatted(databaseId, timeout.toMillis()));
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(LOCK, Math.max(remainingNanos, 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new OmenException(ErrorCode.QUERY_CANCELED, "interrupted while connecting", e);
        }
      }
    }
  }
}
