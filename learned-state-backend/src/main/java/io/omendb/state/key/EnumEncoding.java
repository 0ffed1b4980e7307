package io.omendb.state.key;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.base.EnumSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * An enum by the number that Flink's serializer gives each constant (4 bytes, not negative). The
 * serializer's snapshot keeps these numbers: they are the order of declaration when the state was
 * first written, and constants added later follow, wherever they were inserted.
 */
record EnumEncoding<T extends Enum<T>>(EnumSerializer<T> serializer) implements OrderedEncoding<T> {

  @Override
  public void encode(@Nullable T value, DataOutputSerializer out) throws IOException {
    serializer.serialize(value, out);
  }

  @Override
  public T decode(DataInputDeserializer in) throws IOException {
    return serializer.deserialize(in);
  }

  @Override
  public String form() {
    return "enum";
  }
}
