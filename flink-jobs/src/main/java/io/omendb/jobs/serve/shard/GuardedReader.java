package io.omendb.jobs.serve.shard;

import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to read a table's rows below its horizon, where versions may be gone: SNAPSHOT_TOO_OLD
 * instead of a wrong answer. Who holds the horizon back never notices; a snapshot that an earlier
 * coordinator gave out is unknown to the present one, and does.
 *
 * <p>The check comes after the read, since the horizon rises before anything is let go of: what a
 * read missed, the check sees. A cursor keeps what it was opened on. Thread-safe.
 */
final class GuardedReader implements StoreReader {
  private final StoreReader stored;
  private final SubtaskShards shards;

  GuardedReader(StoreReader stored, SubtaskShards shards) {
    this.stored = stored;
    this.shards = shards;
  }

  private void check(int keyspace, long version) {
    int tableId = Keyspaces.tableId(keyspace);
    if (keyspace == Keyspaces.rows(tableId)) {
      shards.requireReadable(tableId, version);
    }
  }

  @Override
  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
    byte[] value = stored.get(keyspace, keyGroup, key, version);
    check(keyspace, version);
    return value;
  }

  @Override
  public byte @Nullable [] getPromptly(
      int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
    byte[] value = stored.getPromptly(keyspace, keyGroup, key, version, valueBytesMax);
    check(keyspace, version);
    return value;
  }

  @Override
  public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
    long newest = stored.newestVersion(keyspace, keyGroup, key, version);
    check(keyspace, version);
    return newest;
  }

  @Override
  public StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version) {
    StoreCursor cursor = stored.scan(keyspace, keyGroup, fromInclusive, toExclusive, version);
    boolean checked = false;
    try {
      check(keyspace, version);
      checked = true;
      return cursor;
    } finally {
      if (!checked) {
        cursor.close();
      }
    }
  }
}
