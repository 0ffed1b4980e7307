package io.omendb.jobs.lake;

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
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.jspecify.annotations.Nullable;

/**
 * A subtask's work for the lake, off its task thread: exporting a cut from the versions at its CSN,
 * learning the locations that a published cut brought, trimming deltas that nobody reads any more.
 *
 * <p>Each table has its own work: locations of published cuts in their order, then one cut to
 * export, so that an export finds the locations of the cut before it, then one trim. A table is
 * exported again only after its cut is published, so what waits for it is bounded; what an export
 * takes while it runs is counted in {@link LakeMemory}, and one that finds no room is put off.
 * {@link LakeTurns} takes a step of each table in turn. What fails is tried again with growing
 * pauses, table by table, and reported: commits and reads go on meanwhile, and so do the other
 * tables.
 *
 * <p>Reads go to the store's reader; writes and output go through the mailbox, in pieces, one at a
 * time, so that the task thread is never held up by more than one piece.
 */
public final class LakeWorker implements AutoCloseable {
  private static final int PIECE_SIZE = 512;
  private static final long RETRY_MIN_MS = 50;
  private static final long NEWEST = Long.MAX_VALUE;

  /** The publisher makes a table a moment after its creation; after so many looks it is missed. */
  private static final int LOOKS_BEFORE_MISSED = 8;

  private static final long NONE = -1;

  /** Told on the task thread that a cut's locations are in table state. */
  public interface LocatedListener {
    void located(int tableId, long cutCsn);
  }

  private record Export(TableSchema table, long cutCsn, long epoch, long parentCsn) {}

  /** What is to be done for one table. Guarded by the turns, but for the flags. */
  private static final class Work extends LakeTurns.Work {
    final Deque<PublishedCut> toLocate = new ArrayDeque<>();
    TableSchema table;
    @Nullable Export export;
    long trimThrough = NONE;
    volatile boolean dropped;
    volatile boolean forgotten;

    Work(TableSchema table) {
      super(RETRY_MIN_MS);
      this.table = table;
    }

    @Override
    String name() {
      return LakeSchemas.identifier(table);
    }

    @Override
    boolean isIdle() {
      return toLocate.isEmpty() && export == null && trimThrough == NONE;
    }
  }

