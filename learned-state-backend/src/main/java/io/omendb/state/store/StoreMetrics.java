package io.omendb.state.store;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counters of one store since it was opened. Thread-safe; read at any time. On the path of a read
 * that finds its block in memory, only what filters spared is counted, without synchronization.
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
  final LongAdder entriesFiltered = new LongAdder();
  final StripedCount filterHits = new StripedCount();
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

  /** Live entries that an {@link EntryFilter} let go and a rewrite left out. */
  public long entriesFilteredCount() {
    return entriesFiltered.sum();
  }

  /** How often a run's filter told a point read that the run lacks the key; about right. */
  public long filterHitCount() {
    return filterHits.sum();
  }

  /** How often a filter let a point read through to a run that lacks the key. */
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
