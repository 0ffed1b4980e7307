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

  /** An empty buffer for a block, which {@link #filled} makes visible. */
  ByteBuffer prepare(int blockLength) {
    owner = null;
    if (own.capacity() < blockLength) {
      own = ByteBuffer.allocateDirect(Math.max(blockLength, Math.min(1 << 20, 2 * blockLength)));
    }
    return own.clear().limit(blockLength);
  }

  /** Shows what {@link #prepare} returned. */
  void filled(RunBlocks blocks, int block, int blockLength) {
    owner = blocks;
    number = block;
    set(own, 0, blockLength);
  }

  /** Shows the block in the reader's buffer again. */
  void showOwn(int blockLength) {
    set(own, 0, blockLength);
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
