package io.omendb.state.store;

import java.util.List;
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
    List<RunFile> files = view.files();
    for (RunFile file : files) {
      RunStatistics run = RunStatistics.of(file);
      runBytes += run.bytes();
      entryCount += run.entryCount();
      filterBytes += run.filterBytes();
      indexBytes += run.indexBytes();
      modelBytes += run.modelBytes();
      modelErrorMax = Math.max(modelErrorMax, run.modelErrorMax());
      run.indexKinds().forEach((kind, count) -> kinds.merge(kind, count, Integer::sum));
    }
    return new StoreStatistics(
        memtableBytes,
        files.size(),
        runBytes,
        entryCount,
        indexBytes,
        modelBytes,
        filterBytes,
        modelErrorMax,
        kinds);
  }
}
