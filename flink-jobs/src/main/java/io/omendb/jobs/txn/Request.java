package io.omendb.jobs.txn;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.memory.MemoryAccount;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What waits for the coordinator's thread. */
sealed interface Request {

  /** About how much it adds to the log. */
  long bytes();

  /** Ends it without effect (or, as {@code reason} says, with an unknown one). */
  void fail(TransactionCoordinator coordinator, OmenException reason);

  /**
   * A transaction to commit; changes are as in {@link LogRecord.Commit}, DDL first, but rows of
   * tables without a primary key have provisional keys, see {@link ProvisionalKeys}. Locks and
   * snapshot end with it, memory when its rows are with the shards, see {@link UnsentCommits}.
   */
  record Commit(
      long transactionId,
      LockOwner owner,
      ActiveSnapshots.Handle snapshot,
      List<LogRecord.Change> changes,
      boolean hasProvisionalKeys,
      MemoryAccount memory,
      CompletableFuture<Long> result)
      implements Request {

    @Override
    public long bytes() {
      return memory.bytes();
    }

    void finish(TransactionCoordinator coordinator, long csn) {
      coordinator.locks().release(owner, csn);
      snapshot.close();
      coordinator.unsent().keep(csn, memory, changes);
      result.complete(csn);
    }

    @Override
    public void fail(TransactionCoordinator coordinator, OmenException reason) {
      if (!result.isDone()) {
        coordinator.locks().release(owner, 0);
        snapshot.close();
        memory.close();
        result.completeExceptionally(
            new OmenException(reason.code(), String.valueOf(reason.getMessage()), reason));
      }
    }
  }

  /** The lake has a table at a cut. */
  record Published(
      int tableId,
      long cutCsn,
      long snapshotId,
      String locationFile,
      CompletableFuture<Void> result)
      implements Request {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void fail(TransactionCoordinator coordinator, OmenException reason) {
      result.completeExceptionally(reason);
    }
  }

  /** Somebody wants the lake brought up to date. */
  record CutWanted(CompletableFuture<Long> result) implements Request {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void fail(TransactionCoordinator coordinator, OmenException reason) {
      result.completeExceptionally(reason);
    }
  }

  /** Nothing but a reason to look around. */
  record WakeUp() implements Request {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void fail(TransactionCoordinator coordinator, OmenException reason) {
      // Nobody waits for it.
    }
  }
}
