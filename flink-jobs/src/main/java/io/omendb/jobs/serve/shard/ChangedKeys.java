package io.omendb.jobs.serve.shard;

import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of one shard that changed in a range of CSNs, found in the table's delta. */
public final class ChangedKeys {
  private static final long NEWEST = Long.MAX_VALUE;

  /** An array's header and rounding, and its place in a list. */
  private static final int KEY_OVERHEAD_BYTES = 28;

  private ChangedKeys() {}

  /** Some keys, and whether there may be more after the last of them. */
  public record Batch(List<byte[]> keys, boolean complete) {}

  /**
   * Keys changed in ({@code afterCsn}, {@code toCsn}], each once, in key order. O(c log c) for c
   * changes; all keys are in memory, bounded by what may change between two cuts.
   */
  public static List<byte[]> between(
      StoreReader reader, int tableId, int shard, long afterCsn, long toCsn) {
    return next(reader, tableId, shard, afterCsn, toCsn, null, Long.MAX_VALUE).keys();
  }

  /**
   * The first of these keys above {@code afterKey} (null: of all), as many as take about {@code
   * bytesMax}, at least one; twice that is held while they are searched. Each batch reads all of
   * the changes: for k keys in batches of b it costs O(c k / b).
   */
  public static Batch next(
      StoreReader reader,
      int tableId,
      int shard,
      long afterCsn,
      long toCsn,
      byte @Nullable [] afterKey,
      long bytesMax) {
    Smallest smallest = new Smallest(afterKey, bytesMax);
    try (StoreCursor cursor =
        reader.scan(
            Keyspaces.delta(tableId),
            shard,
            Keyspaces.deltaFrom(Math.max(0, afterCsn + 1)),
            Keyspaces.deltaFrom(toCsn + 1),
            NEWEST)) {
      while (cursor.next()) {
        if (!cursor.isDeleted()) {
          smallest.add(Keyspaces.deltaRowKey(cursor.key()));
        }
      }
    }
    return smallest.batch();
  }

  /** The smallest keys of those added, each once; of others it only knows that there are any. */
  private static final class Smallest {
    private final byte @Nullable [] above;
    private final long bytesMax;
    private List<byte[]> keys = new ArrayList<>();
    private long bytes;

    /** Keys from here on are left for later; null while all are kept. */
    private byte @Nullable [] cutoff;

    Smallest(byte @Nullable [] above, long bytesMax) {
      this.above = above;
      this.bytesMax = bytesMax;
    }

    void add(byte[] key) {
      if ((above != null && Arrays.compareUnsigned(key, above) <= 0)
          || (cutoff != null && Arrays.compareUnsigned(key, cutoff) >= 0)) {
        return;
      }
      keys.add(key);
      bytes += bytesOf(key);
      if (bytes / 2 > bytesMax) {
        keepSmallest();
      }
    }

    private static long bytesOf(byte[] key) {
      return KEY_OVERHEAD_BYTES + (long) key.length;
    }

    private void keepSmallest() {
      keys.sort(Arrays::compareUnsigned);
      List<byte[]> kept = new ArrayList<>();
      bytes = 0;
      byte[] last = null;
      for (byte[] key : keys) {
        if (last == null || !Arrays.equals(last, key)) {
          if (last != null && bytes + bytesOf(key) > bytesMax) {
            cutoff = key;
            break;
          }
          kept.add(key);
          bytes += bytesOf(key);
        }
        last = key;
      }
      keys = kept;
    }

    Batch batch() {
      keepSmallest();
      return new Batch(keys, cutoff == null);
    }
  }
}
