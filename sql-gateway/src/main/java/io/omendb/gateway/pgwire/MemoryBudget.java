package io.omendb.gateway.pgwire;

import java.util.concurrent.atomic.AtomicLong;

/** A number of bytes that many connections share. Thread-safe. */
final class MemoryBudget {
  private final long bytesMax;
  private final AtomicLong usedBytes = new AtomicLong();

  MemoryBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes that many bytes if they are there; never waits. */
  boolean tryReserve(long bytes) {
    long used;
    do {
      used = usedBytes.get();
      if (used + bytes > bytesMax) {
        return false;
      }
    } while (!usedBytes.compareAndSet(used, used + bytes));
    return true;
  }

  void release(long bytes) {
    usedBytes.addAndGet(-bytes);
  }

  long usedBytes() {
    return usedBytes.get();
  }
}
