package io.omendb.jobs.serve.union;

import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.RowCodec;
import io.omendb.lake.LakeScan.RowIterator;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one shard at one CSN, the reading transaction's own first. {@link #next} takes the next
 * row's bytes from a source that returns null at its end. Confined to one thread.
 */
final class ShardRows implements RowIterator {
  private final Iterator<byte[]> own;
  private final Supplier<byte @Nullable []> stored;
  private final Runnable closing;
  private final RowCodec codec;
  private byte @Nullable [] current;

  private ShardRows(
      List<byte[]> own, Supplier<byte @Nullable []> stored, Runnable closing, RowCodec codec) {
    this.own = own.iterator();
    this.stored = stored;
    this.closing = closing;
    this.codec = codec;
  }

  /** The rows of a table that only its transaction knows. */
  static ShardRows own(int shard, RowCodec codec, OwnWrites own) {
    return new ShardRows(own.rows(shard), () -> null, () -> {}, codec);
  }

  /** The rows of these keys, without those that are deleted or hidden by own writes. */
  static ShardRows changed(
      StoreReader reader,
      int tableId,
      int shard,
      long csn,
      List<byte[]> keys,
      RowCodec codec,
      OwnWrites own) {
    Iterator<byte[]> remaining = keys.iterator();
    Supplier<byte @Nullable []> stored =
        () -> {
          while (remaining.hasNext()) {
            byte[] key = remaining.next();
            byte[] row =
                own.covers(shard, key)
                    ? null
                    : reader.get(Keyspaces.rows(tableId), shard, key, csn);
            if (row != null) {
              return row;
            }
          }
          return null;
        };
    return new ShardRows(own.rows(shard), stored, () -> {}, codec);
  }

  /** All rows of the shard, without those that are hidden by own writes. */
  static ShardRows all(
      StoreReader reader, int tableId, int shard, long csn, RowCodec codec, OwnWrites own) {
    StoreCursor cursor = reader.scan(Keyspaces.rows(tableId), shard, null, null, csn);
    Supplier<byte @Nullable []> stored =
        () -> {
          while (cursor.next()) {
            if (!cursor.isDeleted() && !own.covers(shard, cursor.key())) {
              return cursor.value();
            }
          }
          return null;
        };
    return new ShardRows(own.rows(shard), stored, cursor::close, codec);
  }

  @Override
  public boolean next() {
    current = own.hasNext() ? own.next() : stored.get();
    return current != null;
  }

  @Override
  public RowData row() {
    byte[] bytes = current;
    if (bytes == null) {
      throw new IllegalStateException("no row: next() was not called or returned false");
    }
    return codec.decode(bytes);
  }

  @Override
  public void close() {
    closing.run();
  }
}
