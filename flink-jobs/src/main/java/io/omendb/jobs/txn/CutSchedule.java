package io.omendb.jobs.txn;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When the lake is brought up to date: once enough time has passed or enough was written since the
 * last cut, or when asked, but never while a cut is outstanding and never if nothing changed.
 * Coordinator's thread.
 */
final class CutSchedule {
  private static final long NEVER_MS = Long.MAX_VALUE;

  private final long intervalMs;
  private final long bytesMax;
  private final List<Request.CutWanted> unanswered = new ArrayList<>();
  private long lastCutNanos = System.nanoTime();
  private long bytesSinceCut;
  private boolean wanted;

  CutSchedule(long intervalMs, long bytesMax) {
    this.intervalMs = intervalMs;
    this.bytesMax = bytesMax;
  }

  void want(Request.CutWanted request) {
    unanswered.add(request);
    wanted = true;
  }

  void appended(long bytes) {
    bytesSinceCut += bytes;
  }

  /** At least 1: time until a look at {@link #tablesToCut} can find something by itself. */
  long millisUntilDue(LogState state) {
    if (intervalMs <= 0 || state.cutOutstanding()) {
      return NEVER_MS;
    }
    long remaining = intervalMs - elapsedMs();
    if (remaining > 0) {
      return remaining;
    }
    return state.changedTables().isEmpty() ? NEVER_MS : 1;
  }

  private long elapsedMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastCutNanos);
  }

  /** The tables that a cut is due for now; then one must be logged. */
  List<Integer> tablesToCut(LogState state) {
    boolean due =
        wanted
            || (intervalMs > 0 && elapsedMs() >= intervalMs)
            || (bytesMax > 0 && bytesSinceCut >= bytesMax);
    if (!due || state.cutOutstanding()) {
      return List.of();
    }
    wanted = false;
    List<Integer> changed = state.changedTables();
    if (!changed.isEmpty()) {
      lastCutNanos = System.nanoTime();
      bytesSinceCut = 0;
    }
    return changed;
  }

  /**
   * Tells those who asked: the newest cut if it has everything, else the newest CSN, which the next
   * cut will include; or {@code refusal}, why no cut could be logged.
   */
  void answer(LogState state, @Nullable OmenException refusal) {
    if (refusal != null) {
      unanswered.forEach(request -> request.result().completeExceptionally(refusal));
      unanswered.clear();
    }
    if (unanswered.isEmpty()) {
      return;
    }
    long csn = state.changedTables().isEmpty() ? state.lastCutCsn() : state.csn();
    unanswered.forEach(request -> request.result().complete(csn));
    unanswered.clear();
  }
}
