package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Compares bytes in a big-endian buffer with bytes in an array, as unsigned numbers. */
final class Bytes {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  /** Whether {@code buffer[start, start + length)} equals {@code array[0, length)}. */
  static boolean equal(ByteBuffer buffer, int start, byte[] array, int length) {
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      if (buffer.getLong(start + i) != (long) LONG.get(array, i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (buffer.get(start + i) != array[i]) {
        return false;
      }
    }
    return true;
  }

  /** The order of {@code buffer[start, start + length)} relative to an array's first bytes. */
  static int compare(ByteBuffer buffer, int start, int length, byte[] array, int arrayLength) {
    int common = Math.min(length, arrayLength);
    int i = 0;
    for (; i + Long.BYTES <= common; i += Long.BYTES) {
      long a = buffer.getLong(start + i);
      long b = (long) LONG.get(array, i);
      if (a != b) {
        return Long.compareUnsigned(a, b);
      }
    }
    for (; i < common; i++) {
      int order = (buffer.get(start + i) & 0xFF) - (array[i] & 0xFF);
      if (order != 0) {
        return order;
      }
    }
    return length - arrayLength;
  }
}
