package io.omendb.jobs.lake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.serve.shard.ChangedKeys;
import io.omendb.jobs.serve.shard.LocationCodec;
import io.omendb.jobs.serve.shard.PublishedCut;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.RowCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.LakeTable.LocationCursor;
import io.omendb.lake.RowLocation;
import io.omendb.state.backend.table.TableState;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subtask's work for the lake, off its task thread: exporting a cut from the versions at its CSN,
 * learning the locations that a published cut brought, trimming deltas that nobody reads any more.
 *
 * <p>Each table has its own work: locations of published cuts in their order, then one cut to
 * export, so that an export finds the locations of the cut before it, then one trim. A table is
 * exported again only after its cut is published, so what waits for it is bounded. One thread takes
 * a step of each table in turn. What fails is tried again with growing pauses, table by table, and
 * reported: commits and reads go on meanwhile, and so do the other tables.
 *
 * <p>Reads go to the store's reader; writes and output go through the mailbox, in pieces, one at a
 * time, so that the task thread is never held up by more than one piece.
 */
public final class LakeWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakeWorker.class);
  private static final int PIECE_SIZE = 512;
  private static final long RETRY_MIN_MS = 50;
  private static final long RETRY_MAX_MS = 5_000;
  private static final long CLOSE_TIMEOUT_MS = 10_000;
  private static final long NEWEST = Long.MAX_VALUE;

  /** The publisher makes a table a moment after its creation; after so many looks it is missed. */
  private static final int LOOKS_BEFORE_MISSED = 8;

  private static final long NONE = -1;

  /** Told on the task thread that a cut's locations are in table state. */
  public interface LocatedListener {
    void located(int tableId, long cutCsn);
  }

  private record Export(TableSchema table, long cutCsn, long epoch, long parentCsn) {}

  /** What is to be done for one table. Guarded by the worker's lock, but for the flags. */
  private static final class Work {
    final Retry retry = new Retry(RETRY_MIN_MS, RETRY_MAX_MS);
    final Deque<PublishedCut> toLocate = new ArrayDeque<>();
    TableSchema table;
    @Nullable Export export;
    long trimThrough = NONE;
    boolean troubled;
    volatile boolean dropped;
    volatile boolean forgotten;

    Work(TableSchema table) {
      this.table = table;
    }

    boolean isIdle() {
      return toLocate.isEmpty() && export == null && trimThrough == NONE;
    }
  }

  private final int subtask;
  private final int subtaskCount;
  private final String attempt;
  private final String part;
  private final LakeOptions options;
  private final LakeReports.Finder reports;
  private final TableState state;
  private final StoreReader reader;
  private final MailboxExecutor mailbox;
  private final Consumer<LakeMessage> output;
  private final LocatedListener locatedListener;
  private final SharedLake lake;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Map<Integer, Work> pending = new LinkedHashMap<>();

  private final Thread thread;
  private volatile boolean closed;

  public LakeWorker(
      LakeOptions options,
      LakeReports.Finder reports,
      TaskInfo task,
      TableState state,
      MailboxExecutor mailbox,
      Consumer<LakeMessage> output,
      LocatedListener locatedListener) {
    this.subtask = task.getIndexOfThisSubtask();
    this.subtaskCount = task.getNumberOfParallelSubtasks();
    this.attempt = UUID.randomUUID().toString();
    this.part = "subtask " + subtask;
    this.options = options;
    this.reports = reports;
    this.state = state;
    this.reader = state.reader();
    this.mailbox = mailbox;
    this.output = output;
    this.locatedListener = locatedListener;
    this.lake = SharedLake.acquire(options.catalog());
    this.thread = new Thread(this::work, "omendb-lake-" + options.databaseId() + "-" + subtask);
    // Libraries keep what they load through it in statics, beyond the life of this job.
    thread.setContextClassLoader(LakeWorker.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  /** Writes this subtask's share of a cut and sends it on. Task thread. */
  public void export(TableSchema table, long cutCsn, long epoch, long parentCsn) {
    add(table, work -> work.export = new Export(table, cutCsn, epoch, parentCsn));
  }

  /** Puts the locations of a published cut into table state. Task thread. */
  public void locate(TableSchema table, PublishedCut cut) {
    add(
        table,
        work -> {
          work.toLocate.add(cut);
          Export export = work.export;
          if (export != null && export.cutCsn() <= cut.cutCsn()) {
            work.export = null;
          }
        });
  }

  /** Deletes the deltas up to {@code csn}. Task thread. */
  public void trim(TableSchema table, long csn) {
    add(table, work -> work.trimThrough = Math.max(work.trimThrough, csn));
  }

  /**
   * The table was dropped: it is not exported any more. Older snapshots may still read it, so
   * locations are still learned where the lake has it. Task thread.
   */
  public void dropped(int tableId) {
    synchronized (lock) {
      Work work = pending.get(tableId);
      if (work != null) {
        work.dropped = true;
        work.export = null;
        work.trimThrough = NONE;
        work.retry.succeeded();
        clearTrouble(work);
        lock.notifyAll();
      }
    }
  }

  /** Nobody reads the table any more and its state is let go of. Task thread. */
  public void forget(int tableId) {
    synchronized (lock) {
      Work work = pending.remove(tableId);
      if (work != null) {
        work.dropped = true;
        work.forgotten = true;
      }
    }
  }

  private void add(TableSchema table, Consumer<Work> change) {
    synchronized (lock) {
      Work work = pending.computeIfAbsent(table.tableId(), id -> new Work(table));
      work.table = table;
      change.accept(work);
      lock.notifyAll();
    }
  }

  private void work() {
    try {
      while (!closed) {
        advance(awaitWork());
      }
    } catch (InterruptedException | RejectedExecutionException e) {
      LOG.debug("Lake worker {} ends", subtask, e);
    } catch (Error e) {
      failTask(e);
      throw e;
    }
  }

  private void failTask(Error error) {
    mailbox.execute(
        () -> {
          throw error;
        },
        "lake worker failed");
  }

  /** The table that waits longest of those with something to do now. */
  private Work awaitWork() throws InterruptedException {
    synchronized (lock) {
      while (true) {
        if (closed) {
          throw new InterruptedException("closed");
        }
        long waitNanos = Long.MAX_VALUE;
        for (Iterator<Map.Entry<Integer, Work>> i = pending.entrySet().iterator(); i.hasNext(); ) {
          Map.Entry<Integer, Work> entry = i.next();
          Work work = entry.getValue();
          if (work.isIdle()) {
            i.remove();
            continue;
          }
          long remaining = work.retry.remainingNanos();
          if (remaining <= 0) {
            // To the end, so that each table has its turn.
            i.remove();
            pending.put(work.table.tableId(), work);
            return work;
          }
          waitNanos = Math.min(waitNanos, remaining);
        }
        lock.wait(waitNanos == Long.MAX_VALUE ? 0 : 1 + TimeUnit.NANOSECONDS.toMillis(waitNanos));
      }
    }
  }

  /** Does the next thing for a table. */
  private void advance(Work work) throws InterruptedException {
    TableSchema table;
    PublishedCut toLocate;
    Export export;
    long trimThrough;
    synchronized (lock) {
      table = work.table;
      toLocate = work.toLocate.peek();
      export = work.export;
      trimThrough = work.trimThrough;
    }
    try {
      if (toLocate != null) {
        runLocate(work, table, toLocate);
      } else if (export != null) {
        runExport(work, export);
      } else {
        runTrim(table.tableId(), trimThrough);
      }
    } catch (RejectedExecutionException e) {
      throw e;
    } catch (RuntimeException e) {
      failed(work, LakeException.of(e));
      return;
    }
    synchronized (lock) {
      work.retry.succeeded();
      clearTrouble(work);
      if (toLocate != null) {
        work.toLocate.remove(toLocate);
      } else if (export != null) {
        work.export = export.equals(work.export) ? null : work.export;
      } else if (work.trimThrough == trimThrough) {
        work.trimThrough = NONE;
      }
    }
  }

  private void failed(Work work, LakeException trouble) throws InterruptedException {
    if (closed) {
      throw new InterruptedException("closed");
    }
    synchronized (lock) {
      work.retry.failed();
      boolean awaited =
          trouble.reason() == Reason.MISSING_TABLE && work.retry.failures() < LOOKS_BEFORE_MISSED;
      if (work.dropped || awaited) {
        return;
      }
      work.troubled = true;
      report(work.table.tableId(), trouble);
    }
    LOG.warn(
        "Lake work of subtask {} for {} failed ({}), the {}. time; it is tried again: {}",
        subtask,
        LakeSchemas.identifier(work.table),
        trouble.reason(),
        work.retry.failures(),
        trouble.getMessage(),
        work.retry.failures() == 1 ? trouble : null);
  }

  @GuardedBy("lock")
  private void clearTrouble(Work work) {
    if (work.troubled) {
      work.troubled = false;
      report(work.table.tableId(), null);
    }
  }

  private void report(int tableId, @Nullable LakeException trouble) {
    reports
        .find(options.databaseId())
        .ifPresent(found -> found.lakeTrouble(tableId, part, trouble));
  }

  private void runExport(Work work, Export export) throws InterruptedException {
    TableSchema table = export.table();
    LakeTable lakeTable = lakeTable(work, table);
    if (lakeTable == null) {
      return;
    }
    Optional<LakeCut> current = lakeTable.current();
    boolean done = current.isPresent() && current.get().csn() >= export.cutCsn();
    CutFiles files = done ? null : write(lakeTable, export);
    LakeMessage.Share share =
        new LakeMessage.Share(
            table,
            export.cutCsn(),
            export.epoch(),
            export.parentCsn(),
            subtask,
            subtaskCount,
            files);
    onTask(
        () -> {
          if (!work.dropped) {
            output.accept(share);
          }
        });
  }

  private CutFiles write(LakeTable lakeTable, Export export) throws InterruptedException {
    TableSchema table = export.table();
    RowCodec rows = new RowCodec(table);
    int rowSpace = Keyspaces.rows(table.tableId());
    try (CutWriter writer =
        lakeTable.newCutWriter(
            export.cutCsn(), subtask + "-" + attempt + "-" + UUID.randomUUID())) {
      for (int shard : state.keyGroups()) {
        for (byte[] key :
            ChangedKeys.between(
                reader, table.tableId(), shard, export.parentCsn(), export.cutCsn())) {
          RowLocation former = former(table.tableId(), shard, key, export.parentCsn());
          byte[] row = reader.get(rowSpace, shard, key, export.cutCsn());
          if (row != null) {
            writer.upsert(shard, key, rows.decode(row), former);
          } else {
            writer.delete(shard, key, former);
          }
        }
        if (closed) {
          throw new InterruptedException("closed");
        }
      }
      return writer.finish();
    }
  }

  private @Nullable RowLocation former(int tableId, int shard, byte[] key, long parentCsn) {
    if (parentCsn < 0) {
      return null;
    }
    byte[] location = reader.get(Keyspaces.locations(tableId), shard, key, parentCsn);
    return location == null ? null : LocationCodec.decode(location);
  }

  /**
   * The lake's table, which the publisher creates: MISSING_TABLE until it has. Null where it is
   * gone because ours was dropped, here or, when an old checkpoint is replayed over a newer lake,
   * later on; then its files are gone, too, and no reader needs their locations.
   */
  private @Nullable LakeTable lakeTable(Work work, TableSchema table) {
    Optional<LakeTable> found =
        lake.catalog()
            .load(table.namespace(), table.name())
            .filter(loaded -> loaded.databaseId().equals(options.databaseId()));
    if (found.isPresent() && found.get().tableId() == table.tableId()) {
      return found.get();
    }
    if (found.isPresent() && found.get().tableId() > table.tableId()) {
      return null;
    }
    if (work.dropped) {
      return null;
    }
    throw LakePublisher.missing(table);
  }

  private void runLocate(Work work, TableSchema table, PublishedCut cut)
      throws InterruptedException {
    int tableId = table.tableId();
    LakeTable lakeTable = lakeTable(work, table);
    if (lakeTable != null) {
      int space = Keyspaces.locations(tableId);
      List<Location> piece = new ArrayList<>(PIECE_SIZE);
      try (LocationCursor cursor = lakeTable.readLocations(cut.locationFile())) {
        while (cursor.next()) {
          if (state.keyGroups().contains(cursor.shard())) {
            RowLocation at = cursor.location();
            piece.add(
                new Location(
                    cursor.shard(), cursor.key(), at == null ? null : LocationCodec.encode(at)));
          }
          if (piece.size() == PIECE_SIZE) {
            putLocations(work, space, cut.cutCsn(), piece);
            piece = new ArrayList<>(PIECE_SIZE);
          }
        }
      }
      putLocations(work, space, cut.cutCsn(), piece);
    }
    onTask(() -> locatedListener.located(tableId, cut.cutCsn()));
  }

  private record Location(int shard, byte[] key, byte @Nullable [] value) {}

  private void putLocations(Work work, int space, long cutCsn, List<Location> piece)
      throws InterruptedException {
    onTask(
        () -> {
          if (work.forgotten) {
            return;
          }
          for (Location location : piece) {
            byte[] value = location.value();
            if (value == null) {
              state.delete(space, location.shard(), location.key(), cutCsn);
            } else {
              state.put(space, location.shard(), location.key(), cutCsn, value);
            }
          }
        });
  }

  private void runTrim(int tableId, long csn) throws InterruptedException {
    int space = Keyspaces.delta(tableId);
    byte[] end = Keyspaces.deltaFrom(csn + 1);
    for (int shard : state.keyGroups()) {
      List<byte[]> piece = new ArrayList<>(PIECE_SIZE);
      try (StoreCursor cursor = reader.scan(space, shard, null, end, NEWEST)) {
        while (cursor.next()) {
          if (!cursor.isDeleted()) {
            piece.add(cursor.key());
          }
          if (piece.size() == PIECE_SIZE) {
            deleteDeltas(space, shard, piece);
            piece = new ArrayList<>(PIECE_SIZE);
          }
        }
      }
      deleteDeltas(space, shard, piece);
    }
  }

  private void deleteDeltas(int space, int shard, List<byte[]> piece) throws InterruptedException {
    if (piece.isEmpty()) {
      return;
    }
    onTask(
        () -> {
          for (byte[] key : piece) {
            // In place of the entry's one version, so that compaction can forget both.
            state.delete(space, shard, key, Keyspaces.deltaCsn(key));
          }
        });
  }

  /** Runs something on the task thread and waits for it. */
  private void onTask(Runnable action) throws InterruptedException {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    mailbox.execute(
        () -> {
          try {
            action.run();
          } finally {
            done.complete(null);
          }
        },
        "lake work");
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new AssertionError("completes normally only", e);
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
    if (thread.isAlive()) {
      LOG.warn("Lake worker {} still busy after {} ms", subtask, CLOSE_TIMEOUT_MS);
    }
    lake.close();
  }
}
