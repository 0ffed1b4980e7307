package io.omendb.jobs.txn;

import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.shard.ShardReads;
import io.omendb.jobs.table.KeyCodec.ByteRange;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.jobs.table.TableCodec;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads rows at a CSN from the shards that hold them, waiting for those that lag. Thread-safe. */
final class ShardReader {
  /** Decoding and sending larger rows takes a network thread too long. */
  private static final int PROMPT_ROW_BYTES_MAX = 64 << 10;

  private final ShardReads reads;

  ShardReader(ShardReads reads) {
    this.reads = reads;
  }

  int count() {
    return reads.shardCount();
  }

  /** Completed on return if the shard is ready. */
  CompletableFuture<@Nullable StoredRow> get(TableCodec codec, int shard, byte[] key, long csn) {
    if (reads.ready(shard, csn)) {
      try {
        return CompletableFuture.completedFuture(read(codec, shard, key, csn));
      } catch (IllegalStateException e) {
        throw Failures.of(e);
      }
    }
    return reads.whenReady(shard, csn).thenApply(ready -> read(codec, shard, key, csn));
  }

  private @Nullable StoredRow read(TableCodec codec, int shard, byte[] key, long csn) {
    byte[] row = reads.reader(shard).get(Keyspaces.rows(codec.schema().tableId()), shard, key, csn);
    return row == null ? null : new StoredRow(shard, key, codec.rows().decode(row));
  }

  /**
   * The encoded row of a key where that needs no waiting, null for none; {@link
   * StoreReader#NOT_PROMPTLY} where it does.
   */
  byte @Nullable [] tryRead(TableCodec codec, int shard, byte[] key, long csn) {
    if (!reads.ready(shard, csn)) {
      return StoreReader.NOT_PROMPTLY;
    }
    try {
      int keyspace = Keyspaces.rows(codec.schema().tableId());
      return reads.reader(shard).getPromptly(keyspace, shard, key, csn, PROMPT_ROW_BYTES_MAX);
    } catch (IllegalStateException restarting) {
      return StoreReader.NOT_PROMPTLY;
    }
  }

  /** Whether the key has a row at {@code csn}; blocks until the shard is ready. */
  boolean exists(TableCodec codec, int shard, byte[] key, long csn) {
    awaitReady(shard, csn);
    try {
      return reads.reader(shard).get(Keyspaces.rows(codec.schema().tableId()), shard, key, csn)
          != null;
    } catch (IllegalStateException e) {
      throw Failures.of(e);
    }
  }

  /** Whether a read of the shard at {@code csn} does not wait. */
  boolean ready(int shard, long csn) {
    return reads.ready(shard, csn);
  }

  private void awaitReady(int shard, long csn) {
    if (!reads.ready(shard, csn)) {
      Waits.await(reads.whenReady(shard, csn));
    }
  }

  /** Stored and own rows of a range in key order; blocks until the shards are ready. */
  RowCursor scan(WriteBuffer own, KeyRange range, long csn) {
    TableCodec codec = own.codec();
    ByteRange bytes = bytes(codec, range);
    boolean oneShard = codec.schema().hasPrimaryKey() && !range.prefix().isEmpty();
    int first = oneShard ? codec.keys().shardOfPrefix(range.prefix(), count()) : 0;
    int last = oneShard ? first : count() - 1;
    if (bytes.isEmpty()) {
      return new MergedCursor(codec.rows(), first, List.of(), List.of());
    }
    for (int shard = first; shard <= last; shard++) {
      awaitReady(shard, csn);
    }
    List<StoreCursor> cursors = new ArrayList<>(last - first + 1);
    boolean opened = false;
    try {
      int keyspace = Keyspaces.rows(codec.schema().tableId());
      for (int shard = first; shard <= last; shard++) {
        cursors.add(
            reads
                .reader(shard)
                .scan(keyspace, shard, bytes.fromInclusive(), bytes.toExclusive(), csn));
      }
      RowCursor cursor = new MergedCursor(codec.rows(), first, cursors, ownRows(own, bytes));
      opened = true;
      return cursor;
    } catch (IllegalStateException e) {
      throw Failures.of(e);
    } finally {
      if (!opened) {
        cursors.forEach(StoreCursor::close);
      }
    }
  }

  /** The own rows of a range alone, for a table that only its transaction knows. */
  RowCursor scanNothing(WriteBuffer own, KeyRange range) {
    ByteRange bytes = bytes(own.codec(), range);
    return new MergedCursor(own.codec().rows(), 0, List.of(), ownRows(own, bytes));
  }

  private static List<java.util.Map.Entry<byte[], WriteBuffer.Write>> ownRows(
      WriteBuffer own, ByteRange bytes) {
    return own.isEmpty() ? List.of() : own.range(bytes.fromInclusive(), bytes.toExclusive());
  }

  private static ByteRange bytes(TableCodec codec, KeyRange range) {
    return codec
        .keys()
        .range(
            range.prefix(),
            range.lower(),
            range.lowerInclusive(),
            range.upper(),
            range.upperInclusive());
  }
}
