package io.omendb.state.backend.snapshot;

import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentSkipListSet;

/** The sequence numbers at which savepoints are being read; holds back the horizon. Any thread. */
public final class SnapshotVersions {

  private final ConcurrentSkipListSet<Long> reading = new ConcurrentSkipListSet<>();

  void pin(long version) {
    reading.add(version);
  }

  void release(long version) {
    reading.remove(version);
  }

  /** The greatest horizon, at most {@code newest}, that no reader needs lower. */
  long horizon(long newest) {
    try {
      return Math.min(newest, reading.first());
    } catch (NoSuchElementException nobodyReads) {
      return newest;
    }
  }
}
