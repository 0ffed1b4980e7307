package io.omendb.jobs.lake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.serve.union.LeaseRegistry;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.LakeCut;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the lake's tables to each cut; one per database.
 *
 * <pre>
 *   subtask 0 … n-1 ──Share(table, C)──▶ commit when all n are here ──▶ coordinator: LAKE_PUBLISHED
 *   subtask of shard 0 ──Ensure, Drop, Expire──▶ catalog
 * </pre>
 *
 * <p>Of each table name only what is still to be done is kept, the newest of each kind: which table
 * the lake is to have, which it is not to have any more, one cut, one expiry. So what a lake that
 * is away holds up is bounded by the tables. Whatever fails is tried again until it succeeds, name
 * by name, and reported meanwhile; a table that cannot be published holds up no other.
 *
 * <p>Nothing is kept in Flink's state: what was not published when a job fails is asked for again
 * from the log, and a cut that the lake has already is taken from it.
 *
 * <p>{@link #offer} is called by the task thread and never waits for the lake; everything else is
 * confined to the own thread.
 */
final class LakePublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakePublisher.class);
  private static final long RETRY_MIN_MS = 100;
  private static final long RETRY_MAX_MS = 5_000;
  private static final long CLOSE_TIMEOUT_MS = 10_000;

  /** Ids of dropped tables of which late shares are told; ids rise, so the newest matter. */
  private static final int DROPPED_REMEMBERED_MAX = 4_096;

  private static final long NONE = -1;
  private static final String PART = "publisher";

  private record TableName(String namespace, String name) {
    static TableName of(TableSchema table) {
      return new TableName(table.namespace(), table.name());
    }
  }

  /** What is to be done for one name, in this order. Guarded by the publisher's lock. */
  private static final class Work {
    final Retry retry = new Retry(RETRY_MIN_MS, RETRY_MAX_MS);

    /** Tables of this name up to that id are to go; -1 for none. */
    int dropThrough = -1;

    /** The table that the lake is to have; null where it is known to have it, or none. */
    @Nullable TableSchema ensure;

    /** Shares of the newest cut, by subtask; to be committed when all are here. */
    final Map<Integer, LakeMessage.Share> shares = new HashMap<>();

    @Nullable TableSchema expire;
    long expireBelow = NONE;

    /** The table whose trouble was told last; -1 for none. */
    int troubledTable = -1;

    long cutCsn() {
      return shares.isEmpty() ? NONE : shares.values().iterator().next().cutCsn();
    }

    boolean isComplete() {
      return !shares.isEmpty() && shares.size() == shares.values().iterator().next().subtaskCount();
    }

    boolean hasStep() {
      return dropThrough >= 0 || ensure != null || isComplete() || expire != null;
    }

    boolean isIdle() {
      return !hasStep() && shares.isEmpty();
    }
  }

  /** One thing to do; whether it was done, or has to wait. */
  private interface Step {
    boolean run();
  }

  private final LakeOptions options;
  private final LakeReports.Finder reports;
  private final MailboxExecutor mailbox;
  private final SharedLake lake;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Map<TableName, Work> pending = new LinkedHashMap<>();

  @GuardedBy("lock")
  private final Map<Integer, Boolean> dropped =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
          return size() > DROPPED_REMEMBERED_MAX;
        }
      };

  private final Thread thread;
  private volatile boolean closed;

  LakePublisher(LakeOptions options, LakeReports.Finder reports, MailboxExecutor mailbox) {
    this.options = options;
    this.reports = reports;
    this.mailbox = mailbox;
    this.lake = SharedLake.acquire(options.catalog());
    this.thread = new Thread(this::work, "omendb-lake-publisher-" + options.databaseId());
    // Libraries keep what they load through it in statics, beyond the life of this job.
    thread.setContextClassLoader(LakePublisher.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes over what is to be done. Task thread. */
  void offer(LakeMessage message) {
    TableSchema table = message.table();
    synchronized (lock) {
      if (message instanceof LakeMessage.Share && dropped.containsKey(table.tableId())) {
        return;
      }
      Work work = pending.computeIfAbsent(TableName.of(table), name -> new Work());
      if (message instanceof LakeMessage.Ensure) {
        work.ensure = table;
      } else if (message instanceof LakeMessage.Drop) {
        drop(work, table);
      } else if (message instanceof LakeMessage.Expire expire) {
        work.expire = table;
        work.expireBelow = expire.oldestNeededCsn();
      } else if (message instanceof LakeMessage.Share share) {
        collect(work, share);
      }
      lock.notifyAll();
    }
  }

  private static boolean isOf(@Nullable TableSchema table, int tableId) {
    return table != null && table.tableId() == tableId;
  }

  @GuardedBy("lock")
  private void drop(Work work, TableSchema table) {
    int tableId = table.tableId();
    dropped.put(tableId, true);
    work.dropThrough = Math.max(work.dropThrough, tableId);
    if (isOf(work.ensure, tableId)) {
      work.ensure = null;
    }
    if (isOf(work.expire, tableId)) {
      work.expire = null;
    }
    work.shares.values().removeIf(share -> share.table().tableId() == tableId);
    work.retry.succeeded();
    clearTrouble(work);
  }

  private static void collect(Work work, LakeMessage.Share share) {
    if (share.cutCsn() < work.cutCsn()) {
      return;
    }
    if (share.cutCsn() > work.cutCsn()) {
      work.shares.clear();
    }
    work.shares.put(share.subtask(), share);
  }

  private void work() {
    try {
      while (!closed) {
        advance(awaitWork());
      }
    } catch (InterruptedException e) {
      LOG.debug("Lake publisher ends", e);
    } catch (Error e) {
      failTask(e);
    }
  }

  private void failTask(Error error) {
    LOG.error("Lake publisher failed", error);
    if (!closed) {
      mailbox.execute(
          () -> {
            throw error;
          },
          "lake publisher failed");
    }
  }

  /** The name that waits longest of those with something to do now. */
  private TableName awaitWork() throws InterruptedException {
    synchronized (lock) {
      while (true) {
        if (closed) {
          throw new InterruptedException("closed");
        }
        long waitNanos = Long.MAX_VALUE;
        for (Iterator<Map.Entry<TableName, Work>> i = pending.entrySet().iterator();
            i.hasNext(); ) {
          Map.Entry<TableName, Work> entry = i.next();
          if (entry.getValue().isIdle()) {
            i.remove();
          } else if (entry.getValue().hasStep()) {
            long remaining = entry.getValue().retry.remainingNanos();
            if (remaining <= 0) {
              // To the end, so that each name has its turn.
              Work work = entry.getValue();
              TableName name = entry.getKey();
              i.remove();
              pending.put(name, work);
              return name;
            }
            waitNanos = Math.min(waitNanos, remaining);
          }
        }
        lock.wait(waitNanos == Long.MAX_VALUE ? 0 : 1 + TimeUnit.NANOSECONDS.toMillis(waitNanos));
      }
    }
  }

  /** Does the next thing for a name. */
  private void advance(TableName name) throws InterruptedException {
    Work work;
    TableSchema table;
    Step step;
    synchronized (lock) {
      work = pending.get(name);
      if (work == null) {
        return;
      }
      TableSchema ensure = work.ensure;
      TableSchema expire = work.expire;
      if (work.dropThrough >= 0) {
        int tableId = work.dropThrough;
        // Who waits for it is the table that takes the name.
        table = ensure;
        step = () -> drop(name, work, tableId);
      } else if (ensure != null) {
        table = ensure;
        step = () -> ensure(work, ensure);
      } else if (work.isComplete()) {
        List<LakeMessage.Share> all = List.copyOf(work.shares.values());
        table = all.get(0).table();
        step = () -> commit(work, all);
      } else if (expire != null) {
        long below = work.expireBelow;
        table = expire;
        step = () -> expire(work, expire, below);
      } else {
        return;
      }
    }
    attempt(name, work, table, step);
  }

  private void attempt(TableName name, Work work, @Nullable TableSchema table, Step step)
      throws InterruptedException {
    LakeException trouble = null;
    boolean done = false;
    try {
      done = step.run();
    } catch (RuntimeException e) {
      trouble = LakeException.of(e);
    }
    if (closed || Thread.interrupted()) {
      throw new InterruptedException("closed");
    }
    synchronized (lock) {
      if (done) {
        work.retry.succeeded();
        clearTrouble(work);
        return;
      }
      work.retry.failed();
      if (trouble != null && table != null && !dropped.containsKey(table.tableId())) {
        work.troubledTable = table.tableId();
        report(table.tableId(), trouble);
      }
    }
    if (trouble != null) {
      LOG.warn(
          "Work on lake table {} failed ({}), the {}. time; it is tried again: {}",
          LakeSchemas.identifier(name.namespace(), name.name()),
          trouble.reason(),
          work.retry.failures(),
          trouble.getMessage(),
          work.retry.failures() == 1 ? trouble : null);
    }
  }

  @GuardedBy("lock")
  private void clearTrouble(Work work) {
    if (work.troubledTable >= 0) {
      report(work.troubledTable, null);
      work.troubledTable = -1;
    }
  }

  private void report(int tableId, @Nullable LakeException trouble) {
    reports
        .find(options.databaseId())
        .ifPresent(found -> found.lakeTrouble(tableId, PART, trouble));
  }

  private Optional<LakeTable> find(String namespace, String name) {
    return lake.catalog().load(namespace, name);
  }

  private boolean isOurs(LakeTable table) {
    return table.databaseId().equals(options.databaseId());
  }

  private Optional<LakeTable> own(TableSchema table) {
    return find(table.namespace(), table.name())
        .filter(found -> isOurs(found) && found.tableId() == table.tableId());
  }

  private boolean drop(TableName name, Work work, int through) {
    Optional<LakeTable> found = find(name.namespace(), name.name());
    if (found.isPresent() && isOurs(found.get()) && found.get().tableId() <= through) {
      if (LeaseRegistry.isLeased(found.get().tableId())) {
        return false;
      }
      lake.catalog().drop(name.namespace(), name.name());
    }
    synchronized (lock) {
      if (work.dropThrough == through) {
        work.dropThrough = -1;
      }
    }
    return true;
  }

  private boolean ensure(Work work, TableSchema table) {
    Optional<LakeTable> found = find(table.namespace(), table.name()).filter(this::isOurs);
    if (found.isPresent() && found.get().tableId() < table.tableId()) {
      // It was dropped before this one was made, and the job ended in between.
      if (LeaseRegistry.isLeased(found.get().tableId())) {
        return false;
      }
      lake.catalog().drop(table.namespace(), table.name());
      found = Optional.empty();
    }
    // A later table of that name is there where an old log is being replayed.
    if (found.isEmpty()) {
      lake.catalog().create(LakeSchemas.spec(options.databaseId(), table));
    }
    synchronized (lock) {
      if (isOf(work.ensure, table.tableId())) {
        work.ensure = null;
      }
    }
    return true;
  }

  private boolean expire(Work work, TableSchema table, long below) {
    own(table).ifPresent(found -> found.expire(below));
    synchronized (lock) {
      if (isOf(work.expire, table.tableId()) && work.expireBelow == below) {
        work.expire = null;
      }
    }
    return true;
  }

  private boolean commit(Work work, List<LakeMessage.Share> all) {
    LakeMessage.Share cut = all.get(0);
    Optional<LakeTable> found = find(cut.table().namespace(), cut.table().name());
    if (found.isEmpty() || !isOurs(found.get())) {
      throw missing(cut.table());
    }
    if (found.get().tableId() == cut.table().tableId()) {
      publish(found.get(), cut, all);
    } else if (found.get().tableId() < cut.table().tableId()) {
      throw missing(cut.table());
    }
    synchronized (lock) {
      if (work.cutCsn() == cut.cutCsn()) {
        work.shares.clear();
      }
    }
    return true;
  }

  static LakeException missing(TableSchema table) {
    return new LakeException(
        Reason.MISSING_TABLE,
        "the lake has no table %s with omendb.table-id %d: somebody else dropped or replaced it"
            .formatted(LakeSchemas.identifier(table), table.tableId()));
  }

  private void publish(LakeTable table, LakeMessage.Share cut, List<LakeMessage.Share> all) {
    Optional<LakeCut> current = table.current();
    if (current.isPresent() && current.get().csn() > cut.cutCsn()) {
      // The lake is past it, so the log has its publication.
      return;
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
      throw new LakeException(
          Reason.PARENT_MISMATCH,
          "lake table %s had cut %d and has it no longer: somebody else rolled it back"
              .formatted(LakeSchemas.identifier(cut.table()), cut.cutCsn()));
    }
    LakeCut published =
        adopt ? current.get() : table.commit(cut.cutCsn(), cut.epoch(), cut.parentCsn(), files);
    LOG.debug("{} published at {}", LakeSchemas.identifier(cut.table()), cut.cutCsn());
    reports
        .find(options.databaseId())
        .ifPresent(c -> c.lakePublished(cut.table().tableId(), published));
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
      LOG.warn("Lake publisher still busy after {} ms", CLOSE_TIMEOUT_MS);
    }
    lake.close();
  }
}
