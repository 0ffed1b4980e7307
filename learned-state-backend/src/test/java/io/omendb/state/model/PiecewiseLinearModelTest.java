package io.omendb.state.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PiecewiseLinearModelTest {

  private static final long SEED = seed();

  private static long seed() {
    Long given = Long.getLong("seed");
    long seed = given != null ? given : new Random().nextLong();
    System.out.println("PiecewiseLinearModelTest: -Dseed=" + seed);
    return seed;
  }

  /** Kinds of sorted numbers, some made to be hard. */
  enum Numbers {
    ONE(1),
    EQUAL(5000),
    DENSE(5000),
    EXTREMES(4),
    RANDOM(20000),
    CLUSTERED(20000),
    DUPLICATES(20000),
    /** Gaps that double: no line fits more than a few. */
    EXPONENTIAL(63),
    /** Steep and flat stretches in turn, so that a cone closes as late and as wrong as it can. */
    STAIRS(20000),
    QUADRATIC(20000),
    /** Neighbours at the top of the range, where doubles cannot tell numbers apart. */
    TINY_GAPS(5000);

    private final int count;

    Numbers(int count) {
      this.count = count;
    }

    private long number(int i) {
      Random random = new Random(SEED + 31L * i);
      return switch (this) {
        case ONE -> 42;
        case EQUAL -> 7;
        case DENSE -> i;
        case EXTREMES -> new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}[i];
        case RANDOM -> random.nextLong();
        case CLUSTERED -> random.nextInt(50) * 10_000_000_000_000_000L + random.nextInt(1000);
        case DUPLICATES -> random.nextInt(300);
        case EXPONENTIAL -> 1L << i;
        case STAIRS -> (i / 100) * 1_000_000_007L + (i % 100) * (i / 100 % 2 == 0 ? 1L : 9999L);
        case QUADRATIC -> (long) i * i;
        case TINY_GAPS -> Long.MAX_VALUE - 5000 + i;
      };
    }

    long[] sorted() {
      return IntStream.range(0, count).mapToLong(this::number).sorted().toArray();
    }
  }

  private static int lowerBound(long[] sorted, long key) {
    int index = 0;
    while (index < sorted.length && sorted[index] < key) {
      index++;
    }
    return index;
  }

  @ParameterizedTest
  @EnumSource
  void predictionsStayWithinEpsilon(Numbers numbers) {
    long[] keys = numbers.sorted();
    for (int epsilon : new int[] {1, 8, 64}) {
      PiecewiseLinearModel model = PiecewiseLinearModel.fit(keys, keys.length, epsilon);
      assertThat(model.maxError()).isLessThanOrEqualTo(epsilon + 1);
      int first = 0;
      for (int i = 0; i < keys.length; i++) {
        first = i > 0 && keys[i] == keys[i - 1] ? first : i;
        assertThat(Math.abs(model.predict(keys[i], keys.length) - first))
            .isLessThanOrEqualTo(model.maxError());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void lowerBoundsAreExactUnderRightAndWrongModels(Numbers numbers) throws IOException {
    long[] keys = numbers.sorted();
    Random random = new Random(SEED);
    PiecewiseLinearModel fitted = PiecewiseLinearModel.fit(keys, keys.length, 4);
    PiecewiseLinearModel[] models = {
      fitted,
      copy(fitted),
      PiecewiseLinearModel.fit(new long[] {0, 1, 2, 3}, 4, 1),
      new PiecewiseLinearModel(new long[] {0}, new int[] {-5}, new double[] {1e300}, 0),
      new PiecewiseLinearModel(
          new long[] {Long.MIN_VALUE, 0},
          new int[] {Integer.MAX_VALUE, 3},
          new double[] {Double.NaN, -1},
          Integer.MAX_VALUE),
    };
    for (int i = 0; i < 300; i++) {
      long key =
          switch (i % 3) {
            case 0 -> keys[random.nextInt(keys.length)];
            case 1 -> keys[random.nextInt(keys.length)] + random.nextInt(3) - 1;
            default -> random.nextLong();
          };
      int expected = lowerBound(keys, key);
      for (PiecewiseLinearModel model : models) {
        assertThat(model.lowerBound(LongBuffer.wrap(keys), keys.length, key)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DENSE", "RANDOM"})
  void learnableNumbersNeedFewSegments(Numbers numbers) {
    long[] keys = numbers.sorted();
    PiecewiseLinearModel model = PiecewiseLinearModel.fit(keys, keys.length, 64);
    assertThat(model.segmentCount()).isLessThan(keys.length / 100);
  }

  private static PiecewiseLinearModel copy(PiecewiseLinearModel model) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    model.writeTo(new DataOutputStream(bytes));
    ByteBuffer in = ByteBuffer.wrap(bytes.toByteArray());
    PiecewiseLinearModel copy = PiecewiseLinearModel.readFrom(in, model.segmentCount());
    assertThat(in.remaining()).isZero();
    return copy;
  }

  @ParameterizedTest
  @EnumSource(names = {"RANDOM"})
  void featuresKeepTheOrderOfKeys(Numbers numbers) {
    Random random = new Random(SEED);
    byte[][] keys = new byte[numbers.count][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = new byte[2 + random.nextInt(12)];
      for (int j = 2; j < keys[i].length; j++) {
        keys[i][j] = (byte) (random.nextInt(4) * 85);
      }
    }
    Arrays.sort(keys, Arrays::compareUnsigned);
    for (int i = 1; i < keys.length; i++) {
      assertThat(KeyFeature.of(keys[i], 0, keys[i].length, 2))
          .isGreaterThanOrEqualTo(KeyFeature.of(keys[i - 1], 0, keys[i - 1].length, 2));
    }
  }
}
