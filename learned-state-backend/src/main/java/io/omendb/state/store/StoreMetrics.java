package io.omendb.state.store;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counters of one store since it was opened. Thread-safe; read at any time. Nothing is counted on
 * the path of a read that finds its block in memory.
 */
public final class StoreMetrics {

  final LongAdder flushes = new LongAdder();
  final LongAdder flushedBytes = new LongAdder();
  final LongAdder compactions = new LongAdder();
  final LongAdder compactedBytesRead = new LongAdder();
  final LongAdder compactedBytesWritten = new LongAdder();
  final LongAdder blockLoads = new LongAdder();
  final LongAdder positionedReads = new LongAdder();
  final LongAdder filterFalsePositives = new LongAdder();
  final LongAdder writerStalls = new LongAdder();
  final LongAdder writerStallNanos = new LongAdder();

  StoreMetrics() {}

  public long flushCount() {
    return flushes.sum();
  }

  public long flushedBytes() {
    return flushedBytes.sum();
  }

  public long compactionCount() {
    return compactions.sum();
  }

  public long compactedBytesRead() {
    return compactedBytesRead.sum();
  }

  public long compactedBytesWritten() {
    return compactedBytesWritten.sum();
  }

  /** Data blocks read by position, because blocks were found not to be in memory. */
  public long positionedReadCount() {
    return positionedReads.sum();
  }

  /** Data blocks read through mappings for the first time since their run was opened. */
  public long blockLoadCount() {
    return blockLoads.sum();
  }

  /**
   * How often a filter let a point read through to a run that lacks the key. What filters spare is
   * not counted: that would cost as much as asking them.
   */
  public long filterFalsePositiveCount() {
    return filterFalsePositives.sum();
  }

  /** How often the writer had to wait for a memtable to be written out. */
  public long writerStallCount() {
    return writerStalls.sum();
  }

  public long writerStallNanos() {
    return writerStallNanos.sum();
  }
}
