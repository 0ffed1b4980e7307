package io.omendb.state.key;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** 4 bytes, big-endian, sign bit flipped. */
final class IntEncoding implements OrderedEncoding<Integer> {

  static final IntEncoding INSTANCE = new IntEncoding();

  private IntEncoding() {}

  static void write(int value, DataOutputSerializer out) throws IOException {
    out.writeInt(value ^ Integer.MIN_VALUE);
  }

  static int read(DataInputDeserializer in) throws IOException {
    return in.readInt() ^ Integer.MIN_VALUE;
  }

  @Override
  public void encode(@Nullable Integer value, DataOutputSerializer out) throws IOException {
    write(Objects.requireNonNull(value), out);
  }

  @Override
  public Integer decode(DataInputDeserializer in) throws IOException {
    return read(in);
  }

  @Override
  public String form() {
    return "int";
  }
}
