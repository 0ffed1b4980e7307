package io.omendb.state.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where one reader sees a data block: in a mapping of its file, or in a buffer of its own into
 * which it was read. The block is {@code bytes()[start(), start() + length())}, until the view is
 * set to another. Owned by one thread.
 */
final class BlockView {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private ByteBuffer bytes = NOTHING;
  private int start;
  private int length;
  private ByteBuffer own = NOTHING;
  private @Nullable RunBlocks owner;
  private int number;
  private int ownStart;

  ByteBuffer bytes() {
    return bytes;
  }

  int start() {
    return start;
  }

  int length() {
    return length;
  }

  void set(ByteBuffer newBytes, int newStart, int newLength) {
    bytes = newBytes;
    start = newStart;
    length = newLength;
  }

  /** Whether the reader's buffer holds a block already. */
  boolean holds(RunBlocks blocks, int block) {
    return owner == blocks && number == block;
  }

  /** A buffer with room for a block, which {@link #filled} makes visible; aligned for devices. */
  ByteBuffer prepare(int blockLength) {
    owner = null;
    int needed = blockLength + 2 * StoreFiles.Input.ALIGNMENT;
    if (own.capacity() < needed) {
      int capacity = (needed + StoreFiles.Input.ALIGNMENT - 1) & -StoreFiles.Input.ALIGNMENT;
      own =
          ByteBuffer.allocateDirect(capacity + StoreFiles.Input.ALIGNMENT)
              .alignedSlice(StoreFiles.Input.ALIGNMENT);
    }
    return own.clear();
  }

  /** Shows the part of what {@link #prepare} returned where the block is. */
  void filled(RunBlocks blocks, int block, int blockStart, int blockLength) {
    owner = blocks;
    number = block;
    ownStart = blockStart;
    set(own, blockStart, blockLength);
  }

  /** Shows the block in the reader's buffer again. */
  void showOwn(int blockLength) {
    set(own, ownStart, blockLength);
  }

  /** Lets go of mappings, and of a buffer larger than {@code ownBytesMax}. */
  void clear(int ownBytesMax) {
    bytes = NOTHING;
    owner = null;
    if (own.capacity() > ownBytesMax) {
      own = NOTHING;
    }
  }
}
