package io.omendb.jobs.txn;

import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.table.RowCodec;
import io.omendb.state.store.StoreCursor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Rows of several shards and of the transaction's own writes in key order; an own write hides what
 * is stored under its key. A key is in one shard only. Closes the shards' cursors.
 */
final class MergedCursor implements RowCursor {

  /** A shard's cursor on its current entry. */
  private static final class Source {
    final int shard;
    final StoreCursor cursor;
    byte[] key;

    Source(int shard, StoreCursor cursor) {
      this.shard = shard;
      this.cursor = cursor;
      key = cursor.key();
    }
  }

  private final RowCodec codec;
  private final List<StoreCursor> cursors;
  private final PriorityQueue<Source> sources =
      new PriorityQueue<>((a, b) -> Arrays.compareUnsigned(a.key, b.key));
  private final List<Map.Entry<byte[], WriteBuffer.Write>> own;
  private int nextOwn;
  private @Nullable StoredRow current;

  /** {@code cursors} by shard, from {@code firstShard} on. */
  MergedCursor(
      RowCodec codec,
      int firstShard,
      List<StoreCursor> cursors,
      List<Map.Entry<byte[], WriteBuffer.Write>> own) {
    this.codec = codec;
    this.cursors = cursors;
    this.own = own;
    for (int i = 0; i < cursors.size(); i++) {
      if (cursors.get(i).next()) {
        sources.add(new Source(firstShard + i, cursors.get(i)));
      }
    }
  }

  @Override
  public boolean next() {
    while (true) {
      Source source = sources.peek();
      boolean ownLeft = nextOwn < own.size();
      if (source == null && !ownLeft) {
        current = null;
        return false;
      }
      int order =
          source == null
              ? 1
              : !ownLeft ? -1 : Arrays.compareUnsigned(source.key, own.get(nextOwn).getKey());
      boolean found = (order < 0 && source != null) ? takeStored(source) : takeOwn();
      if (order == 0 && source != null) {
        advance(source);
      }
      if (found) {
        return true;
      }
    }
  }

  private boolean takeStored(Source source) {
    boolean live = !source.cursor.isDeleted();
    if (live) {
      current = new StoredRow(source.shard, source.key, codec.decode(source.cursor.value()));
    }
    advance(source);
    return live;
  }

  private boolean takeOwn() {
    Map.Entry<byte[], WriteBuffer.Write> entry = own.get(nextOwn++);
    WriteBuffer.Write write = entry.getValue();
    byte[] row = write.row();
    if (row == null) {
      return false;
    }
    current = new StoredRow(write.shard(), entry.getKey(), codec.decode(row));
    return true;
  }

  private void advance(Source source) {
    sources.remove();
    if (source.cursor.next()) {
      source.key = source.cursor.key();
      sources.add(source);
    }
  }

  @Override
  public StoredRow current() {
    StoredRow row = current;
    if (row == null) {
      throw new IllegalStateException("the cursor is on no row");
    }
    return row;
  }

  @Override
  public void close() {
    sources.clear();
    cursors.forEach(StoreCursor::close);
  }
}
