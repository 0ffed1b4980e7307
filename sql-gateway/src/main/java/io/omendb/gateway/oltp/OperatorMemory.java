package io.omendb.gateway.oltp;

import io.omendb.jobs.memory.MemoryAccount;
import org.jspecify.annotations.Nullable;

/**
 * What one execution of an operator holds of its statement's memory. Closing it gives that back, so
 * that an operator that is run again and again takes no more than once. Confined to the statement's
 * thread.
 */
final class OperatorMemory implements AutoCloseable {
  private final MemoryAccount account;
  private long bytes;

  OperatorMemory(MemoryAccount account) {
    this.account = account;
  }

  /** Takes what a kept row takes, and {@code more} for what stands around it. */
  void reserveRow(@Nullable Object[] row, int more) {
    reserve(StatementMemory.estimate(row) + more);
  }

  /** OUT_OF_MEMORY where there is not so much. */
  void reserve(long size) {
    account.reserve(size);
    bytes += size;
  }

  boolean tryReserve(long size) {
    if (!account.tryReserve(size)) {
      return false;
    }
    bytes += size;
    return true;
  }

  void release(long size) {
    account.release(size);
    bytes -= size;
  }

  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    long held = bytes;
    bytes = 0;
    // All is given back already where the statement's own end came first.
    account.release(Math.min(held, account.bytes()));
  }
}
