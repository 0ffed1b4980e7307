package io.omendb.jobs.table;

import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * Where rows live: distribution key bytes to shard, and shard to the Flink key that hashes to the
 * key group of the same number. Both are part of the storage format and never change.
 */
public final class Sharding {
  /** Shards of a new database unless told otherwise. */
  public static final int SHARD_COUNT_DEFAULT = 32;

  private Sharding() {}

  /** The shard of the first {@code length} bytes: their {@link #hash} modulo. */
  public static int shard(byte[] distributionKey, int length, int shardCount) {
    return Integer.remainderUnsigned(hash(distributionKey, length), shardCount);
  }

  /**
   * For each shard the smallest int that Flink assigns to the key group of that number, where
   * {@code maxParallelism} is the number of shards. A few hundred hash computations.
   */
  public static int[] flinkKeys(int maxParallelism) {
    int[] keys = new int[maxParallelism];
    boolean[] found = new boolean[maxParallelism];
    int missing = maxParallelism;
    for (int key = 0; missing > 0; key++) {
      int group = KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism);
      if (!found[group]) {
        found[group] = true;
        keys[group] = key;
        missing--;
      }
    }
    return keys;
  }

  /** {@link #flinkKeys} of one shard. */
  public static int flinkKey(int shard, int maxParallelism) {
    if (shard < 0 || shard >= maxParallelism) {
      throw new IllegalArgumentException("shard %d of %d".formatted(shard, maxParallelism));
    }
    int key = 0;
    while (KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism) != shard) {
      key++;
    }
    return key;
  }

  /**
   * MurmurHash3 (x86, 32 bits, seed 0) of the first {@code length} bytes. Encoded keys differ in
   * few bits of few bytes, which {@link java.util.Arrays#hashCode(byte[])} maps to few values.
   */
  public static int hash(byte[] bytes, int length) {
    int hash = 0;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      int block =
          (bytes[i] & 0xFF)
              | (bytes[i + 1] & 0xFF) << 8
              | (bytes[i + 2] & 0xFF) << 16
              | (bytes[i + 3] & 0xFF) << 24;
      hash = Integer.rotateLeft(hash ^ scramble(block), 13) * 5 + 0xe6546b64;
    }
    int tail = 0;
    for (int shift = 0; i < length; i++, shift += 8) {
      tail |= (bytes[i] & 0xFF) << shift;
    }
    hash ^= scramble(tail) ^ length;
    hash = (hash ^ hash >>> 16) * 0x85ebca6b;
    hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
    return hash ^ hash >>> 16;
  }

  private static int scramble(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }
}
