package io.omendb.jobs.log;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Unsigned LEB128: seven bits a byte, the lowest first, the top bit set on all but the last. */
final class Varints {
  private Varints() {}

  static void write(DataOutput out, long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  static long read(DataInput in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = in.readUnsignedByte();
      value |= (next & 0x7FL) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw new IOException("varint of more than 10 bytes");
  }

  /** A number from 0 to {@code max}; {@code what} it is, for the error. */
  static int readInt(DataInput in, int max, String what) throws IOException {
    long value = read(in);
    if (value < 0 || value > max) {
      throw new IOException("%s: expected 0 to %d, got %d".formatted(what, max, value));
    }
    return (int) value;
  }
}
