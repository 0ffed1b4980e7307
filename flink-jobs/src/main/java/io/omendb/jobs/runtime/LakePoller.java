package io.omendb.jobs.runtime;

import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeTable.LakeCut;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out by looking at the lake that an outstanding cut was published. Where committer and
 * coordinator share a JVM the committer tells, mostly before the first look; elsewhere this is the
 * only way.
 */
final class LakePoller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakePoller.class);
  private static final long INTERVAL_MS = 1_000;

  private record Outstanding(long cutCsn, List<TableSchema> tables) {}

  private final RuntimeJobOptions options;
  private final LogOwner owner;
  private final Thread thread;
  private volatile Outstanding outstanding = new Outstanding(-1, List.of());
  private volatile boolean closed;

  LakePoller(RuntimeJobOptions options, LogOwner owner) {
    this.options = options;
    this.owner = owner;
    this.thread = new Thread(this::work, "omendb-lake-poller-" + options.databaseId());
    thread.setContextClassLoader(LakePoller.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  /** What the log says is outstanding now. */
  void watch(long cutCsn, List<TableSchema> tables) {
    outstanding = new Outstanding(cutCsn, tables);
  }

  private void work() {
    Outstanding before = outstanding;
    try (SharedLake lake = SharedLake.acquire(options.lake())) {
      while (!closed) {
        Thread.sleep(INTERVAL_MS);
        Outstanding now = outstanding;
        if (now.equals(before)) {
          for (TableSchema table : now.tables()) {
            look(lake, table, now.cutCsn());
          }
        }
        before = now;
      }
    } catch (InterruptedException e) {
      LOG.debug("Lake poller ends", e);
    }
  }

  private void look(SharedLake lake, TableSchema table, long cutCsn) {
    try {
      Optional<LakeCut> cut =
          lake.catalog()
              .load(table.namespace(), table.name())
              .filter(found -> found.tableId() == table.tableId())
              .flatMap(found -> found.cut(cutCsn));
      cut.ifPresent(published -> owner.lakePublished(table.tableId(), published));
    } catch (RuntimeException e) {
      if (!closed) {
        LOG.warn("Cannot look for cut {} of table {}; again later", cutCsn, table.name(), e);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
