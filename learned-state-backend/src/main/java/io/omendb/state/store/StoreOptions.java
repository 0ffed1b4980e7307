package io.omendb.state.store;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * How a {@link LearnedStore} is sized and what it runs on. Start from {@link #defaults()} and
 * change single settings.
 *
 * @param memtableBytes off-heap bytes at which a memtable is frozen
 * @param frozenMemtablesMax frozen memtables not yet written out at which the writer stalls
 * @param blockBytes data block size aimed at; an entry is never split over blocks
 * @param epsilon error bound, in blocks, to which a piecewise-linear model is fitted
 * @param filterBitsPerKey size of a run's filter; 0 writes none
 * @param compactionTrigger number of runs above the bottom at which they are merged
 * @param compactionSizeRatioPercent such a run joins newer ones if it is at most this large, in
 *     percent of them together
 * @param compactionSpacePercent what lies above a part of the bottom is merged into it from this
 *     share of its size on, in percent
 * @param partitionBytes size aimed at for the files of the bottom; a key group is never split
 * @param systemMemoryBytes memory of the machine or container, from which it follows whether the
 *     runs fit into the operating system's cache; 0 for what the JVM is told
 * @param executor runs flushes and compactions
 * @param files the file system
 * @param arenaAllocator where the store gets its memory
 */
public record StoreOptions(
    int memtableBytes,
    int frozenMemtablesMax,
    int blockBytes,
    int epsilon,
    int filterBitsPerKey,
    int compactionTrigger,
    int compactionSizeRatioPercent,
    int compactionSpacePercent,
    long partitionBytes,
    long systemMemoryBytes,
    Executor executor,
    StoreFiles files,
    ArenaAllocator arenaAllocator) {

  private static final StoreOptions DEFAULTS =
      new StoreOptions(
          32 << 20,
          2,
          8192,
          8,
          10,
          4,
          120,
          20,
          128 << 20,
          0,
          BackgroundThreads.shared(0),
          StoreFiles.local(),
          ArenaAllocator.direct());

  public StoreOptions {
    requireAtLeast("memtableBytes", memtableBytes, 4096);
    requireAtLeast("frozenMemtablesMax", frozenMemtablesMax, 1);
    requireAtLeast("blockBytes", blockBytes, 64);
    requireAtLeast("epsilon", epsilon, 1);
    requireAtLeast("filterBitsPerKey", filterBitsPerKey, 0);
    requireAtLeast("compactionTrigger", compactionTrigger, 2);
    requireAtLeast("compactionSizeRatioPercent", compactionSizeRatioPercent, 1);
    requireAtLeast("compactionSpacePercent", compactionSpacePercent, 1);
    requireAtLeast("partitionBytes", partitionBytes, 1);
    requireAtLeast("systemMemoryBytes", systemMemoryBytes, 0);
  }

  public static StoreOptions defaults() {
    return DEFAULTS;
  }

  /** The same options but for what {@code change} sets. */
  public StoreOptions with(Consumer<Settings> change) {
    Settings settings = new Settings(this);
    change.accept(settings);
    return new StoreOptions(
        settings.memtableBytes,
        settings.frozenMemtablesMax,
        settings.blockBytes,
        settings.epsilon,
        settings.filterBitsPerKey,
        settings.compactionTrigger,
        settings.compactionSizeRatioPercent,
        settings.compactionSpacePercent,
        settings.partitionBytes,
        settings.systemMemoryBytes,
        settings.executor,
        settings.files,
        settings.arenaAllocator);
  }

  public StoreOptions withMemtableBytes(int bytes) {
    return with(settings -> settings.memtableBytes = bytes);
  }

  public StoreOptions withBlockBytes(int bytes) {
    return with(settings -> settings.blockBytes = bytes);
  }

  public StoreOptions withFilterBitsPerKey(int bits) {
    return with(settings -> settings.filterBitsPerKey = bits);
  }

  public StoreOptions withExecutor(Executor executor) {
    return with(settings -> settings.executor = executor);
  }

  public StoreOptions withFiles(StoreFiles files) {
    return with(settings -> settings.files = files);
  }

  public StoreOptions withArenaAllocator(ArenaAllocator allocator) {
    return with(settings -> settings.arenaAllocator = allocator);
  }

  /** The options while they are being changed; each field is the record's component of its name. */
  public static final class Settings {
    public int memtableBytes;
    public int frozenMemtablesMax;
    public int blockBytes;
    public int epsilon;
    public int filterBitsPerKey;
    public int compactionTrigger;
    public int compactionSizeRatioPercent;
    public int compactionSpacePercent;
    public long partitionBytes;
    public long systemMemoryBytes;
    public Executor executor;
    public StoreFiles files;
    public ArenaAllocator arenaAllocator;

    private Settings(StoreOptions from) {
      memtableBytes = from.memtableBytes;
      frozenMemtablesMax = from.frozenMemtablesMax;
      blockBytes = from.blockBytes;
      epsilon = from.epsilon;
      filterBitsPerKey = from.filterBitsPerKey;
      compactionTrigger = from.compactionTrigger;
      compactionSizeRatioPercent = from.compactionSizeRatioPercent;
      compactionSpacePercent = from.compactionSpacePercent;
      partitionBytes = from.partitionBytes;
      systemMemoryBytes = from.systemMemoryBytes;
      executor = from.executor;
      files = from.files;
      arenaAllocator = from.arenaAllocator;
    }
  }

  private static void requireAtLeast(String name, long value, long min) {
    if (value < min) {
      throw new IllegalArgumentException(
          "expected " + name + " to be at least " + min + ", got " + value);
    }
  }
}
