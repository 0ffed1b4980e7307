package io.omendb.state.backend;

import io.omendb.state.backend.timer.TimerService;
import io.omendb.state.store.ArenaAllocator;
import io.omendb.state.store.BackgroundThreads;
import io.omendb.state.store.StoreFiles;
import io.omendb.state.store.StoreOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/**
 * What can be set in Flink's configuration for the learned state backend; the defaults need no
 * tuning.
 *
 * @param localDirectories comma-separated directories for working files, or null for the
 *     TaskManager's working directory
 * @param managedMemory whether memtables take their memory from the slot's managed memory
 * @param memtableBytesMax size at which the memtable is frozen and written to a run
 * @param metrics whether the store is shown in the operator's metric group
 * @param modelErrorMax bound ε of a run's model, in blocks
 * @param filterBitsPerKey bits of each run's filter per distinct key; 0 switches filters off
 * @param timerService where timers are kept
 * @param timerCacheSize timers of each key group and queue in the heap, if they are in the store
 * @param blockBytes size aimed at for the data blocks of runs
 * @param compactionTrigger number of runs above the bottom from which they are merged
 * @param compactionSpacePercent share of a partition's size, in percent, from which what lies above
 *     is merged into it
 * @param partitionBytes size aimed at for the files of the bottom
 * @param backgroundThreads threads for flushes and compactions, 0 for half of the processors
 */
