package io.omendb.bench.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** Percentiles against sorted values. */
class LatencyHistogramTest {

  private static final long SEED = Long.getLong("seed", 20_261_127L);

  @Test
  void percentilesAreCloseToTheTrueOnes() {
    System.out.println("seed " + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    LatencyHistogram histogram = new LatencyHistogram();
    long[] values = new long[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 + (long) Math.pow(2, random.nextDouble() * 40);
      histogram.add(values[i]);
    }
    Arrays.sort(values);
    for (double share : new double[] {0.01, 0.5, 0.99, 0.999}) {
      long exact = values[(int) Math.ceil(share * values.length) - 1];
      assertThat(histogram.percentile(share))
          .isGreaterThanOrEqualTo(exact)
          .isCloseTo(exact, Percentage.withPercentage(3.2));
    }
    assertThat(histogram.percentile(1)).isEqualTo(values[values.length - 1]);
    assertThat(histogram.nanosMax()).isEqualTo(values[values.length - 1]);
    assertThat(histogram.count()).isEqualTo(values.length);
  }

  @Test
  void isEmptyAtFirst() {
    assertThat(new LatencyHistogram().percentile(0.5)).isZero();
  }
}
