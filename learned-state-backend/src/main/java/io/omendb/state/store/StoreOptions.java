package io.omendb.state.store;

import java.util.concurrent.Executor;

/**
 * How a {@link LearnedStore} is sized and what it runs on. Start from {@link #defaults()} and
 * change single settings.
 *
 * @param memtableBytes off-heap bytes at which a memtable is frozen
 * @param frozenMemtablesMax frozen memtables not yet written out at which the writer stalls
 * @param blockBytes data block size aimed at; an entry is never split over blocks
 * @param epsilon error bound, in blocks, to which a piecewise-linear model is fitted
 * @param filterBitsPerKey size of a run's filter; 0 writes none
 * @param compactionTrigger number of runs at which compaction starts
 * @param compactionSizeRatioPercent a run joins a compaction if it is at most this large, in
 *     percent of the newer runs together
 * @param executor runs flushes and compactions
 * @param files the file system
 * @param arenaAllocator where memtables get their memory
 */
public record StoreOptions(
    int memtableBytes,
    int frozenMemtablesMax,
    int blockBytes,
    int epsilon,
    int filterBitsPerKey,
    int compactionTrigger,
    int compactionSizeRatioPercent,
    Executor executor,
    StoreFiles files,
    ArenaAllocator arenaAllocator) {

  public StoreOptions {
    requireAtLeast("memtableBytes", memtableBytes, 4096);
    requireAtLeast("frozenMemtablesMax", frozenMemtablesMax, 1);
    requireAtLeast("blockBytes", blockBytes, 64);
    requireAtLeast("epsilon", epsilon, 1);
    requireAtLeast("filterBitsPerKey", filterBitsPerKey, 0);
    requireAtLeast("compactionTrigger", compactionTrigger, 2);
    requireAtLeast("compactionSizeRatioPercent", compactionSizeRatioPercent, 1);
  }

  public static StoreOptions defaults() {
    return new StoreOptions(
        32 << 20,
        2,
        8192,
        8,
        10,
        4,
        120,
        BackgroundThreads.shared(),
        StoreFiles.local(),
        ArenaAllocator.direct());
  }

  public StoreOptions withMemtableBytes(int bytes) {
    return new StoreOptions(
        bytes,
        frozenMemtablesMax,
        blockBytes,
        epsilon,
        filterBitsPerKey,
        compactionTrigger,
        compactionSizeRatioPercent,
        executor,
        files,
        arenaAllocator);
  }

  public StoreOptions withBlockBytes(int bytes) {
    return new StoreOptions(
        memtableBytes,
        frozenMemtablesMax,
        bytes,
        epsilon,
        filterBitsPerKey,
        compactionTrigger,
        compactionSizeRatioPercent,
        executor,
        files,
        arenaAllocator);
  }

  public StoreOptions withFilterBitsPerKey(int bits) {
    return new StoreOptions(
        memtableBytes,
        frozenMemtablesMax,
        blockBytes,
        epsilon,
        bits,
        compactionTrigger,
        compactionSizeRatioPercent,
        executor,
        files,
        arenaAllocator);
  }

  public StoreOptions withExecutor(Executor newExecutor) {
    return new StoreOptions(
        memtableBytes,
        frozenMemtablesMax,
        blockBytes,
        epsilon,
        filterBitsPerKey,
        compactionTrigger,
        compactionSizeRatioPercent,
        newExecutor,
        files,
        arenaAllocator);
  }

  public StoreOptions withFiles(StoreFiles newFiles) {
    return new StoreOptions(
        memtableBytes,
        frozenMemtablesMax,
        blockBytes,
        epsilon,
        filterBitsPerKey,
        compactionTrigger,
        compactionSizeRatioPercent,
        executor,
        newFiles,
        arenaAllocator);
  }

  public StoreOptions withArenaAllocator(ArenaAllocator allocator) {
    return new StoreOptions(
        memtableBytes,
        frozenMemtablesMax,
        blockBytes,
        epsilon,
        filterBitsPerKey,
        compactionTrigger,
        compactionSizeRatioPercent,
        executor,
        files,
        allocator);
  }

  private static void requireAtLeast(String name, long value, long min) {
    if (value < min) {
      throw new IllegalArgumentException(
          "expected " + name + " to be at least " + min + ", got " + value);
    }
  }
}
