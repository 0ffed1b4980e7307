package io.omendb.lake.write;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote. Every length is checked against what is left before anything
 * is allocated; an error names {@code source} and the offset.
 */
public final class ByteReader {

  private final String source;
  private final byte[] bytes;
  private final int limit;
  private int offset;

  public ByteReader(String source, byte[] bytes) {
    this(source, bytes, 0, bytes.length);
  }

  public ByteReader(String source, byte[] bytes, int offset, int length) {
    this.source = source;
    this.bytes = bytes;
    this.offset = offset;
    this.limit = offset + length;
  }

  public int offset() {
    return offset;
  }

  public int remaining() {
    return limit - offset;
  }

  public int readByte() {
    require(1);
    return bytes[offset++] & 0xFF;
  }

  public int readInt() {
    require(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value = (value << 8) | (bytes[offset++] & 0xFF);
    }
    return value;
  }

  public long readLong() {
    long high = readInt();
    return (high << 32) | (readInt() & 0xFFFF_FFFFL);
  }

  public long readVarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = readByte();
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw corrupt("a varint of more than 10 bytes");
  }

  /** A count or length: a varint from 0 to {@code max}. */
  public int readCount(long max) {
    long value = readVarint();
    if (value < 0 || value > max || value > Integer.MAX_VALUE) {
      throw corrupt("expected a number from 0 to %d, got %d".formatted(max, value));
    }
    return (int) value;
  }

  public byte[] readBytes() {
    int length = readCount(remaining());
    byte[] value = Arrays.copyOfRange(bytes, offset, offset + length);
    offset += length;
    return value;
  }

  public String readString() {
    int length = readCount(remaining());
    String value = new String(bytes, offset, length, StandardCharsets.UTF_8);
    offset += length;
    return value;
  }

  public LakeException corrupt(String what) {
    return new LakeException(
        Reason.CORRUPT_FILE, "%s is corrupt at offset %d: %s".formatted(source, offset, what));
  }

  private void require(int length) {
    if (remaining() < length) {
      throw corrupt("expected %d more bytes, got %d".formatted(length, remaining()));
    }
  }
}
