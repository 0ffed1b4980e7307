package io.omendb.jobs.txn;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.table.TableCodec;
import java.util.ArrayList;
import java.util.Arrays;
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
  /** About what a write takes in memory besides its bytes: map entry, lock, change, arrays. */
  static final int WRITE_OVERHEAD_BYTES = 250;

  /** Key and row are here, then in the log's buffer, and again when the stream has read them. */
  private static final int COPIES = 3;

  /**
   * The row as this transaction leaves it, null for deleted. {@code existedBefore}: the key had a
   * row in the transaction's snapshot, so a deletion must be written.
   */
  record Write(int shard, byte @Nullable [] row, boolean existedBefore) {}

  private final TableCodec codec;
  private final NavigableMap<byte[], Write> writes = new TreeMap<>(Arrays::compareUnsigned);

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
    return writes.isEmpty();
  }

  int size() {
    return writes.size();
  }

  /** Sets the row of a key; returns about how many bytes that takes until it is applied. */
  long put(byte[] key, int shard, byte[] row, boolean existedBefore) {
    writes.put(key, new Write(shard, row, existedBefore));
    return WRITE_OVERHEAD_BYTES + COPIES * ((long) key.length + row.length);
  }

  /** Deletes the row of a key; returns about how many bytes that takes until it is applied. */
  long delete(byte[] key, int shard, boolean existedBefore) {
    if (existedBefore) {
      writes.put(key, new Write(shard, null, true));
      return WRITE_OVERHEAD_BYTES + COPIES * (long) key.length;
    }
    writes.remove(key);
    return 0;
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
    int tableId = codec.schema().tableId();
    int schemaVersion = codec.schema().schemaVersion();
    writes.forEach(
        (key, write) ->
            into.add(new RowChange(tableId, schemaVersion, write.shard(), key, write.row())));
  }
}
