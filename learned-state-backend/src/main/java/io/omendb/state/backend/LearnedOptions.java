package io.omendb.state.backend;

import io.omendb.state.store.ArenaAllocator;
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
 */
public record LearnedOptions(
    @Nullable String localDirectories,
    boolean managedMemory,
    long memtableBytesMax,
    boolean metrics,
    int modelErrorMax,
    int filterBitsPerKey,
    TimerService timerService,
    int timerCacheSize) {

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

  public LearnedOptions {
    checkRange(MEMTABLE_SIZE, memtableBytesMax, 64 * 1024, 1L << 30);
    checkRange(MODEL_ERROR, modelErrorMax, 1, 1 << 16);
    checkRange(FILTER_BITS, filterBitsPerKey, 0, 64);
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
        configuration.get(TIMER_CACHE_SIZE));
  }

  /** Options of a store whose memtables take their memory from {@code allocator}. */
  StoreOptions storeOptions(ArenaAllocator allocator) {
    return StoreOptions.defaults()
        .with(
            settings -> {
              settings.memtableBytes = Math.toIntExact(memtableBytesMax);
              settings.epsilon = modelErrorMax;
              settings.filterBitsPerKey = filterBitsPerKey;
              settings.files = StoreFiles.localScratch();
              settings.arenaAllocator = allocator;
            });
  }
}
