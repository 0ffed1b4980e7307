package io.omendb.lake.write;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing buffer of this module's encodings: fixed integers big-endian, "varint" = unsigned
 * LEB128 of at most 10 bytes, strings and byte strings with their length before them as a varint.
 */
public final class ByteWriter {

  private byte[] buffer = new byte[256];
  private int size;

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /** The buffer itself; valid up to {@link #size()} until the next write. */
  public byte[] buffer() {
    return buffer;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, size);
  }

  public ByteWriter writeByte(int value) {
    reserve(1);
    buffer[size++] = (byte) value;
    return this;
  }

  public ByteWriter writeInt(int value) {
    reserve(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      buffer[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  public ByteWriter writeLong(long value) {
    writeInt((int) (value >>> 32));
    return writeInt((int) value);
  }

  public ByteWriter writeVarint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      buffer[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
    return this;
  }

  public ByteWriter writeBytes(byte[] bytes) {
    writeVarint(bytes.length);
    return writeRaw(bytes, bytes.length);
  }

  public ByteWriter writeString(String text) {
    return writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public ByteWriter writeRaw(byte[] bytes, int length) {
    reserve(length);
    System.arraycopy(bytes, 0, buffer, size, length);
    size += length;
    return this;
  }

  private void reserve(int more) {
    int needed = Math.addExact(size, more);
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(needed, buffer.length + (buffer.length >> 1)));
    }
  }
}
