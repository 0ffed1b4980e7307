package io.omendb.state.key;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.store.Seeds;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BigDecSerializer;
import org.apache.flink.api.common.typeutils.base.BigIntSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanValueSerializer;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.api.common.typeutils.base.ByteValueSerializer;
import org.apache.flink.api.common.typeutils.base.CharSerializer;
import org.apache.flink.api.common.typeutils.base.CharValueSerializer;
import org.apache.flink.api.common.typeutils.base.DateSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleValueSerializer;
import org.apache.flink.api.common.typeutils.base.EnumSerializer;
import org.apache.flink.api.common.typeutils.base.FloatSerializer;
import org.apache.flink.api.common.typeutils.base.FloatValueSerializer;
import org.apache.flink.api.common.typeutils.base.InstantSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.IntValueSerializer;
import org.apache.flink.api.common.typeutils.base.LocalDateSerializer;
import org.apache.flink.api.common.typeutils.base.LocalDateTimeSerializer;
import org.apache.flink.api.common.typeutils.base.LocalTimeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.LongValueSerializer;
import org.apache.flink.api.common.typeutils.base.ShortSerializer;
import org.apache.flink.api.common.typeutils.base.ShortValueSerializer;
import org.apache.flink.api.common.typeutils.base.SqlDateSerializer;
import org.apache.flink.api.common.typeutils.base.SqlTimeSerializer;
import org.apache.flink.api.common.typeutils.base.SqlTimestampSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.StringValueSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.types.BooleanValue;
import org.apache.flink.types.ByteValue;
import org.apache.flink.types.CharValue;
import org.apache.flink.types.DoubleValue;
import org.apache.flink.types.FloatValue;
import org.apache.flink.types.IntValue;
import org.apache.flink.types.LongValue;
import org.apache.flink.types.ShortValue;
import org.apache.flink.types.StringValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every encoding, by the serializer it belongs to: bytes compare as values, no encoding begins
 * another, and what comes back is what Flink's serializer gives back.
 */
@SuppressWarnings("JavaUtilDate") // they are keys too
class OrderedEncodingPropertyTest {

  private static final int VALUES = 400;

  /** A type: how its values are drawn and compared. */
  private record Subject<T>(
      String name,
      TypeSerializer<T> serializer,
      Function<Random, @Nullable T> draw,
      Comparator<T> order) {
    @Override
    public String toString() {
      return name;
    }
  }

  private enum Suit {
    SPADES,
    HEARTS,
    DIAMONDS,
    CLUBS
  }

