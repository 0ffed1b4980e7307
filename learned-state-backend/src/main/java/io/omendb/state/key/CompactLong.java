package io.omendb.state.key;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * A long in 1 to 9 bytes, in order: 0x80 + n, or 0x80 - n for a negative number, then its n lowest
 * bytes; n is the least with -(256^n) &lt;= value &lt; 256^n.
 */
final class CompactLong {

  private static final int ZERO = 0x80;

  private CompactLong() {}

  static void write(long value, DataOutputSerializer out) throws IOException {
    long magnitude = value < 0 ? ~value : value;
    int bytes = (Long.SIZE - Long.numberOfLeadingZeros(magnitude) + Byte.SIZE - 1) / Byte.SIZE;
    if (value < 0) {
      bytes = Math.max(bytes, 1); // -1 has no other byte to differ from 0
    }
    out.write(value < 0 ? ZERO - bytes : ZERO + bytes);
    for (int i = bytes - 1; i >= 0; i--) {
      out.write((int) (value >>> (Byte.SIZE * i)));
    }
  }

  static long read(DataInputDeserializer in) throws IOException {
    int header = in.readUnsignedByte();
    int bytes = Math.abs(header - ZERO);
    if (bytes > Long.BYTES) {
      throw new IOException(String.format("No number is encoded with the header %02x", header));
    }
    long value = header < ZERO ? -1 : 0;
    for (int i = 0; i < bytes; i++) {
      value = (value << Byte.SIZE) | in.readUnsignedByte();
    }
    return value;
  }
}
