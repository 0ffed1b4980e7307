package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * One data block of a run in memory, its checksum verified. Immutable but for the {@link #touched}
 * hint of the cache.
 */
final class Block {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  final byte[] bytes;
  private final int entryCount;
  private final int offsetsStart;

  /** Whether it was read since the cache last looked; a hint, so races are harmless. */
  boolean touched;

  private Block(byte[] bytes, int entryCount) {
    this.bytes = bytes;
    this.entryCount = entryCount;
    this.offsetsStart = bytes.length - RunFormat.BLOCK_TRAILER_BYTES - Integer.BYTES * entryCount;
  }

  /**
   * Verifies and wraps the bytes of a block; {@code file} and {@code offset} are for the message.
   */
  static Block decode(byte[] bytes, String file, long offset) throws CorruptStoreException {
    int checksumOffset = bytes.length - Integer.BYTES;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, checksumOffset);
    int expected = (int) INT.get(bytes, checksumOffset);
    if ((int) crc.getValue() != expected) {
      throw new CorruptStoreException(
          file,
          offset,
          String.format(
              "data block checksum: expected %08x, got %08x", expected, (int) crc.getValue()));
    }
    int entryCount = (int) INT.get(bytes, checksumOffset - Integer.BYTES);
    if (entryCount < 1
        || (long) entryCount * (RunFormat.ENTRY_HEADER_BYTES + Integer.BYTES)
            > bytes.length - RunFormat.BLOCK_TRAILER_BYTES) {
      throw new CorruptStoreException(
          file, offset, "data block of " + bytes.length + " bytes with " + entryCount + " entries");
    }
    return new Block(bytes, entryCount);
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

  byte[] value(int entry) {
    int start = valueOffset(entry);
    return Arrays.copyOfRange(bytes, start, start + valueLength(entry));
  }

  boolean keyEquals(int entry, byte[] key) {
    int offset = offset(entry);
    int length = (int) INT.get(bytes, offset + 8);
    int start = offset + RunFormat.ENTRY_HEADER_BYTES;
    return length == key.length && Arrays.equals(bytes, start, start + length, key, 0, key.length);
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
