package io.omendb.state.store;

import java.nio.ByteBuffer;

/**
 * Point reads in a data block where it lies, without copying it. The block is {@code window[start,
 * start + length)} and its checksum has been verified.
 *
 * <p>An entry is found by its tag, one byte of its key's hash: the tags of a block lie together, so
 * they are compared eight at a time and one or two cache lines tell which entries are worth a look.
 * Rejected: binary search, which touches a cache line for each of its log2(entries) probes.
 */
final class BlockSearch {

  private static final long LOW_BITS = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private BlockSearch() {}

  /** The tag of a key with this hash. */
  static byte tag(long hash) {
    return (byte) hash;
  }

  /**
   * Where in the window the newest entry of a key at or below a version starts; -1 if the block has
   * none.
   */
  static int find(
      ByteBuffer window,
      int start,
      int length,
      byte[] key,
      int keyLength,
      long hash,
      long version) {
    int countOffset = start + length - RunFormat.BLOCK_TRAILER_BYTES;
    int count = window.getInt(countOffset);
    int tags = countOffset - count;
    int offsets = tags - Integer.BYTES * count;
    long pattern = (hash & 0xFF) * LOW_BITS;
    // The eight bytes read last may reach into count and checksum, never beyond the block.
    for (int first = 0; first < count; first += Long.BYTES) {
      long difference = window.getLong(tags + first) ^ pattern;
      // A high bit per zero byte; sometimes one more, which the comparison of keys sorts out.
      long matches = (difference - LOW_BITS) & ~difference & HIGH_BITS;
      while (matches != 0) {
        int leading = Long.numberOfLeadingZeros(matches);
        int entry = first + (leading >>> 3);
        if (entry >= count) {
          return -1;
        }
        int offset = start + window.getInt(offsets + Integer.BYTES * entry);
        if (isOf(window, offset, key, keyLength) && window.getLong(offset) <= version) {
          return offset;
        }
        matches &= ~(Long.MIN_VALUE >>> leading);
      }
    }
    return -1;
  }

  private static boolean isOf(ByteBuffer window, int entry, byte[] key, int keyLength) {
    return window.getInt(entry + RunFormat.KEY_LENGTH_OFFSET) == keyLength
        && Bytes.equal(window, entry + RunFormat.ENTRY_HEADER_BYTES, key, keyLength);
  }

  /** The first of a block's entries whose key is not before {@code key}, or their number. */
  static int lowerBound(ByteBuffer window, int start, int offsets, int count, byte[] key) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int entry = start + window.getInt(offsets + Integer.BYTES * middle);
      int order =
          Bytes.compare(
              window,
              entry + RunFormat.ENTRY_HEADER_BYTES,
              window.getInt(entry + RunFormat.KEY_LENGTH_OFFSET),
              key,
              key.length);
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The order of a block's last entry relative to (key, version). */
  static int compareLast(
      ByteBuffer window, int start, int length, byte[] key, int keyLength, long version) {
    int countOffset = start + length - RunFormat.BLOCK_TRAILER_BYTES;
    int count = window.getInt(countOffset);
    int entry = start + window.getInt(countOffset - count - Integer.BYTES);
    int order =
        Bytes.compare(
            window,
            entry + RunFormat.ENTRY_HEADER_BYTES,
            window.getInt(entry + RunFormat.KEY_LENGTH_OFFSET),
            key,
            keyLength);
    return order != 0 ? order : Long.compare(version, window.getLong(entry));
  }
}
