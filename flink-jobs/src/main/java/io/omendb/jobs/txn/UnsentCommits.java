package io.omendb.jobs.txn;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.memory.MemoryAccount;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Memory of large commits that are durable and on their way to the shards: their rows stay on the
 * heap, and counted, until the stream has sent them. The stream needs nothing that a transaction
 * holds, so transactions may wait for it. Small commits are not counted any more: what of them is
 * under way is bounded by the log's memory of newest records.
 *
 * <p>Thread-safe. Commits are kept by the coordinator's thread, in CSN order.
 */
final class UnsentCommits implements AutoCloseable {
  /** Smaller commits are given back when they are durable. */
  static final long BYTES_MIN = 1 << 20;

  private static final long WAIT_MS_MAX = 10_000;

  private record Unsent(long csn, MemoryAccount memory) {}

  private final Object monitor = new Object();

  @GuardedBy("monitor")
  private final Deque<Unsent> commits = new ArrayDeque<>();

  @GuardedBy("monitor")
  private long sentCsn;

  @GuardedBy("monitor")
  private boolean closed;

  /** Takes over the memory of a commit that just became durable. */
  void keep(long csn, MemoryAccount memory, List<Change> changes) {
    if (memory.bytes() < BYTES_MIN) {
      memory.close();
      return;
    }
    long left = WriteBuffer.changesBytes(changes);
    memory.release(Math.max(0, memory.bytes() - left));
    synchronized (monitor) {
      if (closed || csn <= sentCsn) {
        memory.close();
      } else {
        commits.add(new Unsent(csn, memory));
      }
      monitor.notifyAll();
    }
  }

  /** Commits up to this CSN are with the shards. */
  void sent(long csn) {
    synchronized (monitor) {
      sentCsn = csn;
      boolean given = false;
      while (!commits.isEmpty() && commits.getFirst().csn() <= csn) {
        commits.removeFirst().memory().close();
        given = true;
      }
      if (given) {
        monitor.notifyAll();
      }
    }
  }

  /**
   * Tries again whenever a commit was sent, while any are on their way and for at most ten seconds;
   * whether it succeeded. QUERY_CANCELED where the thread is interrupted.
   */
  boolean await(BooleanSupplier attempt) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAIT_MS_MAX);
    try {
      synchronized (monitor) {
        while (true) {
          if (attempt.getAsBoolean()) {
            return true;
          }
          long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
          if (commits.isEmpty() || leftMs <= 0) {
            return false;
          }
          monitor.wait(leftMs);
        }
      }
    } catch (InterruptedException e) {
      throw new OmenException(
          ErrorCode.QUERY_CANCELED, "canceling statement due to user request", e);
    }
  }

  /** Gives all back: nothing is sent any more. */
  @Override
  public void close() {
    synchronized (monitor) {
      closed = true;
      commits.forEach(unsent -> unsent.memory().close());
      commits.clear();
      monitor.notifyAll();
    }
  }
}
