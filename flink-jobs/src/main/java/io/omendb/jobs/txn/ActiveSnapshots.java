package io.omendb.jobs.txn;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.log.LogState.TableLake;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The newest durable snapshot and the older ones that are still read. Thread-safe.
 *
 * <p>Taking the newest snapshot and registering it is one step, so whatever {@link #oldestCsn()}
 * says, no snapshot below it comes later. Registered ones stand in order of CSN.
 */
final class ActiveSnapshots {

  /** A registration; the snapshot stays readable until {@link #close()}, which is idempotent. */
  final class Handle implements AutoCloseable {
    private final Snapshot snapshot;
    private int holders = 1;

    private Handle(Snapshot snapshot) {
      this.snapshot = snapshot;
    }

    Snapshot snapshot() {
      return snapshot;
    }

    /** One more holder, who must close too. */
    void retain() {
      synchronized (active) {
        if (holders == 0) {
          throw new IllegalStateException("snapshot %d is closed".formatted(snapshot.csn()));
        }
        holders++;
      }
    }

    /** Ends one holder's use. */
    @Override
    public void close() {
      synchronized (active) {
        if (holders > 0 && --holders == 0) {
          active.remove(this);
        }
      }
    }
  }

  @GuardedBy("active")
  private final Set<Handle> active = new LinkedHashSet<>();

  private volatile Snapshot newest;

  ActiveSnapshots(Snapshot newest) {
    this.newest = newest;
  }

  Snapshot newest() {
    return newest;
  }

  /** Publishes what became durable. Coordinator thread. */
  void publish(Snapshot snapshot) {
    newest = snapshot;
  }

  Handle open() {
    synchronized (active) {
      Handle handle = new Handle(newest);
      active.add(handle);
      return handle;
    }
  }

  /** The oldest CSN that is read now or later. */
  long oldestCsn() {
    synchronized (active) {
      return active.isEmpty() ? newest.csn() : active.iterator().next().snapshot().csn();
    }
  }

  /**
   * The CSN that reads of a table need it from, at most {@code limit}: each snapshot, the newest
   * included, needs the lake state that it unites with the later changes, and one that has no lake
   * state needs itself only.
   */
  long horizon(int tableId, long limit) {
    synchronized (active) {
      long horizon = Math.min(limit, needed(newest, tableId));
      for (Handle handle : active) {
        horizon = Math.min(horizon, needed(handle.snapshot(), tableId));
      }
      return horizon;
    }
  }

  private static long needed(Snapshot snapshot, int tableId) {
    TableLake lake = snapshot.lake().get(tableId);
    if (lake == null) {
      return Long.MAX_VALUE;
    }
    return lake.snapshotCsn() < 0 ? snapshot.csn() : lake.snapshotCsn();
  }

  int size() {
    synchronized (active) {
      return active.size();
    }
  }
}
