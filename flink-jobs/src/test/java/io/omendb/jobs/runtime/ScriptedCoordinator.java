package io.omendb.jobs.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.log.CommitLog;
import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogReader;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.serve.LakeTableState.Trouble;
import io.omendb.jobs.serve.LakeTroubles;
import io.omendb.jobs.serve.SnapshotLease;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeTable.LakeCut;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The log's owner in tests: appends what the test says, in the order in which it says so, and logs
 * what the lake publishes. No locks, no transactions.
 */
final class ScriptedCoordinator implements LogOwner {
  /** Databases whose publications are lost, as if the coordinator's machine had failed. */
  static final Map<String, Boolean> DEAF = new ConcurrentHashMap<>();

  private final String databaseId;
  private final FileCommitLog log;

  @GuardedBy("this")
  private final LogState state;

  @GuardedBy("this")
  private final List<Held> heldSnapshots = new ArrayList<>();

  private final LogState atOpening;
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final LakeTroubles troubles = new LakeTroubles();
  private long nextTransaction = 1;

  private ScriptedCoordinator(String databaseId, FileCommitLog log, @Nullable LogState from)
      throws IOException {
    this.databaseId = databaseId;
    this.log = log;
    LogState begin = from == null ? new LogState(log.beginPosition()) : from;
    this.state = begin.copy();
    try (LogReader reader = log.read(state.position())) {
      for (LogRecord record = reader.poll(); record != null; record = reader.poll()) {
        state.apply(record, reader.position());
      }
    }
    atOpening = state.copy();
    append(new LogRecord.EpochOpened(state.csn() + 1, log.epoch()));
  }

  static LogOwner open(RuntimeJobOptions options, @Nullable LogState from) throws IOException {
    FileCommitLog log =
        FileCommitLog.open(
            Path.of(options.databaseDirectory()).resolve("log"),
            FileCommitLogOptions.DEFAULT.withSegmentBytes(options.logSegmentBytes()));
    return new ScriptedCoordinator(options.databaseId(), log, from);
  }

  private synchronized void append(LogRecord record) {
    try {
      state.apply(record, log.append(List.of(record)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized long commit(List<Change> changes) {
    long csn = state.csn() + 1;
    append(new LogRecord.Commit(csn, log.epoch(), nextTransaction++, csn * 1_000, changes));
    return csn;
  }

  /** A cut of all changed tables without an outstanding one, or -1 where there are none. */
  synchronized long cut() {
    if (state.tablesToCut().isEmpty()) {
      return -1;
    }
    long csn = state.csn() + 1;
    append(new LogRecord.Cut(csn, log.epoch(), state.tablesToCut()));
    return csn;
  }

  /** Lets the log go of all that the lake has. */
  synchronized void trim() throws IOException {
    log.trim(state.neededFrom());
  }

  /** Lets it go of all. */
  synchronized void trimKnowingAll() throws IOException {
    LogState known = state.copy();
    log.trim(known.position(), () -> known);
  }

  synchronized LogState stateCopy() {
    return state.copy();
  }

  synchronized long csn() {
    return state.csn();
  }

  synchronized LogState.TableLake lake(int tableId) {
    return state.lake().getOrDefault(tableId, LogState.TableLake.NOTHING);
  }

  /** A snapshot that nobody's horizon passes until it is released. */
  synchronized Held hold(int tableId) {
    LogState.TableLake lake = lake(tableId);
    Held held =
        new Held(state.csn(), new SnapshotLease.LakeView(lake.snapshotId(), lake.coveredCsn()));
    heldSnapshots.add(held);
    return held;
  }

  synchronized void release(Held held) {
    heldSnapshots.remove(held);
  }

  private synchronized long horizon(long newest) {
    return heldSnapshots.stream().mapToLong(Held::csn).reduce(newest, Math::min);
  }

  /** What a reader of one table holds. */
  record Held(long csn, SnapshotLease.LakeView view) {}

  synchronized boolean cutOutstanding() {
    return !state.outstandingCuts().isEmpty();
  }

  @Override
  public CommitLog log() {
    return log;
  }

  @Override
  public long openedAtCsn() {
    return atOpening.csn();
  }

  @Override
  public Map<Integer, Long> outstandingCuts() {
    return atOpening.outstandingCuts();
  }

  @Override
  public CompletableFuture<Void> failure() {
    return failure;
  }

  @Override
  public synchronized void lakePublished(int tableId, LakeCut cut) {
    if (DEAF.getOrDefault(databaseId, false) || !state.outstandingCuts().containsKey(tableId)) {
      return;
    }
    long csn = state.csn() + 1;
    append(
        new LogRecord.LakePublished(
            csn,
            log.epoch(),
            tableId,
            cut.csn(),
            cut.snapshotId(),
            cut.locationFile(),
            horizon(csn - 1)));
  }

  @Override
  public void lakeTrouble(int tableId, String part, @Nullable LakeException trouble) {
    if (trouble == null) {
      troubles.mended(tableId, part);
    } else {
      troubles.failed(
          tableId, part, trouble.reason().name(), String.valueOf(trouble.getMessage()), "", 0);
    }
  }

  /** What the lake's work said of a table last; null where it goes on. */
  @Nullable Trouble trouble(int tableId) {
    return troubles.of(tableId);
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
