package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One data block of a run, copied for a cursor that reads its entries in order. {@link BlockSearch}
 * reads blocks where they lie.
 */
final class Block {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** The block is at {@code bytes[0, length)}. */
  final byte[] bytes;

  private final int entryCount;
  private final int offsetsStart;

  /** Wraps the bytes of a block whose checksum was verified. */
  Block(byte[] bytes, int length) {
    this.bytes = bytes;
    this.entryCount = (int) INT.get(bytes, length - RunFormat.BLOCK_TRAILER_BYTES);
    this.offsetsStart =
        length - RunFormat.BLOCK_TRAILER_BYTES - RunFormat.BLOCK_BYTES_PER_ENTRY * entryCount;
  }

  int entryCount() {
    return entryCount;
  }

  private int offset(int entry) {
    return (int) INT.get(bytes, offsetsStart + Integer.BYTES * entry);
  }

  long version(int entry) {
    return (long) LONG.get(bytes, offset(entry));
  }

  int keyOffset(int entry) {
    return offset(entry) + RunFormat.ENTRY_HEADER_BYTES;
  }

  int keyLength(int entry) {
    return (int) INT.get(bytes, offset(entry) + 8);
  }

  boolean isDeleted(int entry) {
    return (int) INT.get(bytes, offset(entry) + 12) == RunFormat.DELETED;
  }

  int valueLength(int entry) {
    return Math.max(0, (int) INT.get(bytes, offset(entry) + 12));
  }

  int valueOffset(int entry) {
    int offset = offset(entry);
    return offset + RunFormat.ENTRY_HEADER_BYTES + (int) INT.get(bytes, offset + 8);
  }

  /** The order of an entry relative to (key, version): key ascending, version descending. */
  int compare(int entry, byte[] key, long version) {
    int offset = offset(entry);
    int start = offset + RunFormat.ENTRY_HEADER_BYTES;
    int order =
        Arrays.compareUnsigned(
            bytes, start, start + (int) INT.get(bytes, offset + 8), key, 0, key.length);
    return order != 0 ? order : Long.compare(version, (long) LONG.get(bytes, offset));
  }

  /** The first entry not before (key, version), or the entry count. */
  int lowerBound(byte[] key, long version) {
    int low = 0;
    int high = entryCount;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(middle, key, version) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
