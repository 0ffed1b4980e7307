package io.omendb.examples.demo;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the demonstration's threads measure; thread-safe. Latencies are kept for the newest samples
 * only.
 */
final class DemoFigures {
  private static final int SAMPLES = 1_024;

  private final AtomicLong commitCount = new AtomicLong();
  private final AtomicLong missedCount = new AtomicLong();
  private final AtomicLong queryCount = new AtomicLong();
  private final Latencies lookups = new Latencies();
  private final Latencies queries = new Latencies();
  private volatile boolean stopped;
  private long commitsBefore;

  /** The newest latencies, in nanoseconds. */
  private static final class Latencies {
    private final long[] nanos = new long[SAMPLES];
    private int count;

    synchronized void add(long latencyNanos) {
      nanos[count % SAMPLES] = latencyNanos;
      count++;
    }

    synchronized double medianMs() {
      long[] sorted = Arrays.copyOf(nanos, Math.min(count, SAMPLES));
      Arrays.sort(sorted);
      return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2] / 1e6;
    }
  }

  boolean isStopped() {
    return stopped;
  }

  void stop() {
    stopped = true;
  }

  /** A commit was acknowledged. */
  void committed() {
    commitCount.incrementAndGet();
  }

  /** Commits acknowledged until now. */
  long commits() {
    return commitCount.get();
  }

  void lookedUp(long latencyNanos) {
    lookups.add(latencyNanos);
  }

  /** A query ended; {@code missed} acknowledged commits were not in its answer. */
  void queried(long latencyNanos, long missed) {
    queries.add(latencyNanos);
    queryCount.incrementAndGet();
    missedCount.addAndGet(missed);
  }

  String line(long second) {
    long commits = commits();
    long perSecond = commits - commitsBefore;
    commitsBefore = commits;
    return "%5d  %9d  %10d  %9.3f ms  %9.1f ms  %d queries, %d acknowledged commits missed"
        .formatted(
            second,
            perSecond,
            commits,
            lookups.medianMs(),
            queries.medianMs(),
            queryCount.get(),
            missedCount.get());
  }
}
