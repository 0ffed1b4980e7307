package io.omendb.state.store;

/**
 * A versioned ordered key-value store with one writer thread and any number of readers.
 *
 * <p>Writing the same (keyspace, key group, key, version) again replaces that version. Within a
 * key, versions may arrive in any order but normally rise. Versions that no read at or above the
 * keyspace's horizon can see are dropped at compaction.
 */
public interface VersionedStore extends StoreReader, AutoCloseable {

  /** Writes one version. Writer thread only. */
  void put(int keyspace, int keyGroup, byte[] key, long version, byte[] value);

  /** Writes a deletion. Writer thread only. */
  void delete(int keyspace, int keyGroup, byte[] key, long version);

  /**
   * Reads of {@code keyspace} below {@code version} will not be made any more; only rises. The
   * default horizon is 0. An entry shadowed by a newer one at or below the horizon may be dropped,
   * and so may a deletion at or below it. So a version at or below the horizon is written only if
   * the key has no newer one that is at or below it too.
   */
  void setHorizon(int keyspace, long version);

  /**
   * Physically forgets a whole keyspace (a dropped table), now or at compaction. Reads of it find
   * nothing at once. What is written to it afterwards is kept.
   */
  void dropKeyspace(int keyspace);

  /**
   * Freezes the memtable, makes all that was written until now durable in run files, and returns
   * them pinned. Writer thread only, and short: writing the frozen memtable is done by {@link
   * StoreCheckpoint#materialize()}, on another thread.
   */
  StoreCheckpoint checkpoint();

  @Override
  void close();
}
