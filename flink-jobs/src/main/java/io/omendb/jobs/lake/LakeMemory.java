package io.omendb.jobs.lake;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.memory.MemoryBudget;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.lake.CutFiles;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the lake's work holds of the heap, in its share of the process's budget.
 *
 * <ul>
 *   <li>A step that takes memory has a {@link Room} while it runs. One that finds none is put off,
 *       and other tables' steps have their turn; where no step has a room, the next gets one
 *       however full the share is, so there is always one that goes on.
 *   <li>What a subtask wrote for a cut waits for the other subtasks' and for the lake ({@link
 *       #hold}). When that is half of the share, only tables of which something waits are exported:
 *       they are what can be committed, and given back.
 * </ul>
 *
 * <p>So at the bound the lake's work waits, table by table, and nothing else does. Thread-safe;
 * none of this blocks.
 */
final class LakeMemory {
  private static final class OfProcess {
    static final LakeMemory MEMORY =
        new LakeMemory(MemoryBudget.ofProcess().share(MemoryBudget.Kind.LAKE));
  }

  private static final long ROW_GROUP_BYTES_MIN = 1 << 20;
  private static final long ROW_GROUP_BYTES_MAX = 32 << 20;
  private static final long KEYS_BYTES_MIN = 256 << 10;

  /** Of two arrays that grow by doubling, of which one is copied sorted. */
  private static final int BYTES_PER_POSITION = 24;

  /** Blocks of locations, columns' pages, the table's metadata. */
  private static final long WRITER_BYTES = 2 << 20;

  private final MemoryShare share;

  @GuardedBy("this")
  private int rooms;

  @GuardedBy("this")
  private long putOff;

  @GuardedBy("this")
  private long heldBytes;

  @GuardedBy("this")
  private final Map<Integer, Integer> heldOfTable = new HashMap<>();

  LakeMemory(MemoryShare share) {
    this.share = share;
  }

  static LakeMemory ofProcess() {
    return OfProcess.MEMORY;
  }

  /** Memory of one step; closed when it ends. Confined to its thread. */
  final class Room implements AutoCloseable {
    private long bytes;
    private boolean closed;

    private Room(long bytes) {
      this.bytes = bytes;
    }

    /** What a step cannot do without, once it has begun. */
    void grow(long more) {
      share.force(more);
      bytes += more;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        share.release(bytes);
        leave();
      }
    }
  }

  private synchronized void leave() {
    rooms--;
  }

  /** Room for that much; null where others have to end first. */
  synchronized @Nullable Room tryEnter(long bytes) {
    if (!share.tryReserve(bytes)) {
      if (rooms > 0) {
        putOff++;
        return null;
      }
      share.force(bytes);
    }
    rooms++;
    return new Room(bytes);
  }

  /** Rows that a writer gathers before it writes them out. */
  long rowGroupBytes() {
    return Math.min(ROW_GROUP_BYTES_MAX, Math.max(ROW_GROUP_BYTES_MIN, share.bytesMax() / 16));
  }

  /** Changed keys that an export has at once. */
  long keysBytes() {
    return Math.max(KEYS_BYTES_MIN, share.bytesMax() / 32);
  }

  /** Room to export a table; null where it has to wait. */
  synchronized @Nullable Room tryExport(int tableId) {
    if (heldBytes > share.bytesMax() / 2 && !heldOfTable.containsKey(tableId)) {
      putOff++;
      return null;
    }
    // Of the changed keys those of before and of the next scan are there at once, with their lists.
    return tryEnter(2 * rowGroupBytes() + 2 * keysBytes() + WRITER_BYTES);
  }

  static long bytesOfPositions(long count) {
    return count * BYTES_PER_POSITION;
  }

  /** Room to commit: what was written is decoded, its deletes are merged with the lake's. */
  @Nullable Room tryCommit(Iterable<CutFiles> files) {
    long bytes = WRITER_BYTES;
    for (CutFiles written : files) {
      bytes += 2L * written.encoded().length + bytesOfPositions(written.deleteCount());
    }
    return tryEnter(bytes);
  }

  /** Something of a table waits until it is released with the same size. */
  synchronized void hold(int tableId, long bytes) {
    share.force(bytes);
    heldBytes += bytes;
    heldOfTable.merge(tableId, 1, Integer::sum);
  }

  synchronized void release(int tableId, long bytes) {
    share.release(bytes);
    heldBytes -= bytes;
    heldOfTable.computeIfPresent(tableId, (id, count) -> count == 1 ? null : count - 1);
  }

  /** How often a step found no room. */
  synchronized long putOff() {
    return putOff;
  }

  synchronized long heldBytes() {
    return heldBytes;
  }
}
