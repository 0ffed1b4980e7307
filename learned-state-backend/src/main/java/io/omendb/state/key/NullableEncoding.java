package io.omendb.state.key;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** 0 for null; 1 and the encoding of the value. */
record NullableEncoding<T>(OrderedEncoding<T> value) implements OrderedEncoding<T> {

  @Override
  public void encode(@Nullable T nullable, DataOutputSerializer out) throws IOException {
    out.writeBoolean(nullable != null);
    if (nullable != null) {
      value.encode(nullable, out);
    }
  }

  @Override
  public @Nullable T decode(DataInputDeserializer in) throws IOException {
    return in.readBoolean() ? value.decode(in) : null;
  }

  @Override
  public String form() {
    return "nullable(" + value.form() + ")";
  }
}
