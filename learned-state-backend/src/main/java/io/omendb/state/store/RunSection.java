package io.omendb.state.store;

import java.util.Arrays;

/**
 * What is known in memory of one section of a run.
 *
 * @param section see {@link Section}
 * @param firstBlock number of its first block within the run
 * @param blockCount how many blocks it has; blocks are not shared between sections
 * @param entryCount versions of all keys
 * @param minVersion lowest version
 * @param maxVersion highest version
 * @param minKey first key
 * @param maxKey last key
 * @param index finds a block
 */
record RunSection(
    long section,
    int firstBlock,
    int blockCount,
    long entryCount,
    long minVersion,
    long maxVersion,
    byte[] minKey,
    byte[] maxKey,
    BlockIndex index) {

  /** Length of the prefix that all keys of a section share; follows from its first and last key. */
  static int prefixLength(byte[] minKey, byte[] maxKey) {
    int mismatch = Arrays.mismatch(minKey, maxKey);
    return mismatch < 0 ? minKey.length : mismatch;
  }
}
