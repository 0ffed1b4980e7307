package io.omendb.state.store;

import java.nio.ByteBuffer;

/**
 * Where memtables get their memory. The seam through which a host (Flink's managed memory) accounts
 * for it. Thread-safe.
 */
public interface ArenaAllocator {

  /** Plain direct buffers, reclaimed by the garbage collector. */
  static ArenaAllocator direct() {
    return new ArenaAllocator() {
      @Override
      public ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes);
      }

      @Override
      public void release(ByteBuffer buffer) {
        // The garbage collector frees it.
      }
    };
  }

  /** A direct buffer of at least {@code bytes} bytes, 8-byte aligned; content undefined. */
  ByteBuffer allocate(int bytes);

  /** Gives a buffer back; no thread reads or writes it any more. */
  void release(ByteBuffer buffer);
}
