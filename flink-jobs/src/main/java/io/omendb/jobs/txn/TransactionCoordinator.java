package io.omendb.jobs.txn;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.CommitLog;
import io.omendb.jobs.log.LogReader;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.log.LogState.LakeLag;
import io.omendb.jobs.log.LogState.TableLake;
import io.omendb.jobs.memory.MemoryAccount;
import io.omendb.jobs.serve.LakeTroubles;
import io.omendb.jobs.table.CatalogState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives out snapshots and CSNs, holds locks, and makes commits durable: the one writer of its log.
 * Thread-safe. Opened over a log that it reads to the end first, so it knows all that any earlier
 * coordinator acknowledged; the caller closes the log after it.
 *
 * <p>One thread commits, a group at a time: 1. take what waits, 2. give each a CSN, 3. append and
 * sync as one group, 4. publish the newest durable CSN, 5. release locks, with the CSN as each
 * key's newest, 6. complete futures (on this thread: dependents must be short). While a group
 * syncs, the next one gathers. So a lock is held until its transaction is durable, and whoever gets
 * it next sees the CSN, or can take a snapshot that includes it.
 *
 * <p>A coordinator whose log was taken over can neither commit (the log checks the epoch after each
 * sync and before acknowledging) nor hand out snapshots: within a JVM from the moment of the
 * takeover; elsewhere the log's directory lock keeps other processes out for as long as this one
 * lives, and should that lock be void (some network file systems), at most {@code
 * epochCheckIntervalMs} later. After a failure {@link #failure()} completes, and all that is open
 * ends with SERIALIZATION_FAILURE, or TRANSACTION_RESOLUTION_UNKNOWN where a commit was under way.
 */
public final class TransactionCoordinator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionCoordinator.class);
  private static final long IDLE_WAIT_MS = 1000;

  /** More than there are threads that ask {@link #commitsAtOnce} before they commit. */
  private static final int QUEUE_RESERVE = 64;

  private final CommitLog log;
  private final int shardCount;
  private final CoordinatorOptions options;
  private final LockTable locks;
  private final ActiveSnapshots snapshots;
  private final BlockingQueue<Request> queue;
  private final AtomicLong nextTransactionId = new AtomicLong(1);
  private final AtomicInteger nextTableId;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final Thread thread;

  /** Confined to the coordinator's thread, except in {@link #commitOf}, which locks it. */
  private final LogState state;

  private final UnsentCommits unsent = new UnsentCommits();
  private final CutSchedule cuts;
  private final DiskSpace diskSpace;
  private volatile @Nullable OmenException stopped;
  private volatile long epochCheckedNanos;
  private volatile boolean closing;

  /**
   * Opens the coordinator of a log that was just opened (and so has a new epoch). {@code base} is
   * the state at some position of it, from a checkpoint or {@code new LogState(0)}; it is not kept.
   */
  public static TransactionCoordinator open(
      CommitLog log, LogState base, int shardCount, CoordinatorOptions options) throws IOException {
    return open(log, base, shardCount, options, new LakeTroubles());
  }

  /** {@code troubles} is kept by whoever hears of the lake's work: cuts wait for no such table. */
  public static TransactionCoordinator open(
      CommitLog log,
      LogState base,
      int shardCount,
      CoordinatorOptions options,
      LakeTroubles troubles)
      throws IOException {
    LogState state = base.copy();
    try (LogReader reader = log.read(state.position())) {
      for (LogRecord record = reader.poll(); record != null; record = reader.poll()) {
        state.apply(record, reader.position());
      }
    }
    LogRecord opened = new LogRecord.EpochOpened(state.csn() + 1, log.epoch());
    state.apply(opened, log.append(List.of(opened)));
    return new TransactionCoordinator(log, state, shardCount, options, troubles);
  }

  private TransactionCoordinator(
      CommitLog log,
      LogState state,
      int shardCount,
      CoordinatorOptions options,
      LakeTroubles troubles) {
    this.log = log;
    this.shardCount = shardCount;
    this.state = state;
    this.options = options;
    locks = new LockTable(options.recentKeysMax());
    snapshots = new ActiveSnapshots(new Snapshot(state.csn(), state.catalog(), state.lake()));
    queue = new ArrayBlockingQueue<>(options.queuedRequestsMax());
    nextTableId = new AtomicInteger(state.catalog().nextTableId());
    cuts =
        new CutSchedule(
            options.cutIntervalMs(),
            options.cutBytes(),
            CutSchedule.LATE_AFTER_MS,
            tableId -> troubles.of(tableId) != null,
            System::nanoTime);
    diskSpace = new DiskSpace(log, options.diskReserveBytes());
    epochCheckedNanos = System.nanoTime();
    thread = new Thread(this::run, "omendb-coordinator-" + log.epoch());
    thread.setDaemon(true);
    thread.start();
    LOG.info("Coordinator of epoch {} serves from CSN {}", log.epoch(), state.csn());
  }

  public long epoch() {
    return log.epoch();
  }

  /** The newest durable CSN. */
  public long durableCsn() {
    return snapshots.newest().csn();
  }

  /** The catalog at {@link #durableCsn()}. */
  public CatalogState catalog() {
    return snapshots.newest().catalog();
  }

  /** What the lake has of each table, by table id. */
  public Map<Integer, TableLake> lake() {
    return snapshots.newest().lake();
  }

  /** Completes exceptionally when this coordinator can serve no more. */
  public CompletableFuture<Void> failure() {
    return failure;
  }

  /** The CSN of a recent transaction's commit, if it committed; for unknown outcomes. */
  public OptionalLong commitOf(long epoch, long transactionId) {
    synchronized (state) {
      return state.commitOf(epoch, transactionId);
    }
  }

  int shardCount() {
    return shardCount;
  }

  CoordinatorOptions options() {
    return options;
  }

  LockTable locks() {
    return locks;
  }

  long newTransactionId() {
    return nextTransactionId.getAndIncrement();
  }

  int newTableId() {
    return nextTableId.getAndIncrement();
  }

  /** The newest durable snapshot, registered; fails if this coordinator may not serve any more. */
  ActiveSnapshots.Handle openSnapshot() {
    requireCurrent();
    long now = System.nanoTime();
    if (now - epochCheckedNanos > TimeUnit.MILLISECONDS.toNanos(options.epochCheckIntervalMs())) {
      checkEpoch();
      epochCheckedNanos = now;
    }
    return snapshots.open();
  }

  /**
   * As {@link #openSnapshot}, without looking at the log; null where that is due, or where this
   * coordinator may not serve any more.
   */
  ActiveSnapshots.@Nullable Handle tryOpenSnapshot() {
    boolean due =
        System.nanoTime() - epochCheckedNanos
            > TimeUnit.MILLISECONDS.toNanos(options.epochCheckIntervalMs());
    return due || stopped != null || log.isFenced() ? null : snapshots.open();
  }

  private void checkEpoch() {
    try {
      log.verifyEpoch();
    } catch (IOException e) {
      throw new OmenException(ErrorCode.IO_ERROR, "cannot read the commit log's epoch", e);
    } catch (OmenException e) {
      // A log that cannot be written any more still serves what is durable.
      requireCurrent();
    }
  }

  private void requireCurrent() {
    if (log.isFenced()) {
      throw new OmenException(
          ErrorCode.CANNOT_CONNECT_NOW,
          "the coordinator of epoch %d was replaced; connect again".formatted(log.epoch()));
    }
    OmenException reason = stopped;
    if (reason != null) {
      throw new OmenException(reason.code(), String.valueOf(reason.getMessage()), reason);
    }
  }

  /** Memory of commits on their way to the shards. */
  UnsentCommits unsent() {
    return unsent;
  }

  /** The commits up to this CSN were handed to the shards. */
  public void sent(long csn) {
    unsent.sent(csn);
  }

  /** For the writes of a new transaction. */
  MemoryAccount openWriteMemory() {
    return new MemoryAccount(options.transactionMemory(), Long.MAX_VALUE, "");
  }

  /** DISK_FULL while the log's disk has too little room for writes; costs a volatile read. */
  void requireDiskSpace() {
    diskSpace.require();
  }

  /**
   * Commits: completes with the CSN once durable and visible, locks released. Blocks only while the
   * queue is full. If it fails, the locks are released too.
   */
  CompletableFuture<Long> commit(Request.Commit request) {
    submit(request);
    return request.result();
  }

  /** Whether {@link #commit} would not block now. */
  boolean commitsAtOnce() {
    return queue.remainingCapacity() > QUEUE_RESERVE;
  }

  /** See {@link io.omendb.jobs.serve.Database#requestCut()}. */
  public long requestCut() {
    Request.CutWanted request = new Request.CutWanted(new CompletableFuture<>());
    submit(request);
    try {
      return request.result().get();
    } catch (InterruptedException e) {
      throw new OmenException(
          ErrorCode.QUERY_CANCELED, "canceling statement due to user request", e);
    } catch (ExecutionException e) {
      throw Failures.of(e);
    }
  }

  /**
   * Tells that the lake's table now is the state at {@code cutCsn}; completes once that is in the
   * log. What is known already, and dropped tables, are ignored, so it may be told again.
   */
  public CompletableFuture<Void> lakePublished(
      int tableId, long cutCsn, long snapshotId, String locationFile) {
    Request.Published request =
        new Request.Published(tableId, cutCsn, snapshotId, locationFile, new CompletableFuture<>());
    submit(request);
    return request.result();
  }

  /** How far the lake is behind, by table. */
  public List<LakeLag> lakeLags() {
    synchronized (state) {
      return state.lakeLags();
    }
  }

  /** The state at the end of the log. */
  public LogState stateCopy() {
    synchronized (state) {
      return state.copy();
    }
  }

  /** Snapshots that are held, for tests and metrics. */
  int activeSnapshots() {
    return snapshots.size();
  }

  /** Memory of all transactions' writes, until they are with the shards. */
  long writeBytes() {
    return options.transactionMemory().usedBytes();
  }

  private void submit(Request request) {
    try {
      while (stopped == null && !queue.offer(request, 100, TimeUnit.MILLISECONDS)) {
        // The queue is full: wait, but not for a coordinator that has stopped.
        Thread.onSpinWait();
      }
    } catch (InterruptedException e) {
      request.fail(
          this,
          new OmenException(
              ErrorCode.QUERY_CANCELED, "canceling statement due to user request", e));
      return;
    }
    OmenException reason = stopped;
    if (reason != null) {
      // Whether or not it was queued, and by whomever: nobody else takes from the queue any more.
      request.fail(this, reason);
      failQueued(reason);
    }
  }

  private void failQueued(OmenException reason) {
    for (Request request = queue.poll(); request != null; request = queue.poll()) {
      request.fail(this, reason);
    }
  }

  private void run() {
    try {
      while (!closing && !log.isFenced()) {
        long waitMs =
            diskSpace.isLow()
                ? DiskSpace.INTERVAL_MS
                : Math.min(IDLE_WAIT_MS, cuts.millisUntilDue(state));
        List<Request> requests = gather(queue.poll(waitMs, TimeUnit.MILLISECONDS));
        diskSpace.look();
        try {
          process(requests);
        } catch (RuntimeException | Error e) {
          OmenException reason =
              new OmenException(
                  ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN, "the coordinator failed: " + e, e);
          requests.forEach(request -> request.fail(this, reason));
          throw e;
        }
        cutIfWanted();
        locks.forget(snapshots.oldestCsn());
      }
      stop(
          log.isFenced()
              ? replaced(null)
              : new OmenException(ErrorCode.ADMIN_SHUTDOWN, "the database is shutting down"));
    } catch (InterruptedException e) {
      stop(new OmenException(ErrorCode.ADMIN_SHUTDOWN, "the coordinator was interrupted", e));
    } catch (RuntimeException | Error e) {
      LOG.error("The coordinator of epoch {} failed", log.epoch(), e);
      stop(Failures.of(e));
    }
  }

  private OmenException replaced(@Nullable Throwable cause) {
    OmenException error =
        new OmenException(
            ErrorCode.SERIALIZATION_FAILURE,
            "could not serialize access: the coordinator of epoch %d was replaced"
                .formatted(log.epoch()));
    if (cause != null) {
      error.initCause(cause);
    }
    return error;
  }

  /** Ends all that is open and all that comes. */
  private void stop(OmenException reason) {
    stopped = reason;
    locks.fail(reason);
    failQueued(reason);
    unsent.close();
    failure.completeExceptionally(reason);
  }

  private List<Request> gather(@Nullable Request first) {
    List<Request> group = new ArrayList<>();
    long bytes = 0;
    Request next = first;
    while (next != null) {
      group.add(next);
      bytes += next.bytes();
      boolean full = group.size() >= options.groupRequestsMax() || bytes >= options.groupBytesMax();
      next = full ? null : queue.poll();
    }
    return group;
  }

  /** Steps 2 to 6 for one group. */
  private void process(List<Request> requests) {
    CommitGroup group = new CommitGroup(state, log.epoch(), options.clockMicros().getAsLong());
    for (Request request : requests) {
      if (request instanceof Request.Commit commit) {
        add(group, commit);
      } else if (request instanceof Request.Published published) {
        long horizon = snapshots.horizon(published.tableId(), published.cutCsn());
        group.add(published, horizon);
      } else if (request instanceof Request.CutWanted wanted) {
        cuts.want(wanted);
      }
    }
    if (group.records().isEmpty()) {
      return;
    }
    OmenException refusal = append(group.records());
    if (refusal == null) {
      group.finish(this);
    } else {
      group.fail(this, refusal);
    }
  }

  private void add(CommitGroup group, Request.Commit commit) {
    try {
      diskSpace.require();
    } catch (OmenException full) {
      commit.fail(this, full);
      return;
    }
    group.add(commit, this);
  }

  /** Appends and publishes; what went wrong, where that is no reason to stop serving reads. */
  private @Nullable OmenException append(List<LogRecord> records) {
    long start = state.position();
    long end;
    try {
      end = log.append(records);
    } catch (OmenException e) {
      return appendFailed(e);
    } catch (IOException | RuntimeException e) {
      return appendFailed(
          new OmenException(
              ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN,
              "the commit log failed: " + e.getMessage(),
              e));
    }
    epochCheckedNanos = System.nanoTime();
    boolean seldom = false;
    synchronized (state) {
      for (int i = 0; i < records.size(); i++) {
        LogRecord record = records.get(i);
        state.apply(record, i == records.size() - 1 ? end : start);
        seldom |= changesMoreThanRows(record);
      }
    }
    cuts.appended(end - start);
    Map<Integer, TableLake> lake = seldom ? state.lake() : snapshots.newest().lake();
    snapshots.publish(new Snapshot(state.csn(), state.catalog(), lake));
    return null;
  }

  private static boolean changesMoreThanRows(LogRecord record) {
    if (record instanceof LogRecord.Commit commit) {
      // DDL comes first in a commit.
      return !commit.changes().isEmpty()
          && !(commit.changes().get(0) instanceof LogRecord.RowChange);
    }
    return true;
  }

  private OmenException appendFailed(OmenException error) {
    if (error.code() == ErrorCode.PROGRAM_LIMIT_EXCEEDED) {
      return error;
    }
    if (error.code() == ErrorCode.DISK_FULL) {
      // Nothing of the group is in the log, and the next one may find room.
      LOG.warn("The commit log of epoch {} has no room: {}", log.epoch(), error.getMessage());
      return error;
    }
    LOG.error("The commit log of epoch {} failed; nothing commits any more", log.epoch(), error);
    failure.completeExceptionally(error);
    if (!log.isFenced()) {
      return error;
    }
    return error.code() == ErrorCode.TRANSACTION_RESOLUTION_UNKNOWN ? error : replaced(error);
  }

  private void cutIfWanted() {
    if (diskSpace.isLow()) {
      // The lake's files would take what is left; the next cut has these changes, too.
      cuts.answer(state, null);
      return;
    }
    List<Integer> changed = cuts.tablesToCut(state);
    OmenException refusal =
        changed.isEmpty()
            ? null
            : append(List.of(new LogRecord.Cut(state.csn() + 1, log.epoch(), changed)));
    cuts.answer(state, refusal);
  }

  /** Stops serving; waits for the commit that is under way. Leaves the log open. */
  @Override
  public void close() {
    closing = true;
    // Wakes the thread if it waits; if the queue is full it does not.
    boolean woken = queue.offer(new Request.WakeUp());
    LOG.debug("Closing, woken: {}", woken);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
