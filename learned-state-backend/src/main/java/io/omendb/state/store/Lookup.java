package io.omendb.state.store;

import org.jspecify.annotations.Nullable;

/**
 * The best entry found so far by one point read, over sources asked from newest to oldest. Refers
 * to memory of the source, so it lives no longer than the read's {@link ReadGuard} section.
 */
final class Lookup {

  /** Version of the entry found; -1 for none. */
  long version = -1;

  private @Nullable Memtable memtable;
  private @Nullable Block block;
  private int position;

  void found(Memtable source, int node, long foundVersion) {
    memtable = source;
    block = null;
    position = node;
    version = foundVersion;
  }

  void found(Block source, int entry, long foundVersion) {
    block = source;
    memtable = null;
    position = entry;
    version = foundVersion;
  }

  /** The value; null for a deletion or nothing. */
  byte @Nullable [] value() {
    if (memtable != null) {
      return memtable.value(position);
    }
    if (block != null) {
      return block.isDeleted(position) ? null : block.value(position);
    }
    return null;
  }
}
