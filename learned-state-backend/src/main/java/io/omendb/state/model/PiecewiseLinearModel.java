package io.omendb.state.model;

import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * A piecewise-linear function from a sorted array of numbers to positions in it, with bounded
 * error. Immutable.
 *
 * <p>Fitted in one pass by shrinking cones (Galakatos et al., "FITing-Tree", SIGMOD 2019): a
 * segment starts at a point and keeps the interval of slopes that pass within {@code epsilon} of
 * every point since; when the interval becomes empty a new segment starts. O(n) time, O(segments)
 * space. Of equal numbers only the first counts, so a position means a lower bound.
 *
 * <p>{@link #lowerBound} checks what the model predicts and searches on where it was wrong: a wrong
 * model costs time, never a wrong answer.
 */
public final class PiecewiseLinearModel {

  private final long[] firstKeys;
  private final int[] firstPositions;
  private final double[] slopes;
  private final int maxError;

  /**
   * A model of given parameters, which need not describe any data well.
   *
   * @param firstKeys first number of each segment, rising
   * @param firstPositions the position at which each segment starts
   * @param slopes positions per unit
   * @param maxError how far predictions are expected to be off
   */
  public PiecewiseLinearModel(
      long[] firstKeys, int[] firstPositions, double[] slopes, int maxError) {
    if (firstKeys.length == 0
        || firstPositions.length != firstKeys.length
        || slopes.length != firstKeys.length
        || maxError < 0) {
      throw new IllegalArgumentException(
          "expected segments of equal number and an error, got "
              + firstKeys.length
              + " keys, "
              + firstPositions.length
              + " positions, "
              + slopes.length
              + " slopes, error "
              + maxError);
    }
    this.firstKeys = firstKeys.clone();
    this.firstPositions = firstPositions.clone();
    this.slopes = slopes.clone();
    this.maxError = maxError;
  }

  /**
   * Fits {@code keys[0, count)}, which must not fall, so that for each of them the predicted
   * position differs from that of its first occurrence by at most {@code epsilon} (plus one for
   * rounding).
   */
  public static PiecewiseLinearModel fit(long[] keys, int count, int epsilon) {
    if (count < 1 || count > keys.length || epsilon < 1) {
      throw new IllegalArgumentException(
          "expected keys and a positive epsilon, got " + count + " keys, epsilon " + epsilon);
    }
    Fitting fitting = new Fitting(epsilon);
    fitting.start(keys[0], 0);
    for (int position = 1; position < count; position++) {
      if (keys[position] != keys[position - 1]) {
        fitting.add(keys[position], position);
      }
    }
    PiecewiseLinearModel unmeasured = fitting.finish(0);
    int maxError = 0;
    for (int position = 0; position < count; position++) {
      if (position == 0 || keys[position] != keys[position - 1]) {
        int error = Math.abs(unmeasured.predict(keys[position], count) - position);
        maxError = Math.max(maxError, error);
      }
    }
    return fitting.finish(maxError);
  }

  public int segmentCount() {
    return firstKeys.length;
  }

  /** The largest error over the numbers that the model was fitted to. */
  public int maxError() {
    return maxError;
  }

  /** The predicted lower bound of {@code key} among {@code count} numbers, from 0 to count. */
  public int predict(long key, int count) {
    int segment = segmentOf(key);
    long distance = key - firstKeys[segment];
    if (key < firstKeys[segment]) {
      return Math.min(Math.max(firstPositions[segment], 0), count);
    }
    double offset = slopes[segment] * unsignedToDouble(distance);
    int limit = segment + 1 < firstKeys.length ? firstPositions[segment + 1] : count;
    double position = Math.min(firstPositions[segment] + offset, limit);
    return Math.min(Math.max((int) Math.round(position), 0), count);
  }

  /**
   * The first index of {@code keys[0, count)} whose number is at least {@code key}, or count;
   * whatever the model says. O(log segments + log error) where the model holds.
   */
  public int lowerBound(LongBuffer keys, int count, long key) {
    int predicted = predict(key, count);
    int step = Math.min(maxError, count) + 1;
    int low = Math.max(0, predicted - step);
    int high = (int) Math.min(count, (long) predicted + step);
    // Invariant wanted: everything before low is smaller, and high is count or not smaller.
    while (low > 0 && keys.get(low - 1) >= key) {
      high = low - 1;
      low = Math.max(0, low - step);
      step = step < (1 << 29) ? step << 1 : step;
    }
    while (high < count && keys.get(high) < key) {
      low = high + 1;
      high = (int) Math.min(count, (long) high + step);
      step = step < (1 << 29) ? step << 1 : step;
    }
    return lowerBound(keys, low, high, key);
  }

  /** Binary search: the first index in [from, to) whose number is at least {@code key}, or to. */
  public static int lowerBound(LongBuffer keys, int from, int to, long key) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (keys.get(middle) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int segmentOf(long key) {
    int low = 0;
    int high = firstKeys.length;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (firstKeys[middle] <= key) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static double unsignedToDouble(long value) {
    return value >= 0 ? value : ((value >>> 1) | (value & 1)) * 2.0;
  }

  /** Big-endian: i32 segments, i32 maxError, then per segment i64 key, i32 position, f64 slope. */
  public void writeTo(DataOutput out) throws IOException {
    out.writeInt(firstKeys.length);
    out.writeInt(maxError);
    for (int i = 0; i < firstKeys.length; i++) {
      out.writeLong(firstKeys[i]);
      out.writeInt(firstPositions[i]);
      out.writeDouble(slopes[i]);
    }
  }

  /** Reads what {@link #writeTo} wrote; at most {@code segmentCountMax} segments. */
  public static PiecewiseLinearModel readFrom(ByteBuffer in, int segmentCountMax)
      throws IOException {
    int segmentCount = in.getInt();
    int maxError = in.getInt();
    if (segmentCount < 1 || segmentCount > segmentCountMax || maxError < 0) {
      throw new IOException(
          "expected 1 to "
              + segmentCountMax
              + " model segments and an error, got "
              + segmentCount
              + " and "
              + maxError);
    }
    long[] firstKeys = new long[segmentCount];
    int[] firstPositions = new int[segmentCount];
    double[] slopes = new double[segmentCount];
    for (int i = 0; i < segmentCount; i++) {
      firstKeys[i] = in.getLong();
      firstPositions[i] = in.getInt();
      slopes[i] = in.getDouble();
    }
    return new PiecewiseLinearModel(firstKeys, firstPositions, slopes, maxError);
  }

  /** The segments so far and the cone of the open one. */
  private static final class Fitting {
    private final int epsilon;
    private long[] firstKeys = new long[16];
    private int[] firstPositions = new int[16];
    private double[] slopes = new double[16];
    private int segmentCount;
    private double slopeMin;
    private double slopeMax;

    Fitting(int epsilon) {
      this.epsilon = epsilon;
    }

    void start(long key, int position) {
      if (segmentCount == firstKeys.length) {
        firstKeys = Arrays.copyOf(firstKeys, 2 * segmentCount);
        firstPositions = Arrays.copyOf(firstPositions, 2 * segmentCount);
        slopes = Arrays.copyOf(slopes, 2 * segmentCount);
      }
      firstKeys[segmentCount] = key;
      firstPositions[segmentCount] = position;
      segmentCount++;
      slopeMin = 0;
      slopeMax = Double.POSITIVE_INFINITY;
    }

    void add(long key, int position) {
      int segment = segmentCount - 1;
      double distance = unsignedToDouble(key - firstKeys[segment]);
      double rise = (double) position - firstPositions[segment];
      double low = Math.max(slopeMin, (rise - epsilon) / distance);
      double high = Math.min(slopeMax, (rise + epsilon) / distance);
      if (low > high) {
        closeSegment();
        start(key, position);
      } else {
        slopeMin = low;
        slopeMax = high;
      }
    }

    private void closeSegment() {
      slopes[segmentCount - 1] =
          slopeMax == Double.POSITIVE_INFINITY ? 0 : slopeMin + (slopeMax - slopeMin) / 2;
    }

    PiecewiseLinearModel finish(int maxError) {
      closeSegment();
      return new PiecewiseLinearModel(
          Arrays.copyOf(firstKeys, segmentCount),
          Arrays.copyOf(firstPositions, segmentCount),
          Arrays.copyOf(slopes, segmentCount),
          maxError);
    }
  }
}