  @SuppressWarnings({"unchecked", "rawtypes", "NullAway"})
  static Stream<Subject<?>> subjects() {
    Comparator<Tuple3<String, Long, Double>> tuples =
        Comparator.<Tuple3<String, Long, Double>, String>comparing(
                t -> t.f0, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(t -> t.f1)
            .thenComparing(t -> t.f2);
    TypeSerializer<?>[] fields = {
      StringSerializer.INSTANCE, LongSerializer.INSTANCE, DoubleSerializer.INSTANCE
    };
    return Stream.of(
        natural("boolean", BooleanSerializer.INSTANCE, Random::nextBoolean),
        natural("byte", ByteSerializer.INSTANCE, r -> (byte) number(r)),
        natural("short", ShortSerializer.INSTANCE, r -> (short) number(r)),
        natural("int", IntSerializer.INSTANCE, r -> (int) number(r)),
        natural("long", LongSerializer.INSTANCE, OrderedEncodingPropertyTest::number),
        natural("char", CharSerializer.INSTANCE, r -> (char) number(r)),
        natural("float", FloatSerializer.INSTANCE, OrderedEncodingPropertyTest::floating),
        natural(
            "double",
            DoubleSerializer.INSTANCE,
            r -> r.nextBoolean() ? floating(r) : Double.longBitsToDouble(number(r))),
        natural("string", StringSerializer.INSTANCE, r -> orNull(r, text(r))),
        natural("BigInteger", BigIntSerializer.INSTANCE, r -> orNull(r, bigInteger(r))),
        new Subject<>(
            "BigDecimal",
            BigDecSerializer.INSTANCE,
            r -> orNull(r, bigDecimal(r)),
            Comparator.<BigDecimal>naturalOrder().thenComparing(BigDecimal::scale)),
        natural("Date", DateSerializer.INSTANCE, r -> orNull(r, new Date(number(r) | 1))),
        new Subject<>(
            "sql.Date",
            SqlDateSerializer.INSTANCE,
            r -> orNull(r, new java.sql.Date(number(r) | 1)),
            Comparator.comparing(java.sql.Date::getTime)),
        new Subject<>(
            "sql.Time",
            SqlTimeSerializer.INSTANCE,
            r -> orNull(r, new Time(number(r) | 1)),
            Comparator.comparing(Time::getTime)),
        new Subject<>(
            "sql.Timestamp",
            SqlTimestampSerializer.INSTANCE,
            r -> orNull(r, timestamp(r)),
            Timestamp::compareTo),
        natural("Instant", InstantSerializer.INSTANCE, r -> orNull(r, instant(r))),
        new Subject<>(
            "LocalDate",
            LocalDateSerializer.INSTANCE,
            r -> orNull(r, date(r)),
            Comparator.comparing(LocalDate::toEpochDay)),
        natural("LocalTime", LocalTimeSerializer.INSTANCE, r -> orNull(r, time(r))),
        new Subject<>(
            "LocalDateTime",
            LocalDateTimeSerializer.INSTANCE,
            r -> orNull(r, LocalDateTime.of(date(r), time(r))),
            (a, b) -> a.compareTo(b)),
        natural(
            "enum",
            new EnumSerializer<>(Suit.class),
            r -> Suit.values()[r.nextInt(Suit.values().length)]),
        new Subject<>(
            "byte[]",
            BytePrimitiveArraySerializer.INSTANCE,
            r -> bytes(r),
            Arrays::compareUnsigned),
        new Subject<>(
            "VoidNamespace",
            VoidNamespaceSerializer.INSTANCE,
            r -> VoidNamespace.INSTANCE,
            Comparator.comparing(Object::toString)),
        new Subject<>(
            "GlobalWindow",
            new GlobalWindow.Serializer(),
            r -> GlobalWindow.get(),
            Comparator.comparing(Object::toString)),
        new Subject<>(
            "TimeWindow",
            new TimeWindow.Serializer(),
            r -> new TimeWindow(number(r), number(r)),
            Comparator.comparing(TimeWindow::getStart).thenComparing(TimeWindow::getEnd)),
        new Subject<Tuple3<String, Long, Double>>(
            "Tuple3",
            new TupleSerializer<>((Class) Tuple3.class, fields),
            r -> Tuple3.of(orNull(r, text(r)), number(r), (double) floating(r)),
            tuples),
        natural(
            "nullable long",
            NullableSerializer.wrap(LongSerializer.INSTANCE, true),
            r -> orNull(r, number(r))),
        natural(
            "BooleanValue", new BooleanValueSerializer(), r -> new BooleanValue(r.nextBoolean())),
        natural("ByteValue", new ByteValueSerializer(), r -> new ByteValue((byte) number(r))),
        natural("ShortValue", new ShortValueSerializer(), r -> new ShortValue((short) number(r))),
        natural("IntValue", new IntValueSerializer(), r -> new IntValue((int) number(r))),
        natural("LongValue", new LongValueSerializer(), r -> new LongValue(number(r))),
        natural("CharValue", new CharValueSerializer(), r -> new CharValue((char) number(r))),
        new Subject<>(
            "FloatValue",
            new FloatValueSerializer(),
            r -> new FloatValue(floating(r)),
            Comparator.comparing(FloatValue::getValue)),
        new Subject<>(
            "DoubleValue",
            new DoubleValueSerializer(),
            r -> new DoubleValue(floating(r)),
            Comparator.comparing(DoubleValue::getValue)),
        natural("StringValue", new StringValueSerializer(), r -> new StringValue(text(r))));
  }

  private static <T extends Comparable<? super T>> Subject<T> natural(
      String name, TypeSerializer<T> serializer, Function<Random, @Nullable T> draw) {
    return new Subject<>(name, serializer, draw, Comparator.naturalOrder());
  }

  @ParameterizedTest
  @MethodSource("subjects")
  <T> void ordersAsItsTypeAndComesBack(Subject<T> subject) throws Exception {
    Random random = Seeds.random("OrderedEncodingPropertyTest " + subject);
    OrderedEncoding<T> encoding = requireNonNull(OrderedEncodings.of(subject.serializer()));
    List<@Nullable T> values = new ArrayList<>();
    List<byte[]> encoded = new ArrayList<>();
    for (int i = 0; i < VALUES; i++) {
      T value = subject.draw().apply(random);
      values.add(value);
      encoded.add(encode(encoding, value));
    }
    Comparator<T> order = Comparator.nullsFirst(subject.order());
    for (int i = 0; i < VALUES; i++) {
      for (int j = 0; j < VALUES; j++) {
        byte[] a = encoded.get(i);
        byte[] b = encoded.get(j);
        int expected = Integer.signum(order.compare(values.get(i), values.get(j)));
        if (Integer.signum(Arrays.compareUnsigned(a, b)) != expected) {
          assertThat(Integer.signum(Arrays.compareUnsigned(a, b)))
              .as("order of %s and %s", values.get(i), values.get(j))
              .isEqualTo(expected);
        }
        if (expected != 0
            && a.length <= b.length
            && Arrays.equals(a, 0, a.length, b, 0, a.length)) {
          assertThat(values.get(j)).as("begun by %s", values.get(i)).isNull();
        }
      }
    }
    for (int i = 0; i < VALUES; i++) {
      assertComesBack(subject, encoding, values.get(i), encoded.get(i));
    }
  }

  /** Between other bytes; compared with what Flink's serializer gives back. */
  private static <T> void assertComesBack(
      Subject<T> subject, OrderedEncoding<T> encoding, @Nullable T value, byte[] encoded)
      throws Exception {
    byte[] between = new byte[2 + encoded.length + 3];
    Arrays.fill(between, (byte) 0xA5);
    System.arraycopy(encoded, 0, between, 2, encoded.length);
    DataInputDeserializer in = new DataInputDeserializer(between, 2, between.length - 2);
    T decoded = encoding.decode(in);
    assertThat(in.available()).as("bytes left behind %s", value).isEqualTo(3);
    DataOutputSerializer serialized = new DataOutputSerializer(16);
    subject.serializer().serialize(value, serialized);
    T expected =
        subject.serializer().deserialize(new DataInputDeserializer(serialized.getCopyOfBuffer()));
    assertThat(Comparator.nullsFirst(subject.order()).compare(decoded, expected))
        .as("expected %s, got %s", expected, decoded)
        .isZero();
    if (expected != null) {
      assertThat(decoded).isInstanceOf(expected.getClass());
    }
  }

  private static <T> byte[] encode(OrderedEncoding<T> encoding, @Nullable T value)
      throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(1);
    encoding.encode(value, out);
    return out.getCopyOfBuffer();
  }

