package io.omendb.jobs.runtime;

import io.omendb.jobs.serve.shard.ChangedKeys;
import io.omendb.jobs.serve.shard.LocationCodec;
import io.omendb.jobs.serve.shard.PublishedCut;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.RowCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import io.omendb.lake.LakeTable;
import io.omendb.lake.LakeTable.CutWriter;
import io.omendb.lake.LakeTable.LakeCut;
import io.omendb.lake.LakeTable.LocationCursor;
import io.omendb.lake.RowLocation;
import io.omendb.state.backend.table.TableState;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subtask's work for the lake, off its task thread and in the order in which it was asked for:
 * exporting a cut from the versions at its CSN, learning the locations that a published cut
 * brought, trimming deltas that nobody reads any more.
 *
 * <p>One thread, so that an export finds the locations of the cut before it. Reads go to the
 * store's reader; writes and output go through the mailbox, in pieces, one at a time, so that the
 * task thread is never held up by more than one piece. What fails is tried again with growing
 * pauses: commits and reads go on meanwhile, only the lake falls behind.
 */
final class LakeWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakeWorker.class);
  private static final int PIECE_SIZE = 512;
  private static final long RETRY_MIN_MS = 50;
  private static final long RETRY_MAX_MS = 10_000;
  private static final long CLOSE_TIMEOUT_MS = 10_000;
  private static final long NEWEST = Long.MAX_VALUE;

  /** Told on the task thread that a cut's locations are in table state. */
  interface LocatedListener {
    void located(int tableId, long cutCsn);
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private final int subtask;
  private final int subtaskCount;
  private final String attempt;
  private final TableState state;
  private final StoreReader reader;
  private final MailboxExecutor mailbox;
  private final Consumer<LakeMessage> output;
  private final LocatedListener locatedListener;
  private final SharedLake lake;
  private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
  private final Set<Integer> droppedTables = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean closed;

  LakeWorker(
      RuntimeJobOptions options,
      TaskInfo task,
      TableState state,
      MailboxExecutor mailbox,
      Consumer<LakeMessage> output,
      LocatedListener locatedListener) {
    this.subtask = task.getIndexOfThisSubtask();
    this.subtaskCount = task.getNumberOfParallelSubtasks();
    this.attempt = UUID.randomUUID().toString();
    this.state = state;
    this.reader = state.reader();
    this.mailbox = mailbox;
    this.output = output;
    this.locatedListener = locatedListener;
    this.lake = SharedLake.acquire(options.lake());
    this.thread = new Thread(this::work, "omendb-lake-" + options.databaseId() + "-" + subtask);
    // Libraries keep what they load through it in statics, beyond the life of this job.
    thread.setContextClassLoader(LakeWorker.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  /** Writes this subtask's share of a cut and sends it on. Task thread. */
  void export(TableSchema table, long cutCsn, long epoch, long parentCsn) {
    queue.add(() -> runExport(table, cutCsn, epoch, parentCsn));
  }

  /** Puts the locations of a published cut into table state. Task thread. */
  void locate(TableSchema table, PublishedCut cut) {
    queue.add(() -> runLocate(table, cut));
  }

  /** Deletes the deltas up to {@code csn}. Task thread. */
  void trim(TableSchema table, long csn) {
    queue.add(() -> runTrim(table.tableId(), csn));
  }

  /** What is still to do for that table is void. Task thread. */
  void dropped(int tableId) {
    droppedTables.add(tableId);
  }

  private void work() {
    try {
      while (!closed) {
        attempt(queue.take());
      }
    } catch (InterruptedException | RejectedExecutionException e) {
      LOG.debug("Lake worker {} ends", subtask, e);
    }
  }

  private void attempt(Work work) throws InterruptedException {
    long pauseMs = RETRY_MIN_MS;
    while (true) {
      try {
        work.run();
        return;
      } catch (RejectedExecutionException e) {
        throw e;
      } catch (RuntimeException e) {
        if (closed) {
          throw new InterruptedException("closed");
        }
        LOG.warn("Lake work of subtask {} failed; again in {} ms", subtask, pauseMs, e);
      } catch (Error e) {
        failTask(e);
        throw e;
      }
      Thread.sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS);
    }
  }

  private void failTask(Error error) {
    mailbox.execute(
        () -> {
          throw error;
        },
        "lake worker failed");
  }

  private void runExport(TableSchema table, long cutCsn, long epoch, long parentCsn)
      throws InterruptedException {
    LakeTable lakeTable = awaitTable(table);
    if (lakeTable == null) {
      return;
    }
    Optional<LakeCut> current = lakeTable.current();
    boolean done = current.isPresent() && current.get().csn() >= cutCsn;
    CutFiles files = done ? null : write(lakeTable, table, cutCsn, parentCsn);
    LakeMessage.Share share =
        new LakeMessage.Share(table, cutCsn, epoch, parentCsn, subtask, subtaskCount, files);
    onTask(() -> output.accept(share));
  }

  private CutFiles write(LakeTable lakeTable, TableSchema table, long cutCsn, long parentCsn)
      throws InterruptedException {
    RowCodec rows = new RowCodec(table);
    int rowSpace = Keyspaces.rows(table.tableId());
    try (CutWriter writer =
        lakeTable.newCutWriter(cutCsn, subtask + "-" + attempt + "-" + UUID.randomUUID())) {
      for (int shard : state.keyGroups()) {
        for (byte[] key : ChangedKeys.between(reader, table.tableId(), shard, parentCsn, cutCsn)) {
          RowLocation former = former(table.tableId(), shard, key, parentCsn);
          byte[] row = reader.get(rowSpace, shard, key, cutCsn);
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
   * The lake's table, which the committer creates; null where ours was dropped, here or, when an
   * old checkpoint is replayed over a newer lake, later on.
   */
  private @Nullable LakeTable awaitTable(TableSchema table) throws InterruptedException {
    long pauseMs = RETRY_MIN_MS;
    while (!droppedTables.contains(table.tableId())) {
      Optional<LakeTable> found = lake.catalog().load(table.namespace(), table.name());
      if (found.isPresent() && found.get().tableId() == table.tableId()) {
        return found.get();
      }
      if (found.isPresent() && found.get().tableId() > table.tableId()) {
        return null;
      }
      Thread.sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, 1_000);
    }
    return null;
  }

  private void runLocate(TableSchema table, PublishedCut cut) throws InterruptedException {
    int tableId = table.tableId();
    LakeTable lakeTable = awaitTable(table);
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
            putLocations(space, cut.cutCsn(), piece);
            piece = new ArrayList<>(PIECE_SIZE);
          }
        }
      }
      putLocations(space, cut.cutCsn(), piece);
    }
    onTask(() -> locatedListener.located(tableId, cut.cutCsn()));
  }

  private record Location(int shard, byte[] key, byte @Nullable [] value) {}

  private void putLocations(int space, long cutCsn, List<Location> piece)
      throws InterruptedException {
    onTask(
        () -> {
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
