package io.omendb.state.key;

import java.io.IOException;
import java.util.function.Function;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** An encoding of few bytes, given by two functions without state. */
record SimpleEncoding<T>(String form, Writer<T> writer, Reader<T> reader)
    implements OrderedEncoding<T> {

  /** Appends a value. */
  interface Writer<T> {
    void write(T value, DataOutputSerializer out) throws IOException;
  }

  /** Reads a value. */
  interface Reader<T> {
    @Nullable T read(DataInputDeserializer in) throws IOException;
  }

  /** The encoding of the values that {@code wrap} makes of {@code base}'s. */
  static <V, T> SimpleEncoding<V> wrapping(
      OrderedEncoding<T> base, Function<V, T> unwrap, Function<T, V> wrap) {
    return new SimpleEncoding<>(
        base.form(),
        (value, out) -> base.encode(unwrap.apply(value), out),
        in -> {
          T value = base.decode(in);
          return value == null ? null : wrap.apply(value);
        });
  }

  @Override
  @SuppressWarnings("NullAway") // null where the type's serializer takes it
  public void encode(@Nullable T value, DataOutputSerializer out) throws IOException {
    writer.write(value, out);
  }

  @Override
  public @Nullable T decode(DataInputDeserializer in) throws IOException {
    return reader.read(in);
  }
}
