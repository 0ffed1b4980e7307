package io.omendb.state.store;

import java.util.Map;

/**
 * What a store consists of at one moment.
 *
 * @param memtableBytes off-heap bytes of the memtables, frozen ones included
 * @param runCount run files
 * @param runBytes their length
 * @param entryCount entries in them, versions and deletions included
 * @param indexBytes memory of the block indexes, with the blocks' offsets and without models
 * @param modelBytes memory of the models
 * @param filterBytes memory of the filters
 * @param modelErrorMax the greatest error of any model, in blocks; 0 if there is none
 * @param indexKinds how many sections are found how: {@code model}, {@code features}, {@code
 *     separators}
 */
public record StoreStatistics(
    long memtableBytes,
    int runCount,
    long runBytes,
    long entryCount,
    long indexBytes,
    long modelBytes,
    long filterBytes,
    int modelErrorMax,
    Map<String, Integer> indexKinds) {

  public StoreStatistics {
    indexKinds = Map.copyOf(indexKinds);
  }

  /** Memory for finding a key, over the entries in runs; 0 if there are none. */
  public double findingBytesPerEntry() {
    return entryCount == 0 ? 0 : (indexBytes + modelBytes + filterBytes) / (double) entryCount;
  }

  static StoreStatistics of(StoreView view) {
    long memtableBytes = view.active().usedBytes();
    for (StoreView.Frozen frozen : view.frozen()) {
      memtableBytes += frozen.memtable().usedBytes();
    }
    long runBytes = 0;
    long entryCount = 0;
    long indexBytes = 0;
    long modelBytes = 0;
    long filterBytes = 0;
    int modelErrorMax = 0;
    Map<String, Integer> kinds = new java.util.TreeMap<>();
    for (RunHandle run : view.runs()) {
      runBytes += run.file().length();
      entryCount += run.file().entryCount();
      filterBytes += run.file().filterBytes();
      indexBytes += run.file().blockOffsetBytes();
      for (RunSection section : run.file().sections()) {
        BlockIndex index = section.index();
        indexBytes += index.memoryBytes();
        modelBytes += index.modelBytes();
        modelErrorMax = Math.max(modelErrorMax, index.modelError());
        kinds.merge(index.label(), 1, Integer::sum);
      }
    }
    return new StoreStatistics(
        memtableBytes,
        view.runs().size(),
        runBytes,
        entryCount,
        indexBytes,
        modelBytes,
        filterBytes,
        modelErrorMax,
        kinds);
  }
}
