package io.omendb.state.key;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A byte array in the order of {@link Arrays#compareUnsigned(byte[], byte[])}: its bytes, where 00
 * and 01 become 01 01 and 01 02, and then 00.
 */
final class BytesEncoding implements OrderedEncoding<byte[]> {

  static final BytesEncoding INSTANCE = new BytesEncoding();

  private static final int END = 0;
  private static final int ESCAPE = 1;

  private BytesEncoding() {}

  @Override
  public void encode(byte @Nullable [] value, DataOutputSerializer out) throws IOException {
    for (byte b : Objects.requireNonNull(value)) {
      if (b == END || b == ESCAPE) {
        out.write(ESCAPE);
        out.write(b + 1);
      } else {
        out.write(b);
      }
    }
    out.write(END);
  }

  @Override
  public byte[] decode(DataInputDeserializer in) throws IOException {
    byte[] bytes = new byte[Math.min(in.available(), 64)];
    int length = 0;
    for (int b = in.readUnsignedByte(); b != END; b = in.readUnsignedByte()) {
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * length);
      }
      bytes[length++] = (byte) (b == ESCAPE ? in.readUnsignedByte() - 1 : b);
    }
    return Arrays.copyOf(bytes, length);
  }

  @Override
  public String form() {
    return "bytes";
  }
}
