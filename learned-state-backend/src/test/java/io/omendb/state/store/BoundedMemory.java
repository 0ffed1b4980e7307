package io.omendb.state.store;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** Memory of a given size for a store, which knows what was not given back. */
class BoundedMemory implements ArenaAllocator {

  private final long bytesMax;
  private final AtomicLong usedBytes = new AtomicLong();

  BoundedMemory(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  @Override
  public long bytesMax() {
    return bytesMax;
  }

  @Override
  public long usedBytes() {
    return usedBytes.get();
  }

  @Override
  public ByteBuffer allocate(int bytes) {
    usedBytes.addAndGet(bytes);
    return ByteBuffer.allocateDirect(bytes);
  }

  @Override
  public void release(ByteBuffer buffer) {
    usedBytes.addAndGet(-buffer.capacity());
  }
}
