package io.omendb.jobs.serve.shard;

import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The keys of one shard that changed in a range of CSNs, found in the table's delta. */
public final class ChangedKeys {
  private static final long NEWEST = Long.MAX_VALUE;

  private ChangedKeys() {}

  /**
   * Keys changed in ({@code afterCsn}, {@code toCsn}], each once, in key order. O(c log c) for c
   * changes; all keys are in memory, bounded by what may change between two cuts.
   */
  public static List<byte[]> between(
      StoreReader reader, int tableId, int shard, long afterCsn, long toCsn) {
    List<byte[]> keys = new ArrayList<>();
    try (StoreCursor cursor =
        reader.scan(
            Keyspaces.delta(tableId),
            shard,
            Keyspaces.deltaFrom(Math.max(0, afterCsn + 1)),
            Keyspaces.deltaFrom(toCsn + 1),
            NEWEST)) {
      while (cursor.next()) {
        if (!cursor.isDeleted()) {
          keys.add(Keyspaces.deltaRowKey(cursor.key()));
        }
      }
    }
    keys.sort(Arrays::compareUnsigned);
    List<byte[]> distinct = new ArrayList<>(keys.size());
    byte[] last = null;
    for (byte[] key : keys) {
      if (last == null || !Arrays.equals(last, key)) {
        distinct.add(key);
      }
      last = key;
    }
    return distinct;
  }
}
