package io.omendb.gateway.olap;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * Carries a query's rows from its one sink task to the session that asked, in the same JVM.
 * Bounded: the sink task waits while the session does not read. Flink's own collect sink polls with
 * a 100 ms pause and is not used.
 *
 * <p>One producer (the sink task), one consumer (the session's thread); {@link #fail} and {@link
 * #close} may come from any thread.
 */
final class ResultChannel implements AutoCloseable {
  /** Rows per hand-over; also what a wake-up costs is divided by. */
  static final int BATCH_ROWS = 256;

  private static final int BATCHES_MAX = 16;

  /** How soon a waiting session notices that its statement was cancelled. */
  private static final long CHECK_INTERVAL_MS = 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<RowData[]> batches = new ArrayDeque<>();
  private boolean ended;
  private boolean closed;
  private @Nullable Throwable failure;

  /** Hands rows over; waits for room. Rows must not be reused by the caller. */
  void put(RowData[] rows) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (batches.size() >= BATCHES_MAX && !closed) {
        changed.await();
      }
      if (!closed) {
        batches.add(rows);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** All rows were put. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The job failed; the consumer gets {@code cause} unless the result had ended before. */
  void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next rows, or null at the end. {@code whileWaiting} is called now and then and may throw to
   * end the wait.
   *
   * @throws JobFailedException with the job's failure as cause
   */
  RowData @Nullable [] take(Runnable whileWaiting) throws InterruptedException, JobFailedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        RowData @Nullable [] rows = batches.poll();
        if (rows != null) {
          changed.signalAll();
          return rows;
        }
        if (ended) {
          return null;
        }
        if (failure != null) {
          throw new JobFailedException(failure);
        }
        whileWaiting.run();
        changed.await(CHECK_INTERVAL_MS, TimeUnit.MILLISECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      batches.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The Flink job behind a result failed. */
  static final class JobFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    JobFailedException(Throwable cause) {
      super(cause);
    }
  }
}
