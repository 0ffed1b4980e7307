package io.omendb.gateway.session;

import io.omendb.gateway.session.Session.Status;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A session's transaction: none, an implicit one (ended by the protocol's Sync), or a block (BEGIN
 * to COMMIT). The snapshot is taken by the first statement that reads. Confined to the session's
 * thread.
 */
final class TransactionBlock {
  private final Database database;
  private final Settings settings;
  private final LongSupplier clockMicros;
  private final List<AutoCloseable> dependents = new ArrayList<>();
  private @Nullable Transaction transaction;
  private Status status = Status.IDLE;
  private long beganMicros;
  private int ownDefinitions;

  TransactionBlock(Database database, Settings settings, LongSupplier clockMicros) {
    this.database = database;
    this.settings = settings;
    this.clockMicros = clockMicros;
  }

  Status status() {
    return status;
  }

  /** Whether a transaction is open whose end has work to do. */
  boolean isOpen() {
    return transaction != null || !dependents.isEmpty();
  }

  boolean hasTransaction() {
    return transaction != null;
  }

  /** The open transaction, begun now if need be. */
  Transaction current() {
    Transaction open = transaction == null ? began(database.begin()) : transaction;
    open.limitLockWaits(settings.millis("lock_timeout"));
    return open;
  }

  /** As {@link #current()}, without waiting; null where a thread that may wait has to begin it. */
  @Nullable Transaction tryCurrent() {
    Transaction begun = transaction == null ? database.tryBegin() : transaction;
    if (begun == null) {
      return null;
    }
    return transaction == null ? began(begun) : begun;
  }

  private Transaction began(Transaction begun) {
    transaction = begun;
    if (status == Status.IDLE) {
      beganMicros = clockMicros.getAsLong();
    }
    settings.beginTransaction();
    return begun;
  }

  /** Whether a read may have a transaction of its own that ends with it. */
  boolean readsAlone() {
    return transaction == null && status == Status.IDLE;
  }

  /** Such a transaction, where beginning it takes no waiting. */
  @Nullable Transaction trySingle() {
    return database.tryBegin();
  }

  /** What now() is: the begin of the block, or of the implicit transaction. */
  long beganMicros() {
    return transaction == null && status == Status.IDLE ? clockMicros.getAsLong() : beganMicros;
  }

  /** READ_ONLY_SQL_TRANSACTION in a transaction that was begun READ ONLY. */
  void requireWritable(String verb) {
    if (settings.get("transaction_read_only").equals("on")
        || (status == Status.IDLE && settings.get("default_transaction_read_only").equals("on"))) {
      throw new OmenException(
          ErrorCode.READ_ONLY_SQL_TRANSACTION,
          "cannot execute %s in a read-only transaction".formatted(verb));
    }
  }

  Catalog catalog() {
    return transaction == null ? database.catalog() : transaction.catalog();
  }

  /** As {@link #catalog()}, without waiting; null where the database does not serve now. */
  @Nullable Catalog tryCatalog() {
    return transaction == null ? database.tryCatalog() : transaction.catalog();
  }

  /** Rises with every definition that the open transaction made. */
  int ownDefinitions() {
    return ownDefinitions;
  }

  void definitionMade() {
    ownDefinitions++;
  }

  /** Closed when the transaction ends: cursors that read in it. */
  void addDependent(AutoCloseable dependent) {
    dependents.add(dependent);
  }

  void removeDependent(AutoCloseable dependent) {
    dependents.remove(dependent);
  }

  /** BEGIN; false where a block is open already. */
  boolean begin() {
    if (status != Status.IDLE) {
      return false;
    }
    // What ran in the implicit transaction before becomes part of the block, as in PostgreSQL.
    if (transaction == null) {
      beganMicros = clockMicros.getAsLong();
    }
    settings.beginTransaction();
    status = Status.IN_TRANSACTION;
    return true;
  }

  /** COMMIT: true where it committed, false where a failed block was rolled back. */
  boolean commit() {
    boolean failed = status == Status.FAILED;
    status = Status.IDLE;
    if (failed) {
      end(false);
      return false;
    }
    end(true);
    return true;
  }

  void rollback() {
    status = Status.IDLE;
    end(false);
  }

  /** An error: a block waits for its ROLLBACK, but locks and snapshot go now. */
  void fail() {
    if (status == Status.IN_TRANSACTION) {
      status = Status.FAILED;
    }
    closeDependents();
    Transaction failed = transaction;
    transaction = null;
    ownDefinitions = 0;
    if (failed != null) {
      failed.close();
    }
    if (status == Status.IDLE) {
      settings.endTransaction(false);
    }
  }

  /** Lets the implicit transaction's first statement be repeated, on a fresh snapshot. */
  void restartImplicit() {
    Transaction restarted = transaction;
    closeDependents();
    if (restarted == null || !restarted.restart()) {
      endImplicit(true);
    }
  }

  /** Ends what ran outside a block. */
  void endImplicit(boolean rollBack) {
    if (status == Status.IDLE) {
      end(!rollBack);
    }
  }

  /**
   * Starts the implicit transaction's commit, if that needs no waiting; null where a thread that
   * may wait has to {@linkplain #endImplicit end} it. Until {@link #finishCommit} it stays open.
   */
  @Nullable CompletableFuture<?> startCommit() {
    Transaction ending = transaction;
    return ending == null
            || status != Status.IDLE
            || !dependents.isEmpty()
            || ending.commitMayWait()
        ? null
        : ending.commit();
  }

  /** Ends the implicit transaction whose commit was started, and is done. */
  void finishCommit(CompletableFuture<?> commit) {
    Transaction ended = transaction;
    transaction = null;
    ownDefinitions = 0;
    boolean committed = false;
    try {
      await(commit);
      committed = true;
    } finally {
      if (ended != null) {
        ended.close();
      }
      settings.endTransaction(committed);
    }
  }

  private void end(boolean commit) {
    closeDependents();
    Transaction ended = transaction;
    transaction = null;
    ownDefinitions = 0;
    boolean committed = false;
    try {
      if (ended != null && commit) {
        await(ended.commit());
      }
      committed = commit;
    } finally {
      if (ended != null) {
        ended.close();
      }
      settings.endTransaction(committed);
    }
  }

  /**
   * The wait for a commit cannot be cancelled, as in PostgreSQL: once it is under way only the log
   * says whether it takes place. An interrupt is kept for what comes after.
   */
  private static void await(CompletableFuture<?> commit) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          commit.get();
          return;
        } catch (InterruptedException later) {
          interrupted = true;
        }
      }
    } catch (ExecutionException | CompletionException failed) {
      if (failed.getCause() instanceof OmenException error) {
        throw error;
      }
      throw new OmenException(
          ErrorCode.INTERNAL_ERROR, "commit failed: " + failed.getCause(), failed);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void closeDependents() {
    List<AutoCloseable> open = List.copyOf(dependents);
    dependents.clear();
    for (AutoCloseable dependent : open) {
      try {
        dependent.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
