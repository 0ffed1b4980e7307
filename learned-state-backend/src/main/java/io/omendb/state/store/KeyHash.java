package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 64-bit hash of (section, key) that filters are built from; part of the run format. Words of 8
 * big-endian bytes, the last padded with zeros, are mixed one by one with the finalizer of
 * SplitMix64 (Steele et al., OOPSLA 2014); the length is mixed in last.
 */
final class KeyHash {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private KeyHash() {}

  static long of(long section, byte[] bytes, int offset, int length) {
    long hash = mix(section + 0x9E3779B97F4A7C15L);
    int position = offset;
    int end = offset + length;
    for (; position + Long.BYTES <= end; position += Long.BYTES) {
      hash = mix(hash ^ (long) LONG.get(bytes, position));
    }
    long tail = 0;
    for (int shift = 56; position < end; position++, shift -= 8) {
      tail |= (bytes[position] & 0xFFL) << shift;
    }
    return mix((hash ^ tail) + length);
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