  @SuppressWarnings("NullAway") // the point of it
  private static <T> T orNull(Random random, T value) {
    return random.nextInt(20) == 0 ? null : value;
  }

  /** Of all magnitudes, often a limit of a type or its neighbour. */
  private static long number(Random random) {
    long[] limits = {
      0,
      -128,
      127,
      128,
      255,
      256,
      -256,
      -257,
      65535,
      Short.MIN_VALUE,
      Integer.MIN_VALUE,
      Integer.MAX_VALUE,
      Long.MIN_VALUE,
      Long.MAX_VALUE
    };
    return random.nextInt(3) == 0
        ? limits[random.nextInt(limits.length)] + random.nextInt(3) - 1
        : random.nextLong() >> random.nextInt(64);
  }

  private static float floating(Random random) {
    float[] special = {
      0f,
      -0f,
      Float.NaN,
      Float.NEGATIVE_INFINITY,
      Float.POSITIVE_INFINITY,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.MAX_VALUE,
      -Float.MAX_VALUE
    };
    return random.nextInt(3) == 0
        ? special[random.nextInt(special.length)]
        : Float.intBitsToFloat(random.nextInt());
  }

  /** Strings that begin one another, with control characters, surrogates alone and in pairs. */
  private static String text(Random random) {
    String alphabet = "\u0000\u0001\u0002\u0003a~\u007F\u0080\u07FF\u0800\uD800\uDBFF\uDC00\uFFFF";
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(4) == 0 ? random.nextInt(40) : random.nextInt(4);
    boolean plain = random.nextBoolean();
    for (int i = 0; i < length; i++) {
      text.append(
          plain
              ? (char) ('a' + random.nextInt(2))
              : random.nextInt(10) == 0
                  ? (char) random.nextInt(1 << 16)
                  : alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = text(random).getBytes(StandardCharsets.UTF_16LE);
    return random.nextBoolean() ? bytes : Arrays.copyOf(bytes, bytes.length / 2);
  }

  private static BigInteger bigInteger(Random random) {
    int bits = random.nextInt(10) == 0 ? 490 + random.nextInt(60) : random.nextInt(80);
    BigInteger value = new BigInteger(bits, random);
    return random.nextBoolean() ? value : value.negate();
  }

  private static BigDecimal bigDecimal(Random random) {
    BigInteger unscaled =
        random.nextBoolean() ? bigInteger(random) : BigInteger.valueOf(random.nextInt(41) - 20);
    int scale = random.nextInt(10) == 0 ? (int) number(random) : random.nextInt(9) - 4;
    // Values of one comparison must not be too far apart to compare.
    scale = Math.max(-100_000, Math.min(100_000, scale));
    BigDecimal value = new BigDecimal(unscaled, scale);
    return random.nextBoolean() || scale > 1000 ? value : value.setScale(scale + random.nextInt(5));
  }

  private static Timestamp timestamp(Random random) {
    Timestamp timestamp = new Timestamp(number(random) >> 4);
    timestamp.setNanos(random.nextInt(1_000_000_000));
    return timestamp;
  }

  private static Instant instant(Random random) {
    long seconds = number(random) % (Instant.MAX.getEpochSecond() + 1);
    return Instant.ofEpochSecond(seconds, random.nextInt(1_000_000_000));
  }

  private static LocalDate date(Random random) {
    return LocalDate.ofEpochDay(number(random) % (LocalDate.MAX.toEpochDay() - 366));
  }

  private static LocalTime time(Random random) {
    return LocalTime.ofNanoOfDay(
        random.nextInt(3) == 0
            ? random.nextInt(3)
            : Math.floorMod(random.nextLong(), LocalTime.MAX.toNanoOfDay() + 1));
  }
}
