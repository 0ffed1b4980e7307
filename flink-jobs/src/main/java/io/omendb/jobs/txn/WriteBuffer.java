package io.omendb.jobs.txn;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.table.KeyCodec;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A transaction's writes to one table, by key in key order: the newest per key. Confined to the
 * transaction's thread.
 */
final class WriteBuffer {
  /** An array's header, and half of what it is rounded up by. */
  private static final int ARRAY_BYTES = 20;

  /**
   * What a write takes besides its arrays while the transaction is open: map entry 40 and {@link
   * Write} 24. At the commit they become the change, 32 and two places in lists.
   */
  private static final int WRITE_BYTES = 64;

  /** A row's lock, which goes when the commit is durable: entry 40, key 24, node 32, places 14. */
  private static final int LOCK_BYTES = 110;

  /** Of a provisional key, which has no lock: the change with its final key, beside the former. */
  private static final int RESOLVED_BYTES = 36 + ARRAY_BYTES + KeyCodec.ROW_KEY_BYTES;

  /** What a change takes in a list of them besides its arrays, which the write has too. */
  static final int CHANGE_BYTES = 40;

  /**
   * The row as this transaction leaves it, null for deleted. {@code existedBefore}: the key had a
   * row in the transaction's snapshot, so a deletion must be written. Where it had none and has
   * none, the key is kept for its lock, which is held to the end.
   */
  record Write(int shard, byte @Nullable [] row, boolean existedBefore) {
    boolean changes() {
      return row != null || existedBefore;
    }
  }

  private final TableCodec codec;
  private final NavigableMap<byte[], Write> writes = new TreeMap<>(Arrays::compareUnsigned);

  /** Writes that are changes. */
  private int size;

  WriteBuffer(TableCodec codec) {
    this.codec = codec;
  }

  TableCodec codec() {
    return codec;
  }

  @Nullable Write get(byte[] key) {
    return writes.get(key);
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** Sets the row of a key; returns by how many bytes the buffer then takes more, or less. */
  long put(byte[] key, int shard, byte[] row, boolean existedBefore) {
    return change(key, new Write(shard, row, existedBefore));
  }

  /** Deletes the row of a key; returns by how many bytes the buffer then takes more, or less. */
  long delete(byte[] key, int shard, boolean existedBefore) {
    if (!existedBefore && ProvisionalKeys.isProvisional(key)) {
      Write before = writes.remove(key);
      size -= before == null ? 0 : 1;
      return before == null ? 0 : -heldBytes(key, before);
    }
    return change(key, new Write(shard, null, existedBefore));
  }

  private long change(byte[] key, Write write) {
    Write before = writes.put(key, write);
    size += (write.changes() ? 1 : 0) - (before != null && before.changes() ? 1 : 0);
    long held = heldBytes(key, write);
    return before == null ? held : held - heldBytes(key, before);
  }

  private static long heldBytes(byte[] key, Write write) {
    long bytes =
        WRITE_BYTES
            + bytesOf(key)
            + (ProvisionalKeys.isProvisional(key) ? RESOLVED_BYTES : LOCK_BYTES);
    return write.row() == null ? bytes : bytes + bytesOf(write.row());
  }

  private static long bytesOf(byte[] array) {
    return (long) ARRAY_BYTES + array.length;
  }

  /** What committed changes take once nothing else of their transaction is left. */
  static long changesBytes(List<Change> changes) {
    long bytes = 0;
    for (Change change : changes) {
      bytes += CHANGE_BYTES;
      if (change instanceof RowChange row) {
        bytes += bytesOf(row.key()) + (row.row() == null ? 0 : bytesOf(row.row()));
      }
    }
    return bytes;
  }

  /** A copy of what is written in a key range, in key order; null bounds are open. */
  List<Map.Entry<byte[], Write>> range(byte[] fromInclusive, byte @Nullable [] toExclusive) {
    NavigableMap<byte[], Write> tail = writes.tailMap(fromInclusive, true);
    NavigableMap<byte[], Write> part =
        toExclusive == null
            ? tail
            : Arrays.compareUnsigned(fromInclusive, toExclusive) >= 0
                ? new TreeMap<>(Arrays::compareUnsigned)
                : tail.headMap(toExclusive, false);
    return new ArrayList<>(part.entrySet());
  }

  void addChanges(List<Change> into) {
    writes.forEach((key, write) -> addChange(key, write, into));
  }

  /** As {@link #addChanges}, and nothing is left here: at no moment both are held whole. */
  void moveChanges(List<Change> into) {
    for (Iterator<Map.Entry<byte[], Write>> i = writes.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<byte[], Write> entry = i.next();
      addChange(entry.getKey(), entry.getValue(), into);
      i.remove();
    }
    size = 0;
  }

  private void addChange(byte[] key, Write write, List<Change> into) {
    if (write.changes()) {
      TableSchema table = codec.schema();
      into.add(
          new RowChange(table.tableId(), table.schemaVersion(), write.shard(), key, write.row()));
    }
  }
}
