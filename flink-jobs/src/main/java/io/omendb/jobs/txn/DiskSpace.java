package io.omendb.jobs.txn;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.CommitLog;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the log's disk has room for more writes. They are refused while less than a reserve is
 * free, which so is left for what must go on: reads that spill, flushes and checkpoints of what is
 * committed already, and the log's own small records. Writes go on when there is room again.
 *
 * <p>{@link #look} is for the coordinator's thread, the rest for any.
 */
final class DiskSpace {
  /** How old a look may be. */
  static final long INTERVAL_MS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);

  private final CommitLog log;
  private final long reserveBytes;
  private long lookedNanos;
  private volatile @Nullable String shortage;

  DiskSpace(CommitLog log, long reserveBytes) {
    this.log = log;
    this.reserveBytes = reserveBytes;
    lookedNanos = System.nanoTime() - TimeUnit.SECONDS.toNanos(1);
    look();
  }

  /** Finds out, unless that was just done. */
  void look() {
    long now = System.nanoTime();
    if (reserveBytes == 0 || now - lookedNanos < TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS)) {
      return;
    }
    lookedNanos = now;
    long free;
    try {
      free = log.usableBytes();
    } catch (IOException e) {
      LOG.warn("Cannot tell how much room the commit log has", e);
      return;
    }
    boolean wasLow = isLow();
    shortage =
        free >= reserveBytes
            ? null
            : "the disk of the commit log is full: %d MB are free, and writes need %d; they go on when there is room again"
                .formatted(free >> 20, reserveBytes >> 20);
    if (isLow() != wasLow) {
      LOG.warn("Writes {}: {} bytes are free", wasLow ? "go on" : "stop", free);
    }
  }

  boolean isLow() {
    return shortage != null;
  }

  /** DISK_FULL where there is too little room. */
  void require() {
    String message = shortage;
    if (message != null) {
      throw new OmenException(ErrorCode.DISK_FULL, message);
    }
  }
}
