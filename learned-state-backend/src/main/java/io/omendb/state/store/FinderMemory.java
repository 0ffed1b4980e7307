package io.omendb.state.store;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Memory for what finds keys in runs (filters, block indexes), out of what the store is allowed:
 * half of it at most, so that memtables have the other half. Thread-safe.
 */
final class FinderMemory {

  private static final int PARTS = 2;

  private final ArenaAllocator allocator;
  private final AtomicLong usedBytes = new AtomicLong();

  FinderMemory(ArenaAllocator allocator) {
    this.allocator = allocator;
  }

  /** A buffer of {@code bytes} bytes; null where that would be too much. */
  @Nullable ByteBuffer tryAllocate(int bytes) {
    if (usedBytes.addAndGet(bytes) > allocator.bytesMax() / PARTS) {
      usedBytes.addAndGet(-bytes);
      return null;
    }
    return allocator.allocate(bytes);
  }

  /**
   * @param bytes as many as were asked for
   */
  void release(ByteBuffer buffer, int bytes) {
    usedBytes.addAndGet(-bytes);
    allocator.release(buffer);
  }

  long usedBytes() {
    return usedBytes.get();
  }
}
