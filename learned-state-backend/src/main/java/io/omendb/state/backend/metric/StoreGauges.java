package io.omendb.state.backend.metric;

import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreMetrics;
import io.omendb.state.store.StoreStatistics;
import java.util.function.Function;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Shows a store in the operator's metric group, under {@value #GROUP}. Nothing is counted for it
 * that the store does not count anyway; the rest is computed when a reporter asks, on its thread.
 */
public final class StoreGauges {

  public static final String GROUP = "learned";

  private StoreGauges() {}

  public static void register(MetricGroup operatorGroup, LearnedStore store) {
    MetricGroup group = operatorGroup.addGroup(GROUP);
    statistic(group, store, "memtableBytes", StoreStatistics::memtableBytes);
    statistic(group, store, "runCount", StoreStatistics::runCount);
    statistic(group, store, "runBytes", StoreStatistics::runBytes);
    statistic(group, store, "runEntries", StoreStatistics::entryCount);
    statistic(group, store, "indexBytes", StoreStatistics::indexBytes);
    statistic(group, store, "modelBytes", StoreStatistics::modelBytes);
    statistic(group, store, "filterBytes", StoreStatistics::filterBytes);
    statistic(group, store, "findingBytesPerEntry", StoreStatistics::findingBytesPerEntry);
    statistic(group, store, "modelErrorMaxBlocks", StoreStatistics::modelErrorMax);
    statistic(group, store, "indexKinds", statistics -> statistics.indexKinds().toString());
    RunGauges.register(group, store);
    counter(group, store, "flushes", StoreMetrics::flushCount);
    counter(group, store, "flushedBytes", StoreMetrics::flushedBytes);
    counter(group, store, "compactions", StoreMetrics::compactionCount);
    counter(group, store, "compactedBytesRead", StoreMetrics::compactedBytesRead);
    counter(group, store, "compactedBytesWritten", StoreMetrics::compactedBytesWritten);
    counter(group, store, "blocksVerified", StoreMetrics::blockLoadCount);
    counter(group, store, "positionedReads", StoreMetrics::positionedReadCount);
    counter(group, store, "filterFalsePositives", StoreMetrics::filterFalsePositiveCount);
    counter(group, store, "filterHits", StoreMetrics::filterHitCount);
    counter(group, store, "expiredEntriesRemoved", StoreMetrics::entriesFilteredCount);
    counter(group, store, "writerStalls", StoreMetrics::writerStallCount);
    counter(group, store, "writerStallNanos", StoreMetrics::writerStallNanos);
  }

  private static <T> void statistic(
      MetricGroup group, LearnedStore store, String name, Function<StoreStatistics, T> value) {
    group.gauge(name, (Gauge<T>) () -> value.apply(store.statistics()));
  }

  private static void counter(
      MetricGroup group, LearnedStore store, String name, Function<StoreMetrics, Long> value) {
    group.gauge(name, (Gauge<Long>) () -> value.apply(store.metrics()));
  }
}
