package io.omendb.jobs.txn;

import io.omendb.jobs.log.CommitLog;
import io.omendb.jobs.log.LogReader;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.serve.shard.ShardReads;
import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Shards in memory that follow a log on a thread of their own, each shard applying what it is due
 * some records late, so that reads must wait as they do behind the runtime job.
 */
final class LaggingShards implements ShardReads, AutoCloseable {
  private final int shardCount;
  private final LogReader log;
  private final Random random;
  private final int lagMax;
  private final Shard[] shards;
  private final Thread thread;
  private volatile boolean closed;

  private record StoreKey(int keyspace, byte[] key) implements Comparable<StoreKey> {
    @Override
    public int compareTo(StoreKey other) {
      int byKeyspace = Integer.compare(keyspace, other.keyspace);
      return byKeyspace != 0 ? byKeyspace : Arrays.compareUnsigned(key, other.key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof StoreKey that && compareTo(that) == 0;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(key) * 31 + keyspace;
    }
  }

  private record Value(byte @Nullable [] row) {}

  private static final class Shard implements StoreReader {
    final ConcurrentSkipListMap<StoreKey, ConcurrentSkipListMap<Long, Value>> rows =
        new ConcurrentSkipListMap<>();
    final TreeMap<Long, CompletableFuture<Void>> waiting = new TreeMap<>();
    volatile long watermark;

    @Override
    public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
      NavigableMap<Long, Value> versions = rows.get(new StoreKey(keyspace, key));
      Map.Entry<Long, Value> found = versions == null ? null : versions.floorEntry(version);
      return found == null ? null : found.getValue().row();
    }

    @Override
    public byte @Nullable [] getPromptly(
        int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
      return get(keyspace, keyGroup, key, version);
    }

    @Override
    public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
      NavigableMap<Long, Value> versions = rows.get(new StoreKey(keyspace, key));
      Long found = versions == null ? null : versions.floorKey(version);
      return found == null ? -1 : found;
    }

    @Override
    public StoreCursor scan(
        int keyspace,
        int keyGroup,
        byte @Nullable [] fromInclusive,
        byte @Nullable [] toExclusive,
        long version) {
      NavigableMap<StoreKey, ConcurrentSkipListMap<Long, Value>> part =
          rows.subMap(
              new StoreKey(keyspace, fromInclusive == null ? new byte[0] : fromInclusive),
              true,
              toExclusive == null
                  ? new StoreKey(keyspace + 1, new byte[0])
                  : new StoreKey(keyspace, toExclusive),
              false);
      return new Cursor(part.entrySet().iterator(), version);
    }
  }

  private static final class Cursor implements StoreCursor {
    private final Iterator<Map.Entry<StoreKey, ConcurrentSkipListMap<Long, Value>>> entries;
    private final long version;
    private byte[] key = new byte[0];
    private Map.Entry<Long, Value> entry = Map.entry(-1L, new Value(null));

    Cursor(
        Iterator<Map.Entry<StoreKey, ConcurrentSkipListMap<Long, Value>>> entries, long version) {
      this.entries = entries;
      this.version = version;
    }

    @Override
    public boolean next() {
      while (entries.hasNext()) {
        Map.Entry<StoreKey, ConcurrentSkipListMap<Long, Value>> next = entries.next();
        Map.Entry<Long, Value> found = next.getValue().floorEntry(version);
        if (found != null) {
          key = next.getKey().key();
          entry = found;
          return true;
        }
      }
      return false;
    }

    @Override
    public byte[] key() {
      return key;
    }

    @Override
    public byte[] value() {
      byte[] row = entry.getValue().row();
      return row == null ? new byte[0] : row;
    }

    @Override
    public long version() {
      return entry.getKey();
    }

    @Override
    public boolean isDeleted() {
      return entry.getValue().row() == null;
    }

    @Override
    public void close() {}
  }

  LaggingShards(CommitLog log, int shardCount, int lagMax, long seed) throws IOException {
    this.shardCount = shardCount;
    this.lagMax = lagMax;
    this.log = log.read(0);
    random = new Random(seed);
    shards = new Shard[shardCount];
    Arrays.setAll(shards, i -> new Shard());
    thread = new Thread(this::follow, "lagging-shards");
    thread.setDaemon(true);
    thread.start();
  }

  private void follow() {
    List<List<LogRecord>> pending = new ArrayList<>();
    for (int i = 0; i < shardCount; i++) {
      pending.add(new ArrayList<>());
    }
    try {
      while (!closed) {
        LogRecord record = log.poll();
        if (record == null) {
          for (int shard = 0; shard < shardCount; shard++) {
            apply(shard, pending.get(shard), pending.get(shard).size());
          }
          log.available().get();
          continue;
        }
        for (int shard = 0; shard < shardCount; shard++) {
          List<LogRecord> due = pending.get(shard);
          due.add(record);
          if (due.size() > random.nextInt(lagMax + 1)) {
            apply(shard, due, 1 + random.nextInt(due.size()));
          }
        }
      }
    } catch (Exception e) {
      if (!closed) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void apply(int number, List<LogRecord> due, int count) {
    Shard shard = shards[number];
    for (LogRecord record : due.subList(0, count)) {
      if (record instanceof LogRecord.Commit commit) {
        for (LogRecord.Change change : commit.changes()) {
          if (change instanceof RowChange row && row.shard() == number) {
            shard
                .rows
                .computeIfAbsent(
                    new StoreKey(Keyspaces.rows(row.tableId()), row.key()),
                    k -> new ConcurrentSkipListMap<>())
                .put(commit.csn(), new Value(row.row()));
          }
        }
      }
      List<CompletableFuture<Void>> ready;
      synchronized (shard.waiting) {
        shard.watermark = record.csn();
        NavigableMap<Long, CompletableFuture<Void>> reached =
            shard.waiting.headMap(record.csn(), true);
        ready = new ArrayList<>(reached.values());
        reached.clear();
      }
      ready.forEach(future -> future.complete(null));
    }
    due.subList(0, count).clear();
  }

  @Override
  public int shardCount() {
    return shardCount;
  }

  @Override
  public boolean ready(int shard, long csn) {
    return shards[shard].watermark >= csn;
  }

  @Override
  public CompletableFuture<Void> whenReady(int shard, long csn) {
    synchronized (shards[shard].waiting) {
      return ready(shard, csn)
          ? CompletableFuture.completedFuture(null)
          : shards[shard].waiting.computeIfAbsent(csn, k -> new CompletableFuture<>());
    }
  }

  @Override
  public StoreReader reader(int shard) {
    return shards[shard];
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
