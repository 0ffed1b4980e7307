package io.omendb.bench.state;

/**
 * Counts of durations in fixed memory: 32 buckets for each power of two, so that a percentile is at
 * most 3 % above the true one. The greatest is exact. One thread's.
 */
final class LatencyHistogram {

  private static final int STEP_BITS = 5;
  private static final int STEPS = 1 << STEP_BITS;

  private final long[] counts = new long[(Long.SIZE - STEP_BITS + 1) * STEPS];
  private long count;
  private long nanosMax;

  void add(long nanos) {
    counts[bucket(nanos)]++;
    count++;
    nanosMax = Math.max(nanosMax, nanos);
  }

  private static int bucket(long nanos) {
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(nanos) - STEP_BITS - 1);
    return shift * STEPS + (int) (nanos >>> shift);
  }

  long count() {
    return count;
  }

  long nanosMax() {
    return nanosMax;
  }

  /** The upper end of the bucket below which {@code share} of the durations are. */
  long percentile(double share) {
    long wanted = (long) Math.ceil(share * count);
    long seen = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      seen += counts[bucket];
      if (seen >= wanted && seen > 0) {
        int shift = Math.max(0, bucket / STEPS - 1);
        long step = bucket - (long) shift * STEPS;
        return Math.min(nanosMax, ((step + 1) << shift) - 1);
      }
    }
    return nanosMax;
  }
}
