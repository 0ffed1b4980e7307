package io.omendb.jobs.lake;

import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeTable.LakeCut;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out by looking at the lake that an outstanding cut was published. Where publisher and
 * coordinator share a JVM the publisher tells, mostly before the first look; elsewhere this is the
 * only way. A lake that is away is looked at again later.
 */
public final class LakePoller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakePoller.class);
  private static final long INTERVAL_MS = 1_000;
  private static final long CLOSE_TIMEOUT_MS = 10_000;

  /** A table and its cut that is not known to be published. */
  public record Outstanding(TableSchema table, long cutCsn) {}

  private final LakeReports reports;
  private final SharedLake lake;
  private final Thread thread;
  private volatile Map<Integer, Outstanding> outstanding = Map.of();
  private volatile boolean closed;

  public LakePoller(LakeOptions options, LakeReports reports) {
    this.reports = reports;
    this.lake = SharedLake.acquire(options.catalog());
    this.thread = new Thread(this::work, "omendb-lake-poller-" + options.databaseId());
    thread.setContextClassLoader(LakePoller.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  /** What the log says is outstanding now, by table id. */
  public void watch(Map<Integer, Outstanding> cuts) {
    outstanding = Map.copyOf(cuts);
  }

  private void work() {
    Map<Integer, Outstanding> before = outstanding;
    try {
      while (!closed) {
        Thread.sleep(INTERVAL_MS);
        Map<Integer, Outstanding> now = outstanding;
        for (Map.Entry<Integer, Outstanding> cut : now.entrySet()) {
          if (cut.getValue().equals(before.get(cut.getKey()))) {
            look(cut.getValue());
          }
        }
        before = now;
      }
    } catch (InterruptedException e) {
      LOG.debug("Lake poller ends", e);
    }
  }

  private void look(Outstanding cut) throws InterruptedException {
    if (closed) {
      throw new InterruptedException("closed");
    }
    TableSchema table = cut.table();
    try {
      Optional<LakeCut> found =
          lake.catalog()
              .load(table.namespace(), table.name())
              .filter(loaded -> loaded.tableId() == table.tableId())
              .flatMap(loaded -> loaded.cut(cut.cutCsn()));
      found.ifPresent(published -> reports.lakePublished(table.tableId(), published));
    } catch (RuntimeException e) {
      if (!closed) {
        LOG.warn(
            "Cannot look for cut {} of {}; again later: {}",
            cut.cutCsn(),
            LakeSchemas.identifier(table),
            e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(CLOSE_TIMEOUT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lake.close();
  }
}
