package io.omendb.state.key;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Date;
import java.util.HexFormat;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.BigDecSerializer;
import org.apache.flink.api.common.typeutils.base.BigIntSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.api.common.typeutils.base.CharSerializer;
import org.apache.flink.api.common.typeutils.base.DateSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.EnumSerializer;
import org.apache.flink.api.common.typeutils.base.FloatSerializer;
import org.apache.flink.api.common.typeutils.base.InstantSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.IntValueSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.LocalDateSerializer;
import org.apache.flink.api.common.typeutils.base.LocalDateTimeSerializer;
import org.apache.flink.api.common.typeutils.base.LocalTimeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.ShortSerializer;
import org.apache.flink.api.common.typeutils.base.SqlTimeSerializer;
import org.apache.flink.api.common.typeutils.base.SqlTimestampSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.windowing.windows.GlobalWindow;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.types.IntValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The bytes of each encoding, and its name: both are stored, so neither may change. */
@SuppressWarnings("JavaUtilDate") // they are keys too
class OrderedEncodingGoldenTest {

  private static <T> void check(
      TypeSerializer<T> serializer, String form, @Nullable Object... valuesAndBytes)
      throws Exception {
    OrderedEncoding<T> encoding = requireNonNull(OrderedEncodings.of(serializer));
    assertThat(encoding.form()).isEqualTo(form);
    for (int i = 0; i < valuesAndBytes.length; i += 2) {
      @SuppressWarnings("unchecked")
      T value = (T) valuesAndBytes[i];
      DataOutputSerializer out = new DataOutputSerializer(1);
      encoding.encode(value, out);
      assertThat(HexFormat.of().formatHex(out.getCopyOfBuffer()))
          .as("%s %s", form, value)
          .isEqualTo(String.valueOf(valuesAndBytes[i + 1]).replace(" ", ""));
    }
  }

  @Test
  void wholeNumbers() throws Exception {
    check(BooleanSerializer.INSTANCE, "boolean", false, "00", true, "01");
    check(ByteSerializer.INSTANCE, "byte", (byte) -128, "00", (byte) 0, "80", (byte) 127, "ff");
    check(ShortSerializer.INSTANCE, "short", (short) -1, "7fff", (short) 258, "8102");
    check(CharSerializer.INSTANCE, "char", 'a', "0061", '\uFFFF', "ffff");
    check(IntSerializer.INSTANCE, "int", -1, "7fffffff", 0, "80000000", 5, "80000005");
    check(LongSerializer.INSTANCE, "long", -1L, "7fffffffffffffff", 1L, "8000000000000001");
    check(new IntValueSerializer(), "int", new IntValue(-2), "7ffffffe");
  }

  @Test
  void floatingPointNumbers() throws Exception {
    check(
        FloatSerializer.INSTANCE,
        "float",
        -1f,
        "407fffff",
        -0f,
        "7fffffff",
        0f,
        "80000000",
        1f,
        "bf800000",
        Float.NaN,
        "ffc00000");
    check(
        DoubleSerializer.INSTANCE,
        "double",
        Double.NEGATIVE_INFINITY,
        "000fffffffffffff",
        -0d,
        "7fffffffffffffff",
        1d,
        "bff0000000000000",
        Double.NaN,
        "fff8000000000000");
  }

  @Test
  void stringsAndBytes() throws Exception {
    check(
        StringSerializer.INSTANCE,
        "string",
        null,
        "00",
        "",
        "01",
        "ab",
        "6162 01",
        "\u0000\u0001\u0002\u0003",
        "0201 0202 0203 03 01",
        "12345678é9",
        "3132333435363738 c3a9 39 01",
        "1234567\u0000",
        "31323334353637 0201 01",
        "\u20AC\uD83D\uDE00\uDC00\uFFFF",
        "e282ac eda0bd edb880 edb080 efbfbf 01");
    check(
        BytePrimitiveArraySerializer.INSTANCE,
        "bytes",
        new byte[] {},
        "00",
        new byte[] {0, 1, 2, -1},
        "0101 0102 02 ff 00");
  }

  @Test
  void numbersOfAnySize() throws Exception {
    check(
        BigIntSerializer.INSTANCE,
        "biginteger",
        null,
        "00",
        BigInteger.ZERO,
        "81 00",
        BigInteger.valueOf(-1),
        "7f ff",
        BigInteger.valueOf(-129),
        "7e ff7f",
        BigInteger.valueOf(128),
        "82 0080",
        BigInteger.ONE.shiftLeft(504),
        "c0 00000040 01" + "00".repeat(63),
        BigInteger.ONE.shiftLeft(504).negate(),
        "40 ffffffbf ff" + "00".repeat(63));
    check(
        BigDecSerializer.INSTANCE,
        "bigdecimal",
        null,
        "00",
        new BigDecimal("0.00"),
        "02 8102",
        new BigDecimal("123"),
        "03 8103 0d1f 00 80",
        new BigDecimal("1.230"),
        "03 8101 0d1f 00 8103",
        new BigDecimal("-1.23"),
        "01 7fff f2e0 ff 8102",
        new BigDecimal("1e300"),
        "03 82012d 0b 00 7ed4".replace("7ed4", "7efed4"));
  }

