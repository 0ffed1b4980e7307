package io.omendb.bench.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The shapes of keys that are measured; key number i of each is the i-th in order of creation. */
public enum Keys {
  /** A serial number, as a bigint primary key. */
  DENSE {
    @Override
    byte[] key(int number) {
      return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }
  },

  /** Evenly random 64-bit numbers. */
  RANDOM {
    @Override
    byte[] key(int number) {
      return ByteBuffer.allocate(Long.BYTES).putLong(mix(number)).array();
    }
  },

  /** Text with a common prefix and a random, unequal rest. */
  TEXT {
    @Override
    byte[] key(int number) {
      return ("customer/" + Long.toUnsignedString(mix(number), 36) + "/order")
          .getBytes(StandardCharsets.US_ASCII);
    }
  };

  /** The bytes of key number {@code number}. */
  abstract byte[] key(int number);

  private static long mix(long value) {
    long mixed = (value + 1) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
