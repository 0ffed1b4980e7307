package io.omendb.jobs.serve.shard;

import io.omendb.jobs.table.Keyspaces;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to read a table's rows above what the subtask has applied, where commits are missing:
 * {@link IllegalStateException}, as when nobody holds the shard. Who waited for the shard may have
 * waited for another subtask, which has ended since and whose successor is not that far.
 *
 * <p>Refuses to read a table's rows below its horizon, where versions may be gone: SNAPSHOT_TOO_OLD
 * instead of a wrong answer. Who holds the horizon back never notices; a snapshot that an earlier
 * coordinator gave out is unknown to the present one, and does.
 *
 * <p>That check comes after the read, since the horizon rises before anything is let go of: what a
 * read missed, the check sees. A cursor keeps what it was opened on. Thread-safe.
 */
final class GuardedReader implements StoreReader {
  private final StoreReader stored;
  private final SubtaskShards shards;

  GuardedReader(StoreReader stored, SubtaskShards shards) {
    this.stored = stored;
    this.shards = shards;
  }

  private static boolean isRows(int keyspace) {
    return keyspace == Keyspaces.rows(Keyspaces.tableId(keyspace));
  }

  private void checkBefore(int keyspace, long version) {
    if (isRows(keyspace)) {
      shards.requireApplied(version);
    }
  }

  private void checkAfter(int keyspace, long version) {
    if (isRows(keyspace)) {
      shards.requireReadable(Keyspaces.tableId(keyspace), version);
    }
  }

  @Override
  public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
    checkBefore(keyspace, version);
    byte[] value = stored.get(keyspace, keyGroup, key, version);
    checkAfter(keyspace, version);
    return value;
  }

  @Override
  public byte @Nullable [] getPromptly(
      int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
    checkBefore(keyspace, version);
    byte[] value = stored.getPromptly(keyspace, keyGroup, key, version, valueBytesMax);
    checkAfter(keyspace, version);
    return value;
  }

  @Override
  public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
    checkBefore(keyspace, version);
    long newest = stored.newestVersion(keyspace, keyGroup, key, version);
    checkAfter(keyspace, version);
    return newest;
  }

  @Override
  public StoreCursor scan(
      int keyspace,
      int keyGroup,
      byte @Nullable [] fromInclusive,
      byte @Nullable [] toExclusive,
      long version) {
    checkBefore(keyspace, version);
    StoreCursor cursor = stored.scan(keyspace, keyGroup, fromInclusive, toExclusive, version);
    boolean checked = false;
    try {
      checkAfter(keyspace, version);
      checked = true;
      return cursor;
    } finally {
      if (!checked) {
        cursor.close();
      }
    }
  }
}
