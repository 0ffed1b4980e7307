package io.omendb.jobs.txn;

import java.util.ArrayList;
import java.util.List;

/** Whoever holds locks: a transaction or a lease. Its fields belong to {@link LockTable}. */
final class LockOwner {
  private final String name;
  final List<LockTable.Entry> held = new ArrayList<>();
  final List<LockTable.Waiter> waiting = new ArrayList<>(0);
  boolean released;

  LockOwner(String name) {
    this.name = name;
  }

  @Override
  public String toString() {
    return name;
  }
}
