package io.omendb.bench.state;

/** A permutation of the numbers below a count that leaves neighbours far apart. */
final class Scatter {

  private static final int ROUNDS = 3;

  private Scatter() {}

  /**
   * Where a number goes: a Feistel network on the next even number of bits, repeated into range.
   */
  static long of(long number, long count) {
    int half = Math.max(1, (64 - Long.numberOfLeadingZeros(count - 1) + 1) / 2);
    long mask = (1L << half) - 1;
    long value = number;
    do {
      long left = value >>> half;
      long right = value & mask;
      for (int round = 0; round < ROUNDS; round++) {
        long mixed = left ^ (mix(right + round * 0x9E3779B97F4A7C15L) & mask);
        left = right;
        right = mixed;
      }
      value = (left << half) | right;
    } while (value >= count);
    return value;
  }

  /** A bijection of all longs (the finalizer of SplitMix64). */
  static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
