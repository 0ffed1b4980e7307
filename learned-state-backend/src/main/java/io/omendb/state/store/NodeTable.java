package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * An open-addressing hash table from keys to the addresses of their newest memtable nodes, so that
 * a point read need not walk the skip list, and learns at once that a key is absent. Off-heap. One
 * writer; readers take no lock.
 *
 * <p>A slot is a long: the hash's upper half and the address; 0 is empty. Slots are written with
 * release semantics after the node is complete. Slots are never emptied. At half full the writer
 * copies all to a table of twice the size; a reader still in the old one sees an earlier moment,
 * and the old one's memory is given back when such readers have left.
 *
 * <p>For a reader a slot may change between two reads, from empty to any key that is sought past
 * it, and from a key's node to its newer one. So a reader reads a slot once and decides, and goes
 * on, by that content.
 */
final class NodeTable {

  private static final VarHandle SLOT =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final long ADDRESS_MASK = 0xFFFF_FFFFL;
  private static final int SLOT_COUNT_INITIAL = 256;

  /** The slots of one moment. */
  static final class Slots {
    private final ByteBuffer bytes;
    private final int mask;

    private Slots(ByteBuffer bytes, int count) {
      this.bytes = bytes;
      this.mask = count - 1;
    }

    private int count() {
      return mask + 1;
    }

    /** The slot at which a search for a hash begins. */
    int first(long hash) {
      return (int) (hash >>> 32) & mask;
    }

    /** The slot after one that did not match. */
    int next(int slot) {
      return (slot + 1) & mask;
    }

    long get(int slot) {
      return (long) SLOT.getAcquire(bytes, slot << 3);
    }

    private void set(int slot, long content) {
      SLOT.setRelease(bytes, slot << 3, content);
    }
  }

  private final ArenaAllocator allocator;
  private final Consumer<Runnable> retire;
  private volatile Slots slots;
  private int usedCount;

  /**
   * @param retire runs an action when all present readers have left
   */
  NodeTable(ArenaAllocator allocator, Consumer<Runnable> retire) {
    this.allocator = allocator;
    this.retire = retire;
    this.slots = empty(SLOT_COUNT_INITIAL);
  }

  private Slots empty(int count) {
    ByteBuffer bytes = allocator.allocate(Math.multiplyExact(count, Long.BYTES));
    for (int slot = 0; slot < count; slot++) {
      bytes.putLong(slot << 3, 0);
    }
    return new Slots(bytes, count);
  }

  Slots slots() {
    return slots;
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
    Slots current = slots;
    boolean isNew = current.get(slot) == 0;
    current.set(slot, (hash & ~ADDRESS_MASK) | (node & ADDRESS_MASK));
    if (isNew && ++usedCount > current.count() / 2) {
      grow(current);
    }
  }

  private void grow(Slots current) {
    Slots larger = empty(Math.multiplyExact(2, current.count()));
    for (int i = 0; i < current.count(); i++) {
      long slot = current.get(i);
      if (slot != 0) {
        int position = larger.first(slot);
        while (larger.get(position) != 0) {
          position = larger.next(position);
        }
        larger.set(position, slot);
      }
    }
    slots = larger;
    retire.accept(() -> allocator.release(current.bytes));
  }

  /** Bytes that the next {@link #set} may allocate. */
  long growthBytes() {
    return usedCount >= slots.count() / 2 ? 2 * usedBytes() : 0;
  }

  long usedBytes() {
    return (long) Long.BYTES * slots.count();
  }

  /** Gives all memory back; nobody may use the table afterwards. */
  void release() {
    allocator.release(slots.bytes);
  }
}
