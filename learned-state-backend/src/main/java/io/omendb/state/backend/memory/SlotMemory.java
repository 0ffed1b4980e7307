package io.omendb.state.backend.memory;

import io.omendb.state.store.ArenaAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;

/**
 * The managed memory of a slot, of which each backend instance in it has an equal share for its
 * memtables. Thread-safe. Flink closes it when the last instance has given back its lease.
 *
 * <p>Memory is allocated outside of the Java heap and of the JVM's bound for direct buffers, as
 * Flink's managed memory is. A store keeps within its share by flushing before it takes more; only
 * a single entry larger than the share, or what an open cursor holds back, can go beyond. When one
 * more instance starts, the shares of the others shrink, and they follow at their next flush.
 */
public final class SlotMemory implements AutoCloseable {

  /**
   * Chunks of one size are kept for the next memtable; the most of them, in parts of the memory.
   */
  private static final int POOLED_PARTS = 4;

  private final long bytes;
  private final AtomicLong allocatedBytes = new AtomicLong();
  private final AtomicLong allocatedBytesPeak = new AtomicLong();
  private final IdentityHashMap<ByteBuffer, MemorySegment> segments = new IdentityHashMap<>();
  private final ArrayDeque<ByteBuffer> pool = new ArrayDeque<>();
  private long pooledBytes;
  private int shareCount;
  private boolean closed;
  private volatile long shareBytes;

  public SlotMemory(long bytes) {
    this.bytes = bytes;
    this.shareBytes = bytes;
  }

  /** A part for one more backend instance, which closes it. */
  synchronized Share join() {
    shareCount++;
    shareBytes = bytes / shareCount;
    return new Share();
  }

  private synchronized void leave() {
    shareCount--;
    shareBytes = bytes / Math.max(1, shareCount);
  }

  long bytes() {
    return bytes;
  }

  /** Allocated now, including what is kept for the next memtable. */
  public long allocatedBytes() {
    return allocatedBytes.get();
  }

  public long allocatedBytesPeak() {
    return allocatedBytesPeak.get();
  }

  private synchronized ByteBuffer allocate(int size) {
    ByteBuffer last = pool.peekLast();
    if (last != null && last.capacity() == size) {
      pooledBytes -= size;
      return pool.removeLast();
    }
    while (!pool.isEmpty() && allocatedBytes.get() + size > bytes) {
      pooledBytes -= pool.getLast().capacity();
      free(pool.removeLast());
    }
    MemorySegment segment = MemorySegmentFactory.allocateOffHeapUnsafeMemory(size);
    // Flink hands the buffer of such a segment to functions only; this one outlives its call as
    // long as the segment does.
    ByteBuffer buffer = segment.processAsByteBuffer(view -> view);
    segments.put(buffer, segment);
    allocatedBytesPeak.accumulateAndGet(allocatedBytes.addAndGet(size), Math::max);
    return buffer;
  }

  private synchronized void release(ByteBuffer buffer) {
    ByteBuffer last = pool.peekLast();
    boolean fits = last == null || last.capacity() == buffer.capacity();
    if (!closed
        && fits
        && buffer.capacity() >= ArenaAllocator.CHUNK_BYTES_MAX
        && pooledBytes + buffer.capacity() <= bytes / POOLED_PARTS) {
      pooledBytes += buffer.capacity();
      pool.addLast(buffer);
    } else {
      free(buffer);
    }
  }

  private void free(ByteBuffer buffer) {
    MemorySegment segment = segments.remove(buffer);
    if (segment != null) {
      allocatedBytes.addAndGet(-segment.size());
      segment.free();
    }
  }

  /** Frees what is kept; what a memtable still has is freed when it is released. */
  @Override
  public synchronized void close() {
    closed = true;
    pool.forEach(this::free);
    pool.clear();
    pooledBytes = 0;
  }

  /** The memory of one backend instance. */
  final class Share implements ArenaAllocator, AutoCloseable {
    private final AtomicLong usedBytes = new AtomicLong();
    private boolean left;

    private Share() {}

    @Override
    public ByteBuffer allocate(int size) {
      usedBytes.addAndGet(size);
      return SlotMemory.this.allocate(size);
    }

    @Override
    public void release(ByteBuffer buffer) {
      usedBytes.addAndGet(-buffer.capacity());
      SlotMemory.this.release(buffer);
    }

    @Override
    public long usedBytes() {
      return usedBytes.get();
    }

    @Override
    public long bytesMax() {
      return shareBytes;
    }

    @Override
    public void close() {
      if (!left) {
        left = true;
        leave();
      }
    }
  }
}
