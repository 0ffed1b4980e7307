package io.omendb.lake.write;

import io.omendb.lake.RowLocation;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** Collects positions per data file. Not thread-safe. */
final class FormerPositions {

  private final TreeMap<String, Positions> byFile = new TreeMap<>();
  private long count;

  void add(RowLocation former) {
    byFile.computeIfAbsent(former.dataFile(), path -> new Positions()).add(former.position());
    count++;
  }

  long count() {
    return count;
  }

  /** Per data file its positions, ascending. */
  SortedMap<String, long[]> sorted() {
    TreeMap<String, long[]> sorted = new TreeMap<>();
    byFile.forEach((path, positions) -> sorted.put(path, positions.sorted()));
    return sorted;
  }

  private static final class Positions {
    private long[] values = new long[4];
    private int size;

    void add(long position) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = position;
    }

    long[] sorted() {
      long[] sorted = Arrays.copyOf(values, size);
      Arrays.sort(sorted);
      return sorted;
    }
  }
}
