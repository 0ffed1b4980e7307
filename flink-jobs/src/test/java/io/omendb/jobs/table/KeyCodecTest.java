package io.omendb.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType.Kind;
import io.omendb.jobs.table.KeyCodec.ByteRange;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyCodecTest {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  static TableSchema schema(ColumnType... types) {
    List<Column> columns = new ArrayList<>();
    List<Integer> key = new ArrayList<>();
    for (ColumnType type : types) {
      key.add(columns.size());
      columns.add(new Column(columns.size() + 1, "c" + columns.size(), type, false, null));
    }
    return new TableSchema(16384, "public", "t", 1, columns, key, Map.of());
  }

  static ColumnType type(Kind kind) {
    return kind == Kind.CHAR ? new ColumnType(kind, 6, 0, 0) : ColumnType.of(kind);
  }

  /** Values of a type, those at its edges more often than chance would give. */
  static Object value(ColumnType type, Random random) {
    long bits = random.nextInt(4) == 0 ? random.nextInt(5) - 2 : edge(random);
    return switch (type.kind()) {
      case BOOLEAN -> random.nextBoolean();
      case SMALLINT -> (short) bits;
      case INTEGER, DATE -> (int) bits;
      case BIGINT, TIME -> bits;
      case REAL -> random.nextInt(4) == 0 ? (float) bits : Float.intBitsToFloat((int) bits);
      case DOUBLE -> random.nextInt(4) == 0 ? (double) bits : Double.longBitsToDouble(bits);
      case NUMERIC -> decimal(type, random);
      case TEXT, VARCHAR -> StringData.fromString(text(random));
      case CHAR -> StringData.fromString((text(random) + "      ").substring(0, 6));
      case TIMESTAMP, TIMESTAMPTZ ->
          TimestampData.fromEpochMillis(bits >> 12, random.nextInt(1000) * 1000);
      case BYTEA -> text(random).getBytes(StandardCharsets.UTF_8);
      case UUID -> {
        byte[] uuid = new byte[16];
        random.nextBytes(uuid);
        yield uuid;
      }
    };
  }

  private static long edge(Random random) {
    long[] edges = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE, 0x7FFF, -0x8000, 0x80000000L};
    return random.nextInt(3) == 0 ? edges[random.nextInt(edges.length)] : random.nextLong();
  }

  private static DecimalData decimal(ColumnType type, Random random) {
    BigInteger bound = BigInteger.TEN.pow(type.precision());
    BigInteger unscaled = new BigInteger(random.nextInt(bound.bitLength()) + 1, random).mod(bound);
    BigDecimal value =
        new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), type.scale());
    return Objects.requireNonNull(
        DecimalData.fromBigDecimal(value, type.precision(), type.scale()));
  }

  private static String text(Random random) {
    String alphabet = "\0\1a~\u00e9\uffff ";
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /** SQL's order, written down independently of the encoding. */
  static int compare(ColumnType type, Object a, Object b) {
    return switch (type.kind()) {
      case BOOLEAN -> Boolean.compare((Boolean) a, (Boolean) b);
      case SMALLINT -> Short.compare((Short) a, (Short) b);
      case INTEGER, DATE -> Integer.compare((Integer) a, (Integer) b);
      case BIGINT, TIME -> Long.compare((Long) a, (Long) b);
      case REAL -> {
        float x = (Float) a;
        float y = (Float) b;
        yield x == y ? 0 : Float.compare(x, y);
      }
      case DOUBLE -> {
        double x = (Double) a;
        double y = (Double) b;
        yield x == y ? 0 : Double.compare(x, y);
      }
      case NUMERIC -> ((DecimalData) a).compareTo((DecimalData) b);
      case TEXT, VARCHAR -> Arrays.compareUnsigned(utf8(a.toString()), utf8(b.toString()));
      case CHAR ->
          Arrays.compareUnsigned(
              utf8(a.toString().replaceAll(" +$", "")), utf8(b.toString().replaceAll(" +$", "")));
      case TIMESTAMP, TIMESTAMPTZ -> ((TimestampData) a).compareTo((TimestampData) b);
      case BYTEA, UUID -> Arrays.compareUnsigned((byte[]) a, (byte[]) b);
    };
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void bytesOrderLikeValues(Kind kind) {
    ColumnType type = type(kind);
    KeyCodec codec = new KeyCodec(schema(type));
    for (int i = 0; i < 3000; i++) {
      Object a = value(type, random);
      Object b = value(type, random);
      byte[] x = codec.encode(List.of(a));
      byte[] y = codec.encode(List.of(b));
      assertThat(Integer.signum(Arrays.compareUnsigned(x, y)))
          .as("seed %d: %s and %s", seed, a, b)
          .isEqualTo(Integer.signum(compare(type, a, b)));
      assertThat(codec.distributionLength(x)).isEqualTo(x.length);
      assertThat(codec.encode(GenericRowData.of(a))).isEqualTo(x);
    }
  }

  @Test
  void wideAndNarrowNumerics() {
    for (int precision : new int[] {1, 5, 18, 19, 38}) {
      ColumnType type = new ColumnType(Kind.NUMERIC, 0, precision, Math.min(2, precision));
      KeyCodec codec = new KeyCodec(schema(type));
      for (int i = 0; i < 1000; i++) {
        Object a = value(type, random);
        Object b = value(type, random);
        assertThat(
                Integer.signum(
                    Arrays.compareUnsigned(codec.encode(List.of(a)), codec.encode(List.of(b)))))
            .as("seed %d: %s and %s", seed, a, b)
            .isEqualTo(Integer.signum(compare(type, a, b)));
      }
    }
  }

  @Test
  void compositeKeysOrderByColumnsAndRangesHoldExactlyTheirKeys() {
    Kind[] kinds = Kind.values();
    for (int round = 0; round < 300; round++) {
      ColumnType first = type(kinds[random.nextInt(kinds.length)]);
      ColumnType second = type(kinds[random.nextInt(kinds.length)]);
      KeyCodec codec = new KeyCodec(schema(first, second));
      Object prefix = value(first, random);
      Object lower = value(second, random);
      Object upper = value(second, random);
      boolean lowerInclusive = random.nextBoolean();
      boolean upperInclusive = random.nextBoolean();
      ByteRange range = codec.range(List.of(prefix), lower, lowerInclusive, upper, upperInclusive);
      Comparator<List<Object>> order =
          (a, b) -> {
            int byFirst = compare(first, a.get(0), b.get(0));
            return byFirst != 0 ? byFirst : compare(second, a.get(1), b.get(1));
          };
      List<Object> before = List.of(prefix, lower);
      for (int i = 0; i < 50; i++) {
        List<Object> key =
            List.of(
                random.nextInt(3) == 0 ? value(first, random) : prefix,
                random.nextInt(3) == 0 ? lower : value(second, random));
        byte[] bytes = codec.encode(key);
        assertThat(Integer.signum(Arrays.compareUnsigned(bytes, codec.encode(before))))
            .as("seed %d: %s and %s", seed, key, before)
            .isEqualTo(Integer.signum(order.compare(key, before)));
        int toLower = compare(second, key.get(1), lower);
        int toUpper = compare(second, key.get(1), upper);
        boolean expected =
            compare(first, key.get(0), prefix) == 0
                && (lowerInclusive ? toLower >= 0 : toLower > 0)
                && (upperInclusive ? toUpper <= 0 : toUpper < 0);
        assertThat(contains(range, bytes))
            .as("seed %d: %s in %s %s..%s", seed, key, prefix, lower, upper)
            .isEqualTo(expected);
        assertThat(codec.shard(bytes, 32)).isEqualTo(codec.shardOfPrefix(List.of(key.get(0)), 32));
        before = key;
      }
    }
  }

  private static boolean contains(ByteRange range, byte[] key) {
    byte[] to = range.toExclusive();
    return Arrays.compareUnsigned(range.fromInclusive(), key) <= 0
        && (to == null || Arrays.compareUnsigned(key, to) < 0);
  }

  @Test
  void aNullOrEndlessKeyIsRefused() {
    KeyCodec codec = new KeyCodec(schema(ColumnType.of(Kind.TEXT)));
    assertThatThrownBy(() -> codec.encode(GenericRowData.of((Object) null)))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("null value in column \"c0\" of relation \"t\"");
    StringData endless = StringData.fromString("x".repeat(KeyCodec.KEY_BYTES_MAX));
    assertThatThrownBy(() -> codec.encode(List.of(endless)))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("exceeds the maximum of 16384");
  }

  @Test
  void flinkKeysHashToTheirShards() {
    for (int shards : new int[] {1, 2, 32, 128}) {
      int[] keys = Sharding.flinkKeys(shards);
      for (int shard = 0; shard < shards; shard++) {
        assertThat(KeyGroupRangeAssignment.assignToKeyGroup(keys[shard], shards)).isEqualTo(shard);
        assertThat(Sharding.flinkKey(shard, shards)).isEqualTo(keys[shard]);
      }
    }
  }

  @Test
  void theHashIsMurmur3() {
    // Published test vectors of MurmurHash3 x86 32 with seed 0.
    assertThat(Sharding.shard(new byte[0], 0, Integer.MAX_VALUE)).isZero();
    assertThat(unsigned("test")).isEqualTo(0xba6bd213L);
    assertThat(unsigned("Hello, world!")).isEqualTo(0xc0363e43L);
    assertThat(unsigned("The quick brown fox jumps over the lazy dog")).isEqualTo(0x2e4ff723L);
  }

  /** The hash from two of its remainders. */
  private static long unsigned(String text) {
    byte[] bytes = utf8(text);
    long low = Sharding.shard(bytes, bytes.length, 1 << 16);
    int modulus = (1 << 30) + 0;
    long lower30 = Sharding.shard(bytes, bytes.length, modulus);
    assertThat(lower30 & 0xFFFF).isEqualTo(low);
    for (long high = 0; high < 4; high++) {
      long candidate = high << 30 | lower30;
      if (candidate % 1_000_003 == Sharding.shard(bytes, bytes.length, 1_000_003)) {
        return candidate;
      }
    }
    throw new AssertionError(text);
  }

  @Test
  void deltaKeysKeepCsnAndRowKey() {
    byte[] key = {1, 2, 3};
    byte[] delta = Keyspaces.deltaKey(77, key);
    assertThat(Keyspaces.deltaCsn(delta)).isEqualTo(77);
    assertThat(Keyspaces.deltaRowKey(delta)).isEqualTo(key);
    assertThat(Arrays.compareUnsigned(Keyspaces.deltaFrom(77), delta)).isNegative();
    assertThat(Arrays.compareUnsigned(Keyspaces.deltaFrom(78), delta)).isPositive();
    assertThat(Keyspaces.tableId(Keyspaces.locations(16385))).isEqualTo(16385);
  }
}
