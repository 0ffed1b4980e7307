package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Data blocks of a store that is larger than memory, in the store's own memory, so that reads can
 * pass by the operating system's cache. That cache would hold them too; but it reads more than the
 * block when it finds neighbours cached, in several device reads, and spends more time on making
 * room than the read takes.
 *
 * <p>Frames of one size in sets of eight. A set's victim is chosen by a clock hand over reference
 * marks. Each frame has a sequence number, odd while the frame is written: a reader copies the
 * block and then checks that the number has not changed, so readers take no lock and a writer that
 * finds a frame being written gives up. Thread-safe.
 *
 * <p>Memory is taken a chunk at a time, as it is filled, up to what the cache was made for; {@link
 * #release} gives it back when no reader can be in it.
 */
final class BlockCache {

  private static final int WAYS = 8;
  private static final int SETS_PER_CHUNK = 16;
  private static final int FRAMES_PER_CHUNK = WAYS * SETS_PER_CHUNK;
  private static final long EMPTY = -1;
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle INT = MethodHandles.arrayElementVarHandle(int[].class);

  private final ArenaAllocator allocator;
  private final int frameBytes;
  private final AtomicReferenceArray<@Nullable Chunk> chunks;

  /** Some sets and their frames; frame i of set s is at {@code (s × WAYS + i) × frameBytes}. */
  private static final class Chunk {
    private final ByteBuffer memory;
    private final long[] blocks = new long[FRAMES_PER_CHUNK];
    private final int[] sequences = new int[FRAMES_PER_CHUNK];
    private final int[] marks = new int[FRAMES_PER_CHUNK];
    private final int[] hands = new int[SETS_PER_CHUNK];

    Chunk(ByteBuffer memory) {
      this.memory = memory;
      java.util.Arrays.fill(blocks, EMPTY);
    }
  }

  private BlockCache(ArenaAllocator allocator, int frameBytes, int chunkCount) {
    this.allocator = allocator;
    this.frameBytes = frameBytes;
    this.chunks = new AtomicReferenceArray<>(chunkCount);
  }

  /**
   * A cache of at most {@code bytes} of blocks of at most {@code frameBytes}; null if not even a
   * chunk would fit.
   */
  static @Nullable BlockCache of(ArenaAllocator allocator, int frameBytes, long bytes) {
    long count = bytes / chunkBytes(frameBytes);
    return count < 1 || chunkBytes(frameBytes) > Integer.MAX_VALUE
        ? null
        : new BlockCache(allocator, frameBytes, (int) Math.min(count, 1 << 20));
  }

  private static long chunkBytes(int frameBytes) {
    return (long) FRAMES_PER_CHUNK * frameBytes;
  }

  int frameBytes() {
    return frameBytes;
  }

  static long hash(long block) {
    long mixed = block * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }

  private int chunkOf(long hash) {
    return (int) (((hash >>> 32) * chunks.length()) >>> 32);
  }

  /** The first frame of a block's set. */
  private static int setOf(long hash) {
    return (int) (hash & (SETS_PER_CHUNK - 1)) * WAYS;
  }

  /**
   * Copies a block to the start of {@code target}, if it is here.
   *
   * @param block number that no other block of the store has, ever
   */
  boolean copyTo(long block, int length, ByteBuffer target) {
    long hash = hash(block);
    Chunk chunk = chunks.get(chunkOf(hash));
    if (chunk == null) {
      return false;
    }
    int first = setOf(hash);
    for (int frame = first; frame < first + WAYS; frame++) {
      if ((long) LONG.getOpaque(chunk.blocks, frame) == block) {
        int before = (int) INT.getAcquire(chunk.sequences, frame);
        if ((before & 1) != 0 || (long) LONG.getOpaque(chunk.blocks, frame) != block) {
          return false;
        }
        target.put(0, chunk.memory, frame * frameBytes, length);
        VarHandle.acquireFence();
        if ((int) INT.getOpaque(chunk.sequences, frame) != before) {
          return false;
        }
        INT.setOpaque(chunk.marks, frame, 1);
        return true;
      }
    }
    return false;
  }

  /** Keeps {@code source[start, start + length)} as a block, unless its set is busy. */
  void add(long block, ByteBuffer source, int start, int length) {
    long hash = hash(block);
    Chunk chunk = chunkAt(chunkOf(hash));
    int first = setOf(hash);
    int frame = victim(chunk, first);
    int before = (int) INT.getAcquire(chunk.sequences, frame);
    if ((before & 1) != 0 || !INT.compareAndSet(chunk.sequences, frame, before, before + 1)) {
      return;
    }
    VarHandle.releaseFence();
    LONG.setOpaque(chunk.blocks, frame, block);
    chunk.memory.put(frame * frameBytes, source, start, length);
    INT.setOpaque(chunk.marks, frame, 0);
    INT.setRelease(chunk.sequences, frame, before + 2);
  }

  /**
   * An empty frame, or the first from the hand on that was not read since the hand last came by.
   */
  private static int victim(Chunk chunk, int first) {
    int set = first / WAYS;
    int hand = (int) INT.getOpaque(chunk.hands, set);
    for (int step = 0; step <= WAYS; step++) {
      int frame = first + (hand & (WAYS - 1));
      hand++;
      boolean empty = (long) LONG.getOpaque(chunk.blocks, frame) == EMPTY;
      if (empty || (int) INT.getOpaque(chunk.marks, frame) == 0) {
        INT.setOpaque(chunk.hands, set, hand);
        return frame;
      }
      INT.setOpaque(chunk.marks, frame, 0);
    }
    return first + (hand & (WAYS - 1));
  }

  private Chunk chunkAt(int index) {
    Chunk chunk = chunks.get(index);
    if (chunk != null) {
      return chunk;
    }
    Chunk fresh = new Chunk(allocator.allocate((int) chunkBytes(frameBytes)));
    if (chunks.compareAndSet(index, null, fresh)) {
      return fresh;
    }
    allocator.release(fresh.memory);
    return java.util.Objects.requireNonNull(chunks.get(index));
  }

  /** Gives all memory back; nobody may be in the cache, or come to it. */
  void release() {
    for (int i = 0; i < chunks.length(); i++) {
      Chunk chunk = chunks.getAndSet(i, null);
      if (chunk != null) {
        allocator.release(chunk.memory);
      }
    }
  }
}
