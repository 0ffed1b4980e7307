package io.omendb.jobs.runtime;

import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeCatalog;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.LakeCut;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the lake's tables to each cut; one per database. Work on one table is done in the order in
 * which it came and is tried again until it succeeds; tables do not wait for each other.
 *
 * <pre>
 *   subtask 0 … n-1 ──Share(table, C)──▶ commit when all n are here ──▶ coordinator: LAKE_PUBLISHED
 *   subtask of shard 0 ──Ensure, Drop, Expire──▶ catalog
 * </pre>
 *
 * <p>Nothing is kept in Flink's state: what was not published when a job fails is asked for again
 * from the log, and a cut that the lake has already is taken from it. A lake that is unreachable or
 * has a foreign commit delays publishing, never commits or reads.
 *
 * <p>{@link #offer} is called by the task thread; everything else is confined to the own thread.
 */
final class LakeCommitter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakeCommitter.class);
  private static final long RETRY_MIN_MS = 100;
  private static final long RETRY_MAX_MS = 15_000;
  private static final long POLL_MS = 100;
  private static final long CLOSE_TIMEOUT_MS = 10_000;

  private record TableName(String namespace, String name) {
    static TableName of(TableSchema table) {
      return new TableName(table.namespace(), table.name());
    }
  }

  private record CutKey(int tableId, long cutCsn) {}

  /** What is to be done on one table name; whether it was done, or has to wait. */
  private interface Step {
    boolean run();
  }

  private static final class Pending {
    final Deque<Step> steps = new ArrayDeque<>();
    long notBeforeNanos;
    long pauseMs = RETRY_MIN_MS;
  }

  private final RuntimeJobOptions options;
  private final MailboxExecutor mailbox;
  private final SharedLake lake;
  private final BlockingQueue<LakeMessage> inbox = new LinkedBlockingQueue<>();
  private final Map<TableName, Pending> pending = new HashMap<>();
  private final Map<CutKey, Map<Integer, LakeMessage.Share>> shares = new HashMap<>();
  private final Set<Integer> dropped = new HashSet<>();
  private final Thread thread;
  private volatile boolean closed;

  LakeCommitter(RuntimeJobOptions options, MailboxExecutor mailbox) {
    this.options = options;
    this.mailbox = mailbox;
    this.lake = SharedLake.acquire(options.lake());
    this.thread = new Thread(this::work, "omendb-lake-committer-" + options.databaseId());
    // Libraries keep what they load through it in statics, beyond the life of this job.
    thread.setContextClassLoader(LakeCommitter.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  void offer(LakeMessage message) {
    inbox.add(message);
  }

  private void work() {
    try {
      while (!closed) {
        LakeMessage message =
            inbox.poll(pending.isEmpty() ? 10_000 : POLL_MS, TimeUnit.MILLISECONDS);
        while (message != null) {
          accept(message);
          message = inbox.poll();
        }
        advance();
      }
    } catch (InterruptedException | RejectedExecutionException e) {
      LOG.debug("Lake committer ends", e);
    } catch (RuntimeException | Error e) {
      failTask(e);
    }
  }

  private void failTask(Throwable cause) {
    LOG.error("Lake committer failed", cause);
    if (!closed) {
      mailbox.execute(
          () -> {
            throw new IllegalStateException("the lake committer failed", cause);
          },
          "lake committer failed");
    }
  }

  private void accept(LakeMessage message) {
    TableSchema table = message.table();
    if (message instanceof LakeMessage.Ensure) {
      add(table, () -> ensure(table));
    } else if (message instanceof LakeMessage.Drop) {
      dropped.add(table.tableId());
      shares.keySet().removeIf(key -> key.tableId() == table.tableId());
      add(table, () -> drop(table));
    } else if (message instanceof LakeMessage.Expire expire) {
      add(table, () -> expire(table, expire.oldestNeededCsn()));
    } else if (message instanceof LakeMessage.Share share) {
      collect(share);
    }
  }

  private void add(TableSchema table, Step step) {
    pending.computeIfAbsent(TableName.of(table), name -> new Pending()).steps.add(step);
  }

  private void collect(LakeMessage.Share share) {
    if (dropped.contains(share.table().tableId())) {
      return;
    }
    CutKey key = new CutKey(share.table().tableId(), share.cutCsn());
    Map<Integer, LakeMessage.Share> all = shares.computeIfAbsent(key, k -> new HashMap<>());
    all.put(share.subtask(), share);
    if (all.size() == share.subtaskCount()) {
      shares.remove(key);
      add(share.table(), () -> commit(share, List.copyOf(all.values())));
    }
  }

  /** Does what can be done now, on every table. */
  private void advance() throws InterruptedException {
    for (Iterator<Map.Entry<TableName, Pending>> i = pending.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<TableName, Pending> entry = i.next();
      Pending work = entry.getValue();
      if (work.notBeforeNanos - System.nanoTime() <= 0) {
        advance(entry.getKey(), work);
      }
      if (work.steps.isEmpty()) {
        i.remove();
      }
    }
  }

  private void advance(TableName name, Pending work) throws InterruptedException {
    for (Step step = work.steps.peek(); step != null; step = work.steps.peek()) {
      if (closed || Thread.interrupted()) {
        throw new InterruptedException("closed");
      }
      boolean done;
      try {
        done = step.run();
      } catch (LakeException e) {
        if (e.reason() == LakeException.Reason.NEWER_EPOCH) {
          throw e;
        }
        LOG.error(
            "Publishing {}.{} to the lake failed ({}); again in {} ms: {}",
            name.namespace(),
            name.name(),
            e.reason(),
            work.pauseMs,
            e.getMessage(),
            e);
        done = false;
        work.pauseMs = Math.min(work.pauseMs * 2, RETRY_MAX_MS);
      }
      if (!done) {
        work.notBeforeNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(work.pauseMs);
        return;
      }
      work.pauseMs = RETRY_MIN_MS;
      work.steps.remove();
    }
  }

  private boolean ensure(TableSchema table) {
    if (!dropped.contains(table.tableId()) && !hasNewer(table)) {
      lake.catalog().create(LakeSchemas.spec(table));
    }
    return true;
  }

  /** Whether the lake has a later table of that name: then an old log is being replayed. */
  private boolean hasNewer(TableSchema table) {
    return find(table).filter(found -> found.tableId() > table.tableId()).isPresent();
  }

  private Optional<LakeTable> find(TableSchema table) {
    return lake.catalog().load(table.namespace(), table.name());
  }

  private boolean drop(TableSchema table) {
    if (LeaseRegistry.isLeased(table.tableId())) {
      return false;
    }
    LakeCatalog catalog = lake.catalog();
    if (find(table).filter(found -> found.tableId() == table.tableId()).isPresent()) {
      catalog.drop(table.namespace(), table.name());
    }
    return true;
  }

  private boolean expire(TableSchema table, long oldestNeededCsn) {
    own(table).ifPresent(found -> found.expire(oldestNeededCsn));
    return true;
  }

  private Optional<LakeTable> own(TableSchema table) {
    return dropped.contains(table.tableId())
        ? Optional.empty()
        : find(table).filter(found -> found.tableId() == table.tableId());
  }

  private boolean commit(LakeMessage.Share cut, List<LakeMessage.Share> all) {
    Optional<LakeTable> found = own(cut.table());
    if (found.isEmpty()) {
      return true;
    }
    LakeTable table = found.get();
    Optional<LakeCut> current = table.current();
    if (current.isPresent() && current.get().csn() > cut.cutCsn()) {
      // The lake is past it, so the log has its publication.
      return true;
    }
    List<CutFiles> files = new ArrayList<>();
    for (LakeMessage.Share share : all) {
      CutFiles written = share.files();
      if (written != null) {
        files.add(written);
      }
    }
    boolean adopt = current.isPresent() && current.get().csn() == cut.cutCsn();
    if (!adopt && files.size() != all.size()) {
      throw new IllegalStateException(
          "cut %d of table %d: %d of %d shares have files, and the lake does not have the cut"
              .formatted(cut.cutCsn(), cut.table().tableId(), files.size(), all.size()));
    }
    LakeCut published =
        adopt ? current.get() : table.commit(cut.cutCsn(), cut.epoch(), cut.parentCsn(), files);
    LOG.debug("Table {} published at {}", cut.table().name(), cut.cutCsn());
    LogOwners.find(options.databaseId())
        .ifPresent(c -> c.lakePublished(cut.table().tableId(), published));
    return true;
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
    if (thread.isAlive()) {
      LOG.warn("Lake committer still busy after {} ms", CLOSE_TIMEOUT_MS);
    }
    lake.close();
  }
}
