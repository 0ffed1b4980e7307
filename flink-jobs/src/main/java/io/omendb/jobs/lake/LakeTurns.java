package io.omendb.jobs.lake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.lake.LakeException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works off what is to be done for the lake, a step of each table in turn, on one thread of its
 * own.
 *
 * <p>What is to be done for one table is its {@link Work}, which its owner defines; it is kept
 * until it is idle. A step that fails is tried again after pauses that double, and its trouble is
 * reported until a step of that work succeeds; the other tables go on meanwhile. An {@link Error}
 * fails the task.
 *
 * <p>Works are guarded by this object's monitor, which the owner takes, too, and which is free
 * while a step runs. Whoever makes it calls {@link #start} once and {@link #close}.
 *
 * @param <K> what one work is for
 * @param <W> what is to be done for it
 */
final class LakeTurns<K, W extends LakeTurns.Work> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakeTurns.class);
  private static final long RETRY_MAX_MS = 5_000;
  private static final long CLOSE_TIMEOUT_MS = 10_000;
  private static final int NO_TABLE = -1;

  /** What is to be done for one table. */
  abstract static class Work {
    final Retry retry;

    /** The table whose trouble was told last; -1 for none. */
    int troubledTable = NO_TABLE;

    /** After a step failed, the next is taken {@code retryMinMs} later, then twice that, … */
    Work(long retryMinMs) {
      this.retry = new Retry(retryMinMs, RETRY_MAX_MS);
    }

    /** The table's name, for the log. */
    abstract String name();

    /** Whether there is nothing to do and nothing awaited. */
    abstract boolean isIdle();

    /** Whether there is something to do now; else it waits for a change. */
    boolean hasStep() {
      return !isIdle();
    }
  }

  /** One thing to do, without the monitor. */
  interface Step {
    /** Whether it was done; where not, it is tried again as if it had failed, but not told. */
    boolean run() throws InterruptedException;
  }

  /** A step, and the table that waits for it: of its trouble the database is told; -1 for none. */
  record Turn(int tableId, Step step) {}

  /** Whose work it is. All methods are called on the own thread, with the monitor held. */
  interface Owner<W> {
    /** The next thing to do. */
    Turn next(W work);

    /** Whether this failure, counted already, is nothing to tell anybody of. */
    boolean isExpected(W work, LakeException trouble);

    /** Whether a table was dropped, so that nobody asks for its trouble. */
    boolean isDropped(W work, int tableId);
  }

  private final String part;
  private final LakeOptions options;
  private final LakeReports.Finder reports;
  private final MailboxExecutor mailbox;
  private final Owner<W> owner;

  @GuardedBy("this")
  private final Map<K, W> pending = new LinkedHashMap<>();

  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param part whose work it is, in reports and in the log
   * @param mailbox of the task that an {@link Error} fails
   */
  LakeTurns(
      String part,
      String threadName,
      LakeOptions options,
      LakeReports.Finder reports,
      MailboxExecutor mailbox,
      Owner<W> owner) {
    this.part = part;
    this.options = options;
    this.reports = reports;
    this.mailbox = mailbox;
    this.owner = owner;
    this.thread = new Thread(this::work, threadName);
    // Libraries keep what they load through it in statics, beyond the life of this job.
    thread.setContextClassLoader(LakeTurns.class.getClassLoader());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** What is to be done for a table, to be changed: the thread looks at it after the monitor. */
  @GuardedBy("this")
  W pendingFor(K key, Supplier<W> fresh) {
    notifyAll();
    return pending.computeIfAbsent(key, absent -> fresh.get());
  }

  /** As {@link #pendingFor} where there is anything to be done; else null. */
  @GuardedBy("this")
  @Nullable W ifPending(K key) {
    notifyAll();
    return pending.get(key);
  }

  /** Lets go of what is to be done, but for the step that runs. */
  @GuardedBy("this")
  @Nullable W remove(K key) {
    return pending.remove(key);
  }

  /** Lets go of everything, once closed. */
  @GuardedBy("this")
  List<W> removeAll() {
    List<W> all = List.copyOf(pending.values());
    pending.clear();
    return all;
  }

  /** What stood in the way is gone: the next step is due at once. */
  @GuardedBy("this")
  void resume(W work) {
    work.retry.succeeded();
    if (work.troubledTable != NO_TABLE) {
      report(work.troubledTable, null);
      work.troubledTable = NO_TABLE;
    }
  }

  /** To be called in steps that take long. */
  void checkOpen() throws InterruptedException {
    if (closed) {
      throw new InterruptedException("closed");
    }
  }

  private void work() {
    try {
      while (!closed) {
        W due = awaitDue();
        @Nullable Turn turn;
        synchronized (this) {
          turn = due.hasStep() ? owner.next(due) : null;
        }
        if (turn != null) {
          take(due, turn);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("Lake work of {} ends", part, e);
    } catch (Error e) {
      failTask(e);
    }
  }

  private void failTask(Error error) {
    LOG.error("Lake work of {} failed", part, error);
    if (closed) {
      return;
    }
    try {
      mailbox.execute(
          () -> {
            throw error;
          },
          "lake work failed");
    } catch (RejectedExecutionException e) {
      LOG.debug("The task has ended already", e);
    }
  }

  /** The work that waits longest of those with something to do now. */
  private synchronized W awaitDue() throws InterruptedException {
    while (true) {
      checkOpen();
      long waitNanos = Long.MAX_VALUE;
      for (Iterator<Map.Entry<K, W>> i = pending.entrySet().iterator(); i.hasNext(); ) {
        Map.Entry<K, W> entry = i.next();
        K key = entry.getKey();
        W work = entry.getValue();
        if (work.isIdle()) {
          i.remove();
        } else if (work.hasStep()) {
          long remaining = work.retry.remainingNanos();
          if (remaining <= 0) {
            // To the end, so that each has its turn.
            i.remove();
            pending.put(key, work);
            return work;
          }
          waitNanos = Math.min(waitNanos, remaining);
        }
      }
      wait(waitNanos == Long.MAX_VALUE ? 0 : 1 + TimeUnit.NANOSECONDS.toMillis(waitNanos));
    }
  }

  private void take(W work, Turn turn) throws InterruptedException {
    LakeException trouble = null;
    boolean done = false;
    try {
      done = turn.step().run();
    } catch (RuntimeException e) {
      trouble = LakeException.of(e);
    }
    checkOpen();
    synchronized (this) {
      if (done) {
        resume(work);
        return;
      }
      work.retry.failed();
      if (trouble == null || owner.isExpected(work, trouble)) {
        return;
      }
      int tableId = turn.tableId();
      if (tableId != NO_TABLE && !owner.isDropped(work, tableId)) {
        work.troubledTable = tableId;
        report(tableId, trouble);
      }
    }
    LOG.warn(
        "Lake work of {} for {} failed ({}), the {}. time; it is tried again: {}",
        part,
        work.name(),
        trouble.reason(),
        work.retry.failures(),
        trouble.getMessage(),
        work.retry.failures() == 1 ? trouble : null);
  }

  private void report(int tableId, @Nullable LakeException trouble) {
    reports
        .find(options.databaseId())
        .ifPresent(found -> found.lakeTrouble(tableId, part, trouble));
  }

  /** Ends the thread; the step that runs is interrupted and waited for, but not for ever. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(CLOSE_TIMEOUT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("Lake work of {} still busy after {} ms", part, CLOSE_TIMEOUT_MS);
    }
  }
}