  private final int subtask;
  private final int subtaskCount;
  private final String attempt;
  private final LakeOptions options;
  private final TableState state;
  private final StoreReader reader;
  private final MailboxExecutor mailbox;
  private final Consumer<LakeMessage> output;
  private final LocatedListener locatedListener;
  private final SharedLake lake;
  private final LakeMemory memory = LakeMemory.ofProcess();
  private final LakeTurns<Integer, Work> turns;

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
    this.options = options;
    this.state = state;
    this.reader = state.reader();
    this.mailbox = mailbox;
    this.output = output;
    this.locatedListener = locatedListener;
    this.lake = SharedLake.acquire(options.catalog());
    this.turns =
        new LakeTurns<>(
            "subtask " + subtask,
            "omendb-lake-" + options.databaseId() + "-" + subtask,
            options,
            reports,
            mailbox,
            new Steps());
    turns.start();
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
    synchronized (turns) {
      Work work = turns.ifPending(tableId);
      if (work != null) {
        work.dropped = true;
        work.export = null;
        work.trimThrough = NONE;
        turns.resume(work);
      }
    }
  }

  /** Nobody reads the table any more and its state is let go of. Task thread. */
  public void forget(int tableId) {
    synchronized (turns) {
      Work work = turns.remove(tableId);
      if (work != null) {
        work.dropped = true;
        work.forgotten = true;
      }
    }
  }

  private void add(TableSchema table, Consumer<Work> change) {
    synchronized (turns) {
      Work work = turns.pendingFor(table.tableId(), () -> new Work(table));
      work.table = table;
      change.accept(work);
    }
  }

  private final class Steps implements LakeTurns.Owner<Work> {
    @Override
    public LakeTurns.Turn next(Work work) {
      TableSchema table = work.table;
      PublishedCut toLocate = work.toLocate.peek();
      Export export = work.export;
      long trimThrough = work.trimThrough;
      if (toLocate != null) {
        return new LakeTurns.Turn(table.tableId(), () -> runLocate(work, table, toLocate));
      } else if (export != null) {
        return new LakeTurns.Turn(table.tableId(), () -> runExport(work, export));
      } else {
        return new LakeTurns.Turn(
            table.tableId(), () -> runTrim(work, table.tableId(), trimThrough));
      }
    }

    @Override
    public boolean isExpected(Work work, LakeException trouble) {
      return work.dropped
          || (trouble.reason() == Reason.MISSING_TABLE
              && work.retry.failures() < LOOKS_BEFORE_MISSED);
    }

    @Override
    public boolean isDropped(Work work, int tableId) {
      return work.dropped;
    }
  }

  private boolean runExport(Work work, Export export) throws InterruptedException {
    LakeTable lakeTable = lakeTable(work, export.table());
    if (lakeTable != null && !export(lakeTable, work, export)) {
      return false;
    }
    synchronized (turns) {
      work.export = export.equals(work.export) ? null : work.export;
    }
    return true;
  }

  /** Whether it found memory to do so. */
  private boolean export(LakeTable lakeTable, Work work, Export export)
      throws InterruptedException {
    Optional<LakeCut> current = lakeTable.current();
    if (current.isPresent() && current.get().csn() >= export.cutCsn()) {
      send(work, export, null);
      return true;
    }
    try (LakeMemory.@Nullable Room room = memory.tryExport(export.table().tableId())) {
      if (room == null) {
        return false;
      }
      CutFiles files = write(lakeTable, export, room);
      room.grow(files.encoded().length);
      send(work, export, files);
      return true;
    }
  }

  private void send(Work work, Export export, @Nullable CutFiles files)
      throws InterruptedException {
    LakeMessage.Share share =
        new LakeMessage.Share(
            export.table(),
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

  private CutFiles write(LakeTable lakeTable, Export export, LakeMemory.Room room)
      throws InterruptedException {
    TableSchema table = export.table();
    RowCodec rows = new RowCodec(table);
    try (CutWriter writer =
        lakeTable.newCutWriter(
            export.cutCsn(),
            subtask + "-" + attempt + "-" + UUID.randomUUID(),
            memory.rowGroupBytes())) {
      for (int shard : state.keyGroups()) {
        byte[] after = null;
        ChangedKeys.Batch batch;
        do {
          long formerCount = writer.formerCount();
          batch = changed(export, shard, after);
          writeBatch(writer, rows, export, shard, batch.keys());
          room.grow(LakeMemory.bytesOfPositions(writer.formerCount() - formerCount));
          after = batch.keys().isEmpty() ? null : batch.keys().get(batch.keys().size() - 1);
          turns.checkOpen();
        } while (!batch.complete());
      }
      return writer.finish();
    }
  }

  private ChangedKeys.Batch changed(Export export, int shard, byte @Nullable [] after) {
    return ChangedKeys.next(
        reader,
        export.table().tableId(),
        shard,
        export.parentCsn(),
        export.cutCsn(),
        after,
        memory.keysBytes());
  }

  private void writeBatch(
      CutWriter writer, RowCodec rows, Export export, int shard, List<byte[]> keys) {
    int tableId = export.table().tableId();
    for (byte[] key : keys) {
      RowLocation former = former(tableId, shard, key, export.parentCsn());
      byte[] row = reader.get(Keyspaces.rows(tableId), shard, key, export.cutCsn());
      if (row != null) {
        writer.upsert(shard, key, rows.decode(row), former);
      } else {
        writer.delete(shard, key, former);
      }
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

  private boolean runLocate(Work work, TableSchema table, PublishedCut cut)
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
    synchronized (turns) {
      work.toLocate.remove(cut);
    }
    return true;
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

  private boolean runTrim(Work work, int tableId, long csn) throws InterruptedException {
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
    synchronized (turns) {
      if (work.trimThrough == csn) {
        work.trimThrough = NONE;
      }
    }
    return true;
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
    try {
      mailbox.execute(
          () -> {
            try {
              action.run();
            } finally {
              done.complete(null);
            }
          },
          "lake work");
    } catch (RejectedExecutionException e) {
      throw (InterruptedException) new InterruptedException("the task has ended").initCause(e);
    }
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new AssertionError("completes normally only", e);
    }
  }

  @Override
  public void close() {
    turns.close();
    lake.close();
  }
}
