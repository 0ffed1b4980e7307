package io.omendb.bench.state;

import java.util.SplittableRandom;

/** Which of the loaded keys are accessed how often. */
enum Access {
  /** Each key as often as any other. */
  UNIFORM,
  /** Zipf's law with exponent 0.99; what is popular is spread over all keys. */
  ZIPF,
  /** Zipf's law, the keys loaded last being the most popular. */
  LATEST;

  private static final double EXPONENT = 0.99;

  /** Draws numbers of keys, from 0 to one less than the count; the highest was loaded last. */
  interface Sampler {
    long next(SplittableRandom random);
  }

  Sampler sampler(long keyCount) {
    switch (this) {
      case UNIFORM:
        return random -> random.nextLong(keyCount);
      case ZIPF:
        {
          Zipf zipf = new Zipf(keyCount, EXPONENT);
          return random -> Scatter.of(zipf.next(random), keyCount);
        }
      case LATEST:
        {
          Zipf zipf = new Zipf(keyCount, EXPONENT);
          return random -> keyCount - 1 - zipf.next(random);
        }
    }
    throw new AssertionError(this);
  }

  /**
   * Ranks from 0 by rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate
   * variates from monotone discrete distributions", 1996): no table, a constant time per draw.
   */
  private static final class Zipf {
    private final long count;
    private final double exponent;
    private final double areaFirst;
    private final double areaAll;
    private final double shortcut;

    Zipf(long count, double exponent) {
      this.count = count;
      this.exponent = exponent;
      this.areaFirst = area(1.5) - 1;
      this.areaAll = area(count + 0.5);
      this.shortcut = 2 - inverse(area(2.5) - Math.pow(2, -exponent));
    }

    long next(SplittableRandom random) {
      while (true) {
        double u = areaAll + random.nextDouble() * (areaFirst - areaAll);
        double x = inverse(u);
        long k = Math.min(count, Math.max(1, Math.round(x)));
        if (k - x <= shortcut || u >= area(k + 0.5) - Math.pow((double) k, -exponent)) {
          return k - 1;
        }
      }
    }

    private double area(double x) {
      return (Math.pow(x, 1 - exponent) - 1) / (1 - exponent);
    }

    private double inverse(double area) {
      return Math.pow(1 + area * (1 - exponent), 1 / (1 - exponent));
    }
  }
}
