package io.omendb.lake.commit;

import java.util.Arrays;

/** Ascending positions of a data file. */
final class Positions {

  private Positions() {}

  static long[] merge(long[] left, long[] right) {
    long[] all = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, all, left.length, right.length);
    Arrays.sort(all);
    return all;
  }
}
