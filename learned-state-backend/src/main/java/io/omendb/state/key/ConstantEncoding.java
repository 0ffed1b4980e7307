package io.omendb.state.key;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** No bytes, for a type that has one value. */
record ConstantEncoding<T>(String form, T value) implements OrderedEncoding<T> {

  @Override
  public void encode(@Nullable T ignored, DataOutputSerializer out) {}

  @Override
  public T decode(DataInputDeserializer in) {
    return value;
  }
}
