package io.omendb.state.key;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.NullFieldException;
import org.jspecify.annotations.Nullable;

/** A tuple by its first field, then its second, and so on: the fields' encodings in a row. */
record TupleEncoding<T extends Tuple>(
    TupleSerializer<T> serializer, List<OrderedEncoding<Object>> fields)
    implements OrderedEncoding<T> {

  @Override
  public void encode(@Nullable T tuple, DataOutputSerializer out) throws IOException {
    Objects.requireNonNull(tuple);
    for (int i = 0; i < fields.size(); i++) {
      try {
        fields.get(i).encode(tuple.getField(i), out);
      } catch (NullPointerException e) {
        throw new NullFieldException(i, e);
      }
    }
  }

  @Override
  public T decode(DataInputDeserializer in) throws IOException {
    @Nullable Object[] values = new Object[fields.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = fields.get(i).decode(in);
    }
    return serializer.createInstance(values);
  }

  @Override
  public String form() {
    return fields.stream()
        .map(OrderedEncoding::form)
        .collect(Collectors.joining(",", "tuple(", ")"));
  }
}
