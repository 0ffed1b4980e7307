package io.omendb.state.store;

import java.nio.ByteBuffer;

/**
 * Bump allocation in off-heap chunks. Written by one thread; readers reach memory only through
 * addresses that were published with release semantics after it was written.
 *
 * <p>An address is an int: chunk number in the upper 11 bits, offset in 8-byte units in the lower
 * 20. Address 0 is never handed out and means "none".
 */
final class Arena {

  private static final int OFFSET_BITS = 20;
  private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
  private static final int UNIT_SHIFT = 3;
  private static final int CHUNK_COUNT_MAX = 1 << 11;
  private static final int CHUNK_BYTES_MIN = 4 << 10;
  private static final int FIRST_CHUNK_BYTES_MAX = 64 << 10;

  private final ArenaAllocator allocator;
  private final int chunkBytesMax;
  private final ByteBuffer[] chunks = new ByteBuffer[CHUNK_COUNT_MAX];
  private int chunkCount;
  private int nextChunkBytes;
  private int position;
  private long fullChunkBytes;

  Arena(ArenaAllocator allocator, int expectedBytes) {
    this.allocator = allocator;
    this.chunkBytesMax = (int) chunkBytesMax(expectedBytes);
    this.nextChunkBytes = Math.min(FIRST_CHUNK_BYTES_MAX, chunkBytesMax);
    addChunk(nextChunkBytes);
    this.position = 1 << UNIT_SHIFT;
  }

  /** The size of most chunks of an arena for so many bytes. */
  static long chunkBytesMax(long expectedBytes) {
    return Math.max(
        CHUNK_BYTES_MIN,
        Math.min(ArenaAllocator.CHUNK_BYTES_MAX, Long.highestOneBit(expectedBytes / 16)));
  }

  /** Reserves {@code bytes}, contiguous and 8-byte aligned. Content undefined. */
  int allocate(int bytes) {
    int rounded = Math.addExact(bytes, 7) & -8;
    if (position + (long) rounded > chunks[chunkCount - 1].capacity()) {
      addChunk(Math.max(rounded, nextChunkBytes));
    }
    int address = (chunkCount - 1) << OFFSET_BITS | position >>> UNIT_SHIFT;
    position += rounded;
    return address;
  }

  private void addChunk(int bytes) {
    if (chunkCount == CHUNK_COUNT_MAX) {
      throw new IllegalStateException("a memtable has at most " + CHUNK_COUNT_MAX + " chunks");
    }
    ByteBuffer chunk = allocator.allocate(bytes);
    fullChunkBytes += position;
    chunks[chunkCount++] = chunk;
    position = 0;
    nextChunkBytes = Math.min(chunkBytesMax, nextChunkBytes * 2);
  }

  ByteBuffer chunk(int address) {
    return chunks[address >>> OFFSET_BITS];
  }

  static int offset(int address) {
    return (address & OFFSET_MASK) << UNIT_SHIFT;
  }

  /** Bytes used, with what is lost at the ends of chunks. Writer thread. */
  long usedBytes() {
    return fullChunkBytes + position;
  }

  /** Gives all memory back; nobody may use the arena afterwards. */
  void release() {
    for (int i = 0; i < chunkCount; i++) {
      allocator.release(chunks[i]);
    }
    chunkCount = 0;
  }
}
