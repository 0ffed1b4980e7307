package io.omendb.state.store;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Where memtables get their memory. The seam through which a host (Flink's managed memory) accounts
 * for it. Thread-safe.
 */
public interface ArenaAllocator {

  /** Most memory is allocated in chunks of this size. */
  int CHUNK_BYTES_MAX = 1 << 20;

  /**
   * How much the store should have at once. It flushes before it takes more; a quarter of it is the
   * size of a memtable at most. May change.
   */
  default long bytesMax() {
    return Long.MAX_VALUE;
  }

  /** How much is allocated and not yet released. Only asked for with a {@link #bytesMax()}. */
  default long usedBytes() {
    return 0;
  }

  /**
   * Direct buffers. Up to 64 MiB of full-size chunks are kept for the next memtable, shared by all
   * stores of the JVM; others are left to the garbage collector.
   */
  static ArenaAllocator direct() {
    return DirectArenaAllocator.INSTANCE;
  }

  /**
   * A direct buffer of at least {@code bytes} bytes, big-endian, 8-byte aligned; content undefined.
   */
  ByteBuffer allocate(int bytes);

  /** Gives a buffer back; no thread reads or writes it any more. */
  void release(ByteBuffer buffer);

  /** See {@link #direct()}. */
  final class DirectArenaAllocator implements ArenaAllocator {
    private static final DirectArenaAllocator INSTANCE = new DirectArenaAllocator();
    private static final int POOLED_CHUNKS_MAX = 64;

    private final ArrayBlockingQueue<ByteBuffer> pool = new ArrayBlockingQueue<>(POOLED_CHUNKS_MAX);

    private DirectArenaAllocator() {}

    @Override
    public ByteBuffer allocate(int bytes) {
      if (bytes == CHUNK_BYTES_MAX) {
        ByteBuffer pooled = pool.poll();
        if (pooled != null) {
          return pooled;
        }
      }
      return ByteBuffer.allocateDirect(bytes);
    }

    @Override
    public void release(ByteBuffer buffer) {
      if (buffer.capacity() == CHUNK_BYTES_MAX) {
        boolean unused = pool.offer(buffer);
      }
    }
  }
}
