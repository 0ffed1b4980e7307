package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * An open-addressing hash table from keys to the addresses of their newest memtable nodes, so that
 * a point read need not walk the skip list, and learns at once that a key is absent. One writer;
 * readers take no lock.
 *
 * <p>A slot is a long: the hash's upper half and the address; 0 is empty. Slots are written with
 * release semantics after the node is complete. Slots are never emptied. At half full the writer
 * copies all to a table of twice the size; a reader still in the old one sees an earlier moment.
 */
final class NodeTable {

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final long ADDRESS_MASK = 0xFFFF_FFFFL;
  private static final int SLOT_COUNT_INITIAL = 256;

  private volatile long[] slots = new long[SLOT_COUNT_INITIAL];
  private int usedCount;

  /** A moment's slots, for {@link #next}. */
  long[] slots() {
    return slots;
  }

  /** The slot at which a search for a hash begins. */
  static int first(long[] slots, long hash) {
    return (int) (hash >>> 32) & (slots.length - 1);
  }

  /** The slot after one that did not match. */
  static int next(long[] slots, int slot) {
    return (slot + 1) & (slots.length - 1);
  }

  static long get(long[] slots, int slot) {
    return (long) SLOT.getAcquire(slots, slot);
  }

  /** Whether the slot is of a key with the same half of the hash. */
  static boolean mayMatch(long slot, long hash) {
    return (slot ^ hash) >>> 32 == 0;
  }

  static int address(long slot) {
    return (int) slot;
  }

  // Writer thread.

  /** Fills or replaces a slot found by a search in the current slots. */
  void set(int slot, long hash, int node) {
    long[] current = slots;
    boolean isNew = current[slot] == 0;
    SLOT.setRelease(current, slot, (hash & ~ADDRESS_MASK) | (node & ADDRESS_MASK));
    if (isNew && ++usedCount > current.length / 2) {
      grow(current);
    }
  }

  private void grow(long[] current) {
    long[] larger = new long[2 * current.length];
    for (long slot : current) {
      if (slot != 0) {
        int position = first(larger, slot);
        while (larger[position] != 0) {
          position = next(larger, position);
        }
        larger[position] = slot;
      }
    }
    slots = larger;
  }

  long usedBytes() {
    return (long) Long.BYTES * slots.length;
  }
}
