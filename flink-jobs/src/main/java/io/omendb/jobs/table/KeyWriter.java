package io.omendb.jobs.table;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.Arrays;

/** A growing buffer of memcomparable bytes; see {@link KeyCodec} for the encoding. One thread. */
final class KeyWriter {
  static final byte ESCAPE = 0x00;
  static final byte ESCAPED_ZERO = (byte) 0xFF;
  static final byte TERMINATOR = 0x01;

  private byte[] bytes;
  private int size;

  KeyWriter(int capacity) {
    bytes = new byte[capacity];
  }

  void putByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  void putShort(int value) {
    ensure(2);
    bytes[size++] = (byte) (value >>> 8);
    bytes[size++] = (byte) value;
  }

  void putInt(int value) {
    ensure(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  void putLong(long value) {
    ensure(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  void putRaw(byte[] raw) {
    ensure(raw.length);
    System.arraycopy(raw, 0, bytes, size, raw.length);
    size += raw.length;
  }

  /** The first {@code length} bytes of {@code raw}, zeros escaped, and a terminator. */
  void putTerminated(byte[] raw, int length) {
    ensure(length + 2);
    for (int i = 0; i < length; i++) {
      if (raw[i] == 0) {
        ensure(length - i + 3);
        bytes[size++] = ESCAPE;
        bytes[size++] = ESCAPED_ZERO;
      } else {
        bytes[size++] = raw[i];
      }
    }
    ensure(2);
    bytes[size++] = ESCAPE;
    bytes[size++] = TERMINATOR;
  }

  /** The bytes as a row's key: PROGRAM_LIMIT_EXCEEDED if they are too many. */
  byte[] toKey() {
    if (size > KeyCodec.KEY_BYTES_MAX) {
      throw new OmenException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "key of %d bytes exceeds the maximum of %d".formatted(size, KeyCodec.KEY_BYTES_MAX));
    }
    return toBytes();
  }

  byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
