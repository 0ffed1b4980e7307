package io.omendb.state.key;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/** 8 bytes, big-endian, sign bit flipped. */
final class LongEncoding implements OrderedEncoding<Long> {

  static final LongEncoding INSTANCE = new LongEncoding();

  private LongEncoding() {}

  static void write(long value, DataOutputSerializer out) throws IOException {
    out.writeLong(value ^ Long.MIN_VALUE);
  }

  static long read(DataInputDeserializer in) throws IOException {
    return in.readLong() ^ Long.MIN_VALUE;
  }

  @Override
  public void encode(@Nullable Long value, DataOutputSerializer out) throws IOException {
    write(Objects.requireNonNull(value), out);
  }

  @Override
  public Long decode(DataInputDeserializer in) throws IOException {
    return read(in);
  }

  @Override
  public String form() {
    return "long";
  }
}