public record LearnedOptions(
    @Nullable String localDirectories,
    boolean managedMemory,
    long memtableBytesMax,
    boolean metrics,
    int modelErrorMax,
    int filterBitsPerKey,
    TimerService timerService,
    int timerCacheSize,
    int blockBytes,
    int compactionTrigger,
    int compactionSpacePercent,
    long partitionBytes,
    int backgroundThreads) {

  public static final ConfigOption<String> LOCAL_DIRECTORIES =
      ConfigOptions.key("state.backend.learned.local-dirs")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Comma-separated local directories for the working files of the learned state"
                  + " backend; each backend instance takes one of them. Default: the working"
                  + " directory of the TaskManager.");

  public static final ConfigOption<Boolean> MANAGED_MEMORY =
      ConfigOptions.key("state.backend.learned.memory.managed")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether the tables of newest writes take their memory from the slot's managed"
                  + " memory, in equal shares for the backend instances of the slot. Otherwise each"
                  + " takes direct memory of the JVM as it needs.");

  public static final ConfigOption<MemorySize> MEMTABLE_SIZE =
      ConfigOptions.key("state.backend.learned.memtable-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(64))
          .withDescription(
              "Size at which the table of newest writes is frozen and written to a sorted run;"
                  + " with managed memory, at most a quarter of the instance's share.");

  public static final ConfigOption<Boolean> METRICS =
      ConfigOptions.key("state.backend.learned.metrics")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether memtables, runs, models, filters, flushes and compactions are shown in the"
                  + " operator's metric group, under \"learned\".");

  public static final ConfigOption<Integer> MODEL_ERROR =
      ConfigOptions.key("state.backend.learned.model-error")
          .intType()
          .defaultValue(8)
          .withDescription(
              "Greatest distance, in blocks, between the place that a run's model predicts for a"
                  + " key and its true place. Smaller: larger models, shorter last searches.");

  public static final ConfigOption<Integer> FILTER_BITS =
      ConfigOptions.key("state.backend.learned.filter-bits-per-key")
          .intType()
          .defaultValue(10)
          .withDescription(
              "Bits per key of each run's filter, which spares reads of runs that do not hold a"
                  + " key: 10 bits let 1 % of such reads through. 0 switches filters off.");

  public static final ConfigOption<TimerService> TIMER_SERVICE =
      ConfigOptions.key("state.backend.learned.timer-service.factory")
          .enumType(TimerService.class)
          .defaultValue(TimerService.STORE)
          .withDescription(
              "Where timers are kept. STORE: in the store, with the first of each key group in the"
                  + " heap too. HEAP: all in the heap, which must hold them, and written through to"
                  + " the store, which is read at a restore only. Both are in incremental snapshots"
                  + " and have one stored form: a job may change from one to the other at a"
                  + " restore.");

  public static final ConfigOption<Integer> TIMER_CACHE_SIZE =
      ConfigOptions.key("state.backend.learned.timer-service.cache-size")
          .intType()
          .defaultValue(128)
          .withDescription(
              "How many timers of each key group and timer queue are held in the heap, if timers"
                  + " are in the store. When they have fired, as many are read from the store.");

  public static final ConfigOption<MemorySize> BLOCK_SIZE =
      ConfigOptions.key("state.backend.learned.block-size")
          .memoryType()
          .defaultValue(MemorySize.parse("8 kb"))
          .withDescription(
              "Size of the data blocks of runs: what is read from the device for a value that is"
                  + " not in memory. Smaller: less to read, more index. A larger value has a block"
                  + " of its own.");

  public static final ConfigOption<Integer> COMPACTION_TRIGGER =
      ConfigOptions.key("state.backend.learned.compaction.trigger")
          .intType()
          .defaultValue(4)
          .withDescription(
              "Number of runs above the bottom from which runs of like size are merged. Smaller:"
                  + " fewer runs to ask for a value, more rewriting.");

  public static final ConfigOption<Integer> COMPACTION_SPACE =
      ConfigOptions.key("state.backend.learned.compaction.space-percent")
          .intType()
          .defaultValue(20)
          .withDescription(
              "What lies above a partition of the bottom is merged into it from this share of the"
                  + " partition's size on, in percent; so about this share of the space may be"
                  + " taken by what is obsolete. Smaller: less space, more rewriting.");

  public static final ConfigOption<MemorySize> PARTITION_SIZE =
      ConfigOptions.key("state.backend.learned.compaction.partition-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(128))
          .withDescription(
              "Size of the files of the bottom, each of whole key groups: what a compaction"
                  + " rewrites, and an incremental checkpoint then uploads, at once.");

  public static final ConfigOption<Integer> BACKGROUND_THREADS =
      ConfigOptions.key("state.backend.learned.background-threads")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Threads for flushes and compactions, shared by all backend instances of a"
                  + " TaskManager with the same setting; 0 for half of the processors, but two at"
                  + " least.");

  public LearnedOptions {
    checkRange(MEMTABLE_SIZE, memtableBytesMax, 64 * 1024, 1L << 30);
    checkRange(MODEL_ERROR, modelErrorMax, 1, 1 << 16);
    checkRange(FILTER_BITS, filterBitsPerKey, 0, 64);
    checkRange(BLOCK_SIZE, blockBytes, 512, 1 << 24);
    checkRange(COMPACTION_TRIGGER, compactionTrigger, 2, 100);
    checkRange(COMPACTION_SPACE, compactionSpacePercent, 1, 1000);
    checkRange(PARTITION_SIZE, partitionBytes, 1 << 20, 1L << 40);
    checkRange(BACKGROUND_THREADS, backgroundThreads, 0, 256);
    checkRange(TIMER_CACHE_SIZE, timerCacheSize, 1, 1 << 20);
  }

  private static void checkRange(ConfigOption<?> option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option.key() + ": expected a value from " + min + " to " + max + ", got " + value);
    }
  }

  public static LearnedOptions from(ReadableConfig configuration) {
    return new LearnedOptions(
        configuration.getOptional(LOCAL_DIRECTORIES).orElse(null),
        configuration.get(MANAGED_MEMORY),
        configuration.get(MEMTABLE_SIZE).getBytes(),
        configuration.get(METRICS),
        configuration.get(MODEL_ERROR),
        configuration.get(FILTER_BITS),
        configuration.get(TIMER_SERVICE),
        configuration.get(TIMER_CACHE_SIZE),
        Math.toIntExact(Math.min(Integer.MAX_VALUE, configuration.get(BLOCK_SIZE).getBytes())),
        configuration.get(COMPACTION_TRIGGER),
        configuration.get(COMPACTION_SPACE),
        configuration.get(PARTITION_SIZE).getBytes(),
        configuration.get(BACKGROUND_THREADS));
  }

  /** Options of a store whose memtables take their memory from {@code allocator}. */
  StoreOptions storeOptions(ArenaAllocator allocator) {
    return StoreOptions.defaults()
        .with(
            settings -> {
              settings.memtableBytes = Math.toIntExact(memtableBytesMax);
              settings.epsilon = modelErrorMax;
              settings.filterBitsPerKey = filterBitsPerKey;
              settings.blockBytes = blockBytes;
              settings.compactionTrigger = compactionTrigger;
              settings.compactionSpacePercent = compactionSpacePercent;
              settings.partitionBytes = partitionBytes;
              settings.executor = BackgroundThreads.shared(backgroundThreads);
              settings.files = StoreFiles.localScratch();
              settings.arenaAllocator = allocator;
            });
  }
}