  @Test
  void times() throws Exception {
    check(
        DateSerializer.INSTANCE, "date", null, "0000000000000000", new Date(1), "8000000000000001");
    check(SqlTimeSerializer.INSTANCE, "sqltime", new Time(-1), "7fffffffffffffff");
    Timestamp timestamp = new Timestamp(1000);
    timestamp.setNanos(7);
    check(SqlTimestampSerializer.INSTANCE, "sqltimestamp", timestamp, "80000000000003e8 80000007");
    check(
        InstantSerializer.INSTANCE,
        "instant",
        null,
        "0000000000000000 80000000",
        Instant.ofEpochSecond(-1, 2),
        "7fffffffffffffff 80000002");
    check(LocalDateSerializer.INSTANCE, "localdate", LocalDate.of(2024, 2, 29), "800007e8 02 1d");
    check(LocalTimeSerializer.INSTANCE, "localtime", LocalTime.ofNanoOfDay(9), "8000000000000009");
    check(
        LocalDateTimeSerializer.INSTANCE,
        "localdatetime",
        LocalDateTime.of(-1, 1, 1, 0, 0, 1),
        "7fffffff 01 01 800000003b9aca00");
  }

  @Test
  void namespaces() throws Exception {
    check(VoidNamespaceSerializer.INSTANCE, "void", VoidNamespace.INSTANCE, "");
    check(new GlobalWindow.Serializer(), "globalwindow", GlobalWindow.get(), "");
    check(
        new TimeWindow.Serializer(),
        "timewindow",
        new TimeWindow(-1, 2),
        "7fffffffffffffff 8000000000000002");
  }

  private enum Color {
    RED,
    GREEN
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"})
  void compositions() throws Exception {
    check(
        new EnumSerializer<>(Color.class), "enum", Color.RED, "00000000", Color.GREEN, "00000001");
    TypeSerializer<?>[] fields = {StringSerializer.INSTANCE, IntSerializer.INSTANCE};
    check(
        new TupleSerializer<>((Class) Tuple2.class, fields),
        "tuple(string,int)",
        Tuple2.of("a", 1),
        "61 01 80000001");
    check(
        NullableSerializer.wrap(IntSerializer.INSTANCE, false),
        "nullable(int)",
        null,
        "00",
        1,
        "01 80000001");
  }

  /** As if GREEN had been the only constant, and RED was put before it later. */
  @Test
  void enumsKeepTheNumbersOfTheirFirstDeclaration() throws Exception {
    DataOutputSerializer former = new DataOutputSerializer(64);
    former.writeUTF(Color.class.getName());
    former.writeInt(1);
    former.writeUTF("GREEN");
    TypeSerializerSnapshot<Color> declared =
        new EnumSerializer<>(Color.class).snapshotConfiguration();
    TypeSerializerSnapshot<Color> first = new EnumSerializer<>(Color.class).snapshotConfiguration();
    first.readSnapshot(
        first.getCurrentVersion(),
        new DataInputDeserializer(former.getCopyOfBuffer()),
        getClass().getClassLoader());
    TypeSerializerSchemaCompatibility<Color> compatibility =
        declared.resolveSchemaCompatibility(first);
    assertThat(compatibility.isCompatibleWithReconfiguredSerializer()).isTrue();
    check(
        compatibility.getReconfiguredSerializer(),
        "enum",
        Color.GREEN,
        "00000000",
        Color.RED,
        "00000001");
  }

  private record Point(int x, int y) {}

  @Test
  void otherTypesHaveNone() {
    SerializerConfigImpl config = new SerializerConfigImpl();
    assertThat(OrderedEncodings.of(TypeInformation.of(Point.class).createSerializer(config)))
        .isNull();
    assertThat(OrderedEncodings.of(new KryoSerializer<>(Point.class, config))).isNull();
    assertThat(OrderedEncodings.of(new ListSerializer<>(IntSerializer.INSTANCE))).isNull();
    assertThat(
            OrderedEncodings.of(
                NullableSerializer.wrap(new ListSerializer<>(IntSerializer.INSTANCE), false)))
        .isNull();
    assertThat(
            OrderedEncodings.of(
                new TupleTypeInfo<>(Types.STRING, Types.LIST(Types.INT)).createSerializer(config)))
        .isNull();
  }

  @Test
  void whatIsNoEncodingIsRefused() {
    for (String bytes : new String[] {"ff", "80", "61", "02", "c3"}) {
      assertThatThrownBy(() -> decode(StringSerializer.INSTANCE, bytes))
          .as(bytes)
          .isInstanceOf(IOException.class);
    }
    for (String bytes : new String[] {"", "80", "82 00", "c0 7fffffff 00", "40 00000000 00"}) {
      assertThatThrownBy(() -> decode(BigIntSerializer.INSTANCE, bytes))
          .as(bytes)
          .isInstanceOf(IOException.class);
    }
    for (String bytes : new String[] {"04", "03 8f", "03 8103 0d1f", "03 7f00 0d00 80"}) {
      assertThatThrownBy(() -> decode(BigDecSerializer.INSTANCE, bytes))
          .as(bytes)
          .isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> decode(LocalDateSerializer.INSTANCE, "800007e8 02 1f"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> decode(BytePrimitiveArraySerializer.INSTANCE, "01"))
        .isInstanceOf(IOException.class);
  }

  private static <T> @Nullable T decode(TypeSerializer<T> serializer, String bytes)
      throws IOException {
    OrderedEncoding<T> encoding = requireNonNull(OrderedEncodings.of(serializer));
    return encoding.decode(
        new DataInputDeserializer(HexFormat.of().parseHex(bytes.replace(" ", ""))));
  }
}
