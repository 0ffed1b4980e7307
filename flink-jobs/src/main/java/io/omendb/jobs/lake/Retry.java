package io.omendb.jobs.lake;

import java.util.concurrent.TimeUnit;

/**
 * When something that failed is tried again: after pauses that double up to a bound. Not
 * thread-safe.
 */
final class Retry {
  private final long pauseMinMs;
  private final long pauseMaxMs;
  private long pauseMs;
  private long notBeforeNanos = System.nanoTime();
  private int failures;

  Retry(long pauseMinMs, long pauseMaxMs) {
    this.pauseMinMs = pauseMinMs;
    this.pauseMaxMs = pauseMaxMs;
    this.pauseMs = pauseMinMs;
  }

  /** Time until the next attempt, at most 0 where it may begin. */
  long remainingNanos() {
    return notBeforeNanos - System.nanoTime();
  }

  int failures() {
    return failures;
  }

  /** It failed: waits, and longer each time. */
  void failed() {
    failures++;
    notBeforeNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
  }

  /** It succeeded: the next attempt is due at once. */
  void succeeded() {
    failures = 0;
    pauseMs = pauseMinMs;
    notBeforeNanos = System.nanoTime();
  }
}
