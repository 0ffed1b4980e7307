package io.omendb.gateway.oltp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.types.PgInterval;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryShare;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalSortTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final Comparator<@Nullable Object[]> BY_FIRST =
      SortOperator.comparator(List.of(new SortOperator.Key(0, false, false)));

  @TempDir Path directory = Path.of("unset");

  private static @Nullable Object datum(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(30)];
    random.nextBytes(bytes);
    return switch (random.nextInt(16)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> (short) random.nextInt();
      case 3 -> random.nextInt();
      case 4 -> random.nextLong();
      case 5 -> random.nextFloat();
      case 6 -> random.nextBoolean() ? Double.NaN : -0.0;
      case 7 -> new BigDecimal(new BigInteger(bytes), random.nextInt(20));
      case 8 -> BigDecimal.valueOf(random.nextInt(), random.nextInt(5));
      case 9 -> "latin1 \u00e4".repeat(random.nextInt(9));
      case 10 -> "\u20ac \ud83d\ude00 " + random.nextInt();
      case 11 -> bytes;
      case 12 -> new PgInterval(random.nextInt(), random.nextInt(), random.nextLong());
      case 13 -> new UUID(random.nextLong(), random.nextLong());
      case 14 -> Arrays.asList(1, null, List.of("nested"));
      default -> "";
    };
  }

  private static List<@Nullable Object[]> rows(Random random, int count) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Object key = random.nextInt(10) == 0 ? null : random.nextInt(1 + count / 4);
      rows.add(new Object[] {key, i, datum(random), datum(random)});
    }
    return rows;
  }

  private long files() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.count();
    }
  }

  /** Whatever memory there is, the order is that of a stable sort, and every datum is the same. */
  @RepeatedTest(20)
  void anyMemoryGivesTheSameOrder() throws IOException {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    int[] sizes = {0, 1, 500, 5_000, 20_000};
    List<@Nullable Object[]> rows = rows(random, sizes[random.nextInt(sizes.length)]);
    List<@Nullable Object[]> expected = new ArrayList<>(rows);
    expected.sort(BY_FIRST);
    long sortBytesMax = 1L << (12 + random.nextInt(12));
    MemoryShare share = new MemoryShare("tests", "", random.nextBoolean() ? 0 : 3 << 20);
    StatementMemory memory = new StatementMemory(share, Long.MAX_VALUE, sortBytesMax, directory);
    ExternalSort sort = new ExternalSort(BY_FIRST, memory, new CancelToken());
    rows.forEach(sort::add);
    try (RowSource sorted = sort.finish()) {
      for (@Nullable Object[] row : expected) {
        assertThat(sorted.next()).isEqualTo(row);
      }
      assertThat(sorted.next()).isNull();
    }
    assertThat(memory.account().bytes()).isZero();
    memory.close();
    assertThat(share.usedBytes()).isZero();
    assertThat(files()).isZero();
  }

  /** 0: other statements have all the memory there is; the sort goes on with the least. */
  @ParameterizedTest
  @ValueSource(ints = {0, 100_000, 1_000_000})
  void memoryStaysBelowTheBounds(int shareBytes) {
    MemoryShare share = new MemoryShare("tests", "", shareBytes);
    int sortBytesMax = 400_000;
    StatementMemory memory = new StatementMemory(share, Long.MAX_VALUE, sortBytesMax, directory);
    ExternalSort sort = new ExternalSort(BY_FIRST, memory, new CancelToken());
    int count = 50_000;
    for (int i = 0; i < count; i++) {
      sort.add(new Object[] {(i * 7919L) % count, "some text to fill the row"});
      assertThat(memory.account().bytes()).isLessThanOrEqualTo(sortBytesMax);
    }
    assertThat(share.peakBytes()).isLessThanOrEqualTo(shareBytes);
    try (RowSource sorted = sort.finish()) {
      for (long i = 0; i < count; i++) {
        @Nullable Object[] row = sorted.next();
        assertThat(row == null ? null : row[0]).isEqualTo(i);
      }
    }
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void whatCannotBeWrittenStaysInMemory() {
    StatementMemory memory =
        new StatementMemory(new MemoryShare("tests", "", 100_000), 100_000, 5_000, directory);
    ExternalSort sort = new ExternalSort(BY_FIRST, memory, new CancelToken());
    List<Object> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      sort.add(new Object[] {100 - i, i == 50 ? Locale.ROOT : "plain"});
      expected.add(i + 1);
    }
    List<Object> found = new ArrayList<>();
    try (RowSource sorted = sort.finish()) {
      for (@Nullable Object[] row = sorted.next(); row != null; row = sorted.next()) {
        found.add(String.valueOf(row[0]));
      }
    }
    assertThat(found).isEqualTo(expected.stream().map(String::valueOf).toList());
    assertThat(memory.account().bytes()).isZero();
  }

  @Test
  void aCancelledSortEndsAndLeavesNoFile() throws IOException {
    CancelToken cancel = new CancelToken();
    StatementMemory memory =
        new StatementMemory(new MemoryShare("tests", "", 0), Long.MAX_VALUE, 5_000, directory);
    ExternalSort sort = new ExternalSort(BY_FIRST, memory, cancel);
    rows(new Random(SEED), 2_000).forEach(sort::add);
    RowSource sorted = sort.finish();
    assertThat(sorted.next()).isNotNull();
    cancel.cancel("canceling statement due to user request");
    assertThatThrownBy(sorted::next)
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_CANCELED));
    sorted.close();
    assertThat(memory.account().bytes()).isZero();
    assertThat(files()).isZero();
  }
}
