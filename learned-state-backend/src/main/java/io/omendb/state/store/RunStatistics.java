package io.omendb.state.store;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one run consists of, as the store sees it.
 *
 * @param name file name
 * @param bytes length of the file
 * @param entryCount versions and deletions included
 * @param keyCount distinct keys
 * @param indexBytes memory of the block indexes, with the blocks' offsets and without models
 * @param modelBytes memory of the models
 * @param filterBytes memory of the filter
 * @param segmentCount segments of the models
 * @param modelErrorMax the greatest error of any model, in blocks; 0 if there is none
 * @param indexKinds how many sections are found how: {@code model}, {@code features}, {@code
 *     separators}
 */
public record RunStatistics(
    String name,
    long bytes,
    long entryCount,
    long keyCount,
    long indexBytes,
    long modelBytes,
    long filterBytes,
    long segmentCount,
    int modelErrorMax,
    Map<String, Integer> indexKinds) {

  public RunStatistics {
    indexKinds = java.util.Collections.unmodifiableMap(new TreeMap<>(indexKinds));
  }

  /** Bytes of the file over its keys. */
  public double bytesPerKey() {
    return keyCount == 0 ? 0 : bytes / (double) keyCount;
  }

  /** Memory for finding a key in this run (index, models, filter), over its keys. */
  public double findingBytesPerKey() {
    return keyCount == 0 ? 0 : (indexBytes + modelBytes + filterBytes) / (double) keyCount;
  }

  static RunStatistics of(RunFile file) {
    long indexBytes = file.blockOffsetBytes();
    long modelBytes = 0;
    int modelErrorMax = 0;
    Map<String, Integer> kinds = new TreeMap<>();
    for (RunSection section : file.sections()) {
      BlockIndex index = section.index();
      indexBytes += index.memoryBytes();
      modelBytes += index.modelBytes();
      modelErrorMax = Math.max(modelErrorMax, index.modelError());
      kinds.merge(index.label(), 1, Integer::sum);
    }
    return new RunStatistics(
        file.name(),
        file.length(),
        file.entryCount(),
        file.keyCount(),
        indexBytes,
        modelBytes,
        file.filterBytes(),
        modelBytes / BlockIndex.MODEL_SEGMENT_BYTES,
        modelErrorMax,
        kinds);
  }
}
