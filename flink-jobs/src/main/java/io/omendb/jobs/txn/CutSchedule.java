package io.omendb.jobs.txn;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When the lake is brought up to date: once enough time has passed or enough was written since the
 * last cut, or when asked, and never if nothing changed. Coordinator's thread.
 *
 * <p>Tables are cut together, so that a reader of the lake finds them at one CSN: a cut waits for
 * the tables whose former one is not published yet. But not for one that is known to be in trouble,
 * and for {@link #lateAfterMs} only: such a table is left behind with the cut that it has
 * outstanding, and joins the others again once that is published.
 */
final class CutSchedule {
  /** How long tables wait for each other. */
  static final long LATE_AFTER_MS = 30_000;

  private static final long NEVER_MS = Long.MAX_VALUE;

  private record Outstanding(long cutCsn, long sinceNanos) {}

  private final long intervalMs;
  private final long bytesMax;
  private final long lateAfterMs;
  private final IntPredicate inTrouble;
  private final LongSupplier nanos;
  private final List<Request.CutWanted> unanswered = new ArrayList<>();
  private final Map<Integer, Outstanding> outstanding = new HashMap<>();
  private long lastCutNanos;
  private long bytesSinceCut;
  private boolean wanted;

  /** {@code inTrouble} tells of a table, by id, whether publishing it fails. */
  CutSchedule(
      long intervalMs,
      long bytesMax,
      long lateAfterMs,
      IntPredicate inTrouble,
      LongSupplier nanos) {
    this.intervalMs = intervalMs;
    this.bytesMax = bytesMax;
    this.lateAfterMs = lateAfterMs;
    this.inTrouble = inTrouble;
    this.nanos = nanos;
    this.lastCutNanos = nanos.getAsLong();
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
    long waitMs = waitsMs(state);
    if (intervalMs <= 0) {
      return wanted && waitMs > 0 ? waitMs : NEVER_MS;
    }
    long remaining = Math.max(waitMs, wanted ? 0 : intervalMs - elapsedMs(lastCutNanos));
    if (remaining > 0) {
      return remaining;
    }
    return state.tablesToCut().isEmpty() ? NEVER_MS : 1;
  }

  private long elapsedMs(long sinceNanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - sinceNanos);
  }

  /** How long the next cut waits at most for tables that are not late yet; 0 for not at all. */
  private long waitsMs(LogState state) {
    Map<Integer, Long> cuts = state.outstandingCuts();
    if (cuts.isEmpty()) {
      outstanding.clear();
      return 0;
    }
    outstanding.keySet().retainAll(cuts.keySet());
    long waitMs = 0;
    for (Map.Entry<Integer, Long> cut : cuts.entrySet()) {
      Outstanding known = outstanding.get(cut.getKey());
      if (known == null || known.cutCsn() != cut.getValue()) {
        known = new Outstanding(cut.getValue(), nanos.getAsLong());
        outstanding.put(cut.getKey(), known);
      }
      if (!inTrouble.test(cut.getKey())) {
        waitMs = Math.max(waitMs, lateAfterMs - elapsedMs(known.sinceNanos()));
      }
    }
    return waitMs;
  }

  /** The tables that a cut is due for now; then one must be logged. */
  List<Integer> tablesToCut(LogState state) {
    boolean due =
        wanted
            || (intervalMs > 0 && elapsedMs(lastCutNanos) >= intervalMs)
            || (bytesMax > 0 && bytesSinceCut >= bytesMax);
    if (!due || waitsMs(state) > 0) {
      return List.of();
    }
    wanted = false;
    List<Integer> tables = state.tablesToCut();
    if (!tables.isEmpty()) {
      lastCutNanos = nanos.getAsLong();
      bytesSinceCut = 0;
    }
    return tables;
  }

  /**
   * Tells those who asked: the newest cut if it has everything that can be cut, else the newest
   * CSN, which the next cut will include; or {@code refusal}, why no cut could be logged.
   */
  void answer(LogState state, @Nullable OmenException refusal) {
    if (refusal != null) {
      unanswered.forEach(request -> request.result().completeExceptionally(refusal));
      unanswered.clear();
    }
    if (unanswered.isEmpty()) {
      return;
    }
    boolean more = wanted && !state.changedTables().isEmpty();
    long csn = more || !state.tablesToCut().isEmpty() ? state.csn() : state.lastCutCsn();
    unanswered.forEach(request -> request.result().complete(csn));
    unanswered.clear();
  }
}
