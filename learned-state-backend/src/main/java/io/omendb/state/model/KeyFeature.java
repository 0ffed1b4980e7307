package io.omendb.state.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The number by which a model sees a byte key: the 8 bytes that follow a prefix common to all keys,
 * big-endian, padded with zeros, with the sign bit flipped so that the order of signed longs is the
 * order of the unsigned bytes.
 *
 * <p>The feature is weakly monotone: {@code a <= b} as unsigned bytes implies {@code feature(a) <=
 * feature(b)} for keys that share the prefix. Distinct keys may have equal features.
 */
public final class KeyFeature {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private KeyFeature() {}

  /** The feature of {@code bytes[offset, offset + length)} after {@code prefixLength} bytes. */
  public static long of(byte[] bytes, int offset, int length, int prefixLength) {
    int remaining = length - prefixLength;
    int start = offset + prefixLength;
    long feature;
    if (remaining >= Long.BYTES) {
      feature = (long) LONG.get(bytes, start);
    } else {
      feature = 0;
      for (int i = 0; i < remaining; i++) {
        feature |= (bytes[start + i] & 0xFFL) << (56 - 8 * i);
      }
    }
    return feature ^ Long.MIN_VALUE;
  }
}
