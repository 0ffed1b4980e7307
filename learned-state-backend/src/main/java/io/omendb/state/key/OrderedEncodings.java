package io.omendb.state.key;

import static io.omendb.state.key.SimpleEncoding.wrapping;
import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
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
import org.apache.flink.api.java.typeutils.runtime.NullableSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
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

/**
 * Finds the ordered encoding of the type that a serializer is for.
 *
 * <p>Only serializers whose class is known exactly have one: what another class writes, and whether
 * its values have an order, cannot be told. POJOs and records have none, because neither Java nor
 * Flink says by which fields they would be ordered, and because their fields change.
 */
public final class OrderedEncodings {

  private static final Map<Class<?>, OrderedEncoding<?>> BY_SERIALIZER =
      Map.ofEntries(
          entry(BooleanSerializer.class, PrimitiveEncodings.BOOLEAN),
          entry(ByteSerializer.class, PrimitiveEncodings.BYTE),
          entry(ShortSerializer.class, PrimitiveEncodings.SHORT),
          entry(IntSerializer.class, IntEncoding.INSTANCE),
          entry(LongSerializer.class, LongEncoding.INSTANCE),
          entry(FloatSerializer.class, PrimitiveEncodings.FLOAT),
          entry(DoubleSerializer.class, PrimitiveEncodings.DOUBLE),
          entry(CharSerializer.class, PrimitiveEncodings.CHAR),
          entry(StringSerializer.class, StringEncoding.INSTANCE),
          entry(BytePrimitiveArraySerializer.class, BytesEncoding.INSTANCE),
          entry(BigIntSerializer.class, BigIntegerEncoding.INSTANCE),
          entry(BigDecSerializer.class, BigDecimalEncoding.INSTANCE),
          entry(DateSerializer.class, TimeEncodings.DATE),
          entry(SqlDateSerializer.class, TimeEncodings.SQL_DATE),
          entry(SqlTimeSerializer.class, TimeEncodings.SQL_TIME),
          entry(SqlTimestampSerializer.class, TimeEncodings.SQL_TIMESTAMP),
          entry(InstantSerializer.class, TimeEncodings.INSTANT),
          entry(LocalDateSerializer.class, TimeEncodings.LOCAL_DATE),
          entry(LocalTimeSerializer.class, TimeEncodings.LOCAL_TIME),
          entry(LocalDateTimeSerializer.class, TimeEncodings.LOCAL_DATE_TIME),
          entry(TimeWindow.Serializer.class, TimeEncodings.TIME_WINDOW),
          entry(
              GlobalWindow.Serializer.class,
              new ConstantEncoding<>("globalwindow", GlobalWindow.get())),
          entry(
              VoidNamespaceSerializer.class,
              new ConstantEncoding<>("void", VoidNamespace.INSTANCE)),
          entry(
              BooleanValueSerializer.class,
              wrapping(PrimitiveEncodings.BOOLEAN, BooleanValue::getValue, BooleanValue::new)),
          entry(
              ByteValueSerializer.class,
              wrapping(PrimitiveEncodings.BYTE, ByteValue::getValue, ByteValue::new)),
          entry(
              ShortValueSerializer.class,
              wrapping(PrimitiveEncodings.SHORT, ShortValue::getValue, ShortValue::new)),
          entry(
              IntValueSerializer.class,
              wrapping(IntEncoding.INSTANCE, IntValue::getValue, IntValue::new)),
          entry(
              LongValueSerializer.class,
              wrapping(LongEncoding.INSTANCE, LongValue::getValue, LongValue::new)),
          entry(
              FloatValueSerializer.class,
              wrapping(PrimitiveEncodings.FLOAT, FloatValue::getValue, FloatValue::new)),
          entry(
              DoubleValueSerializer.class,
              wrapping(PrimitiveEncodings.DOUBLE, DoubleValue::getValue, DoubleValue::new)),
          entry(
              CharValueSerializer.class,
              wrapping(PrimitiveEncodings.CHAR, CharValue::getValue, CharValue::new)),
          entry(
              StringValueSerializer.class,
              wrapping(StringEncoding.INSTANCE, StringValue::getValue, StringValue::new)));

  private OrderedEncodings() {}

  /** The encoding of the serializer's type; null if it has none. */
  @SuppressWarnings("unchecked") // the map's values are encodings of their serializers' types
  public static <T> @Nullable OrderedEncoding<T> of(TypeSerializer<T> serializer) {
    OrderedEncoding<?> encoding = BY_SERIALIZER.get(serializer.getClass());
    if (encoding == null) {
      if (serializer.getClass() == EnumSerializer.class) {
        encoding = new EnumEncoding<>((EnumSerializer<?>) (TypeSerializer<?>) serializer);
      } else if (serializer.getClass() == TupleSerializer.class) {
        encoding = ofTuple((TupleSerializer<?>) (TypeSerializer<?>) serializer);
      } else if (serializer.getClass() == NullableSerializer.class) {
        encoding = ofNullable((NullableSerializer<?>) (TypeSerializer<?>) serializer);
      }
    }
    return (OrderedEncoding<T>) encoding;
  }

  private static @Nullable OrderedEncoding<?> ofTuple(TupleSerializer<?> serializer) {
    List<OrderedEncoding<Object>> fields = new ArrayList<>();
    for (TypeSerializer<Object> field : serializer.getFieldSerializers()) {
      OrderedEncoding<Object> encoding = of(field);
      if (encoding == null) {
        return null;
      }
      fields.add(encoding);
    }
    return new TupleEncoding<>(serializer, List.copyOf(fields));
  }

  /** The wrapper names what it wraps only in its snapshot. */
  private static @Nullable OrderedEncoding<?> ofNullable(NullableSerializer<?> serializer) {
    CompositeTypeSerializerSnapshot<?, ?> snapshot =
        (CompositeTypeSerializerSnapshot<?, ?>) serializer.snapshotConfiguration();
    OrderedEncoding<?> wrapped = of(snapshot.getNestedSerializerSnapshots()[0].restoreSerializer());
    return wrapped == null ? null : new NullableEncoding<>(wrapped);
  }
}
