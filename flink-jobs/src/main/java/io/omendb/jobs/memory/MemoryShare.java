package io.omendb.jobs.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A number of bytes that many owners share. Thread-safe.
 *
 * <p>Who holds some of it already takes more at once or not at all ({@link #tryReserve}, {@link
 * #reserve}), so that nobody waits for memory while others wait for his. Who holds nothing may wait
 * ({@link #await}): first come first served, for a time, and an interrupt ends the wait.
 */
public final class MemoryShare {
  private final String name;
  private final String remedy;
  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<Waiter> waiters = new ArrayDeque<>();

  /** Changed under the lock only. */
  private final AtomicLong usedBytes = new AtomicLong();

  private final AtomicLong peakBytes = new AtomicLong();

  private static final class Waiter {
    final long bytes;
    final Condition changed;
    boolean granted;

    Waiter(long bytes, Condition changed) {
      this.bytes = bytes;
      this.changed = changed;
    }
  }

  /** {@code name} says whose it is, {@code remedy} what a user can do where it is used up. */
  public MemoryShare(String name, String remedy, long bytesMax) {
    this.name = name.toLowerCase(Locale.ROOT);
    this.remedy = remedy;
    this.bytesMax = bytesMax;
  }

  /** Without a bound that matters: for programs and tests that are not about memory. */
  public static MemoryShare unbounded(String name) {
    return new MemoryShare(name, "", Long.MAX_VALUE);
  }

  public long bytesMax() {
    return bytesMax;
  }

  public long usedBytes() {
    return usedBytes.get();
  }

  /** The most that was ever in use. */
  public long peakBytes() {
    return peakBytes.get();
  }

  /** Takes that many bytes if they are there; never waits. */
  public boolean tryReserve(long bytes) {
    lock.lock();
    try {
      return take(bytes);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private boolean take(long bytes) {
    long used = usedBytes.get();
    if (bytes > bytesMax - used) {
      return false;
    }
    usedBytes.set(used + bytes);
    peakBytes.accumulateAndGet(used + bytes, Math::max);
    return true;
  }

  /** Takes that many bytes; OUT_OF_MEMORY where they are not there. Never waits. */
  public void reserve(long bytes) {
    if (!tryReserve(bytes)) {
      throw exhausted(bytes);
    }
  }

  /**
   * Takes what is held whether or not it is there: it counts, so others get less, and nothing until
   * the share is within its bound again.
   */
  public void force(long bytes) {
    lock.lock();
    try {
      long used = usedBytes.addAndGet(bytes);
      peakBytes.accumulateAndGet(used, Math::max);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes that many bytes, and waits for them at most {@code timeoutMs}, behind those who wait
   * already. For owners that hold nothing of this share.
   *
   * @return whether it has them
   * @throws OmenException QUERY_CANCELED where the thread is interrupted
   */
  public boolean await(long bytes, long timeoutMs) {
    if (bytes > bytesMax) {
      return false;
    }
    lock.lock();
    try {
      if (waiters.isEmpty() && take(bytes)) {
        return true;
      }
      Waiter waiter = new Waiter(bytes, lock.newCondition());
      waiters.add(waiter);
      try {
        long nanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!waiter.granted && nanos > 0) {
          nanos = waiter.changed.awaitNanos(nanos);
        }
      } catch (InterruptedException interrupted) {
        if (waiter.granted) {
          usedBytes.addAndGet(-bytes);
        }
        Thread.currentThread().interrupt();
        throw new OmenException(
            ErrorCode.QUERY_CANCELED, "canceling statement due to user request", interrupted);
      } finally {
        waiters.remove(waiter);
        serve();
      }
      return waiter.granted;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back what was taken. */
  public void release(long bytes) {
    if (bytes == 0) {
      return;
    }
    lock.lock();
    try {
      if (bytes < 0 || bytes > usedBytes.get()) {
        throw new IllegalStateException(
            "%d bytes of %s given back, %d are taken".formatted(bytes, name, usedBytes.get()));
      }
      usedBytes.addAndGet(-bytes);
      serve();
    } finally {
      lock.unlock();
    }
  }

  /** Grants what the first of those who wait can have. */
  @GuardedBy("lock")
  private void serve() {
    for (Waiter first = waiters.peek(); first != null && take(first.bytes); ) {
      first.granted = true;
      first.changed.signal();
      waiters.remove();
      first = waiters.peek();
    }
  }

  /** The error of an owner that cannot have that many bytes. */
  public OmenException exhausted(long bytes) {
    return new OmenException(
        ErrorCode.OUT_OF_MEMORY,
        "out of memory for %s: %d kB are wanted, %d of %d MB are in use; %s"
            .formatted(name, (bytes + 1023) >> 10, usedBytes.get() >> 20, bytesMax >> 20, remedy));
  }
}
