package io.omendb.jobs.serve.shard;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A CSN that only rises, and those who wait for it. One thread advances, any number wait.
 *
 * <p>The advancing thread takes no lock while nobody waits for the CSN it reached: it writes {@link
 * #reached}, then reads {@link #nextAwaited}; a waiter writes {@link #nextAwaited}, then reads
 * {@link #reached}. Both are volatile, so at least one of the two sees the other.
 */
final class CsnGate {
  private static final CompletableFuture<@Nullable Void> DONE =
      CompletableFuture.completedFuture(null);

  private volatile long reached = Long.MIN_VALUE;
  private volatile long nextAwaited = Long.MAX_VALUE;

  @GuardedBy("this")
  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>(Comparator.comparingLong(Waiter::csn));

  @GuardedBy("this")
  private boolean closed;

  /** Someone who waits for {@code shard} to reach {@code csn}. */
  record Waiter(int shard, long csn, CompletableFuture<@Nullable Void> future) {
    Waiter(int shard, long csn) {
      this(shard, csn, new CompletableFuture<>());
    }
  }

  long reached() {
    return reached;
  }

  /** Completes when {@code csn} is reached; null where the gate is closed. */
  @Nullable CompletableFuture<@Nullable Void> when(int shard, long csn) {
    if (reached >= csn) {
      return DONE;
    }
    Waiter waiter = new Waiter(shard, csn);
    return add(waiter) ? waiter.future() : null;
  }

  /** Adds a waiter; false where the gate is closed. */
  boolean add(Waiter waiter) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      waiters.add(waiter);
      nextAwaited = Math.min(nextAwaited, waiter.csn());
    }
    if (reached >= waiter.csn()) {
      release();
    }
    return true;
  }

  /** Opens the gate up to {@code csn}; the owner's thread. Completes futures on it. */
  void advance(long csn) {
    reached = csn;
    if (csn >= nextAwaited) {
      release();
    }
  }

  private void release() {
    List<Waiter> ready = new ArrayList<>();
    synchronized (this) {
      @Nullable Waiter first = waiters.peek();
      while (first != null && first.csn() <= reached) {
        ready.add(waiters.remove());
        first = waiters.peek();
      }
      nextAwaited = first == null ? Long.MAX_VALUE : first.csn();
    }
    for (Waiter waiter : ready) {
      waiter.future().complete(null);
    }
  }

  /** Closes the gate and hands over who still waits. */
  synchronized List<Waiter> close() {
    closed = true;
    List<Waiter> left = List.copyOf(waiters);
    waiters.clear();
    nextAwaited = Long.MAX_VALUE;
    return left;
  }
}
