package io.omendb.state.backend.table;

import io.omendb.state.store.StoreReader;
import org.apache.flink.runtime.state.KeyGroupRange;

/**
 * Versioned, ordered, keyspaced state of one subtask. Writes come from the task thread; {@link
 * #reader()} serves any thread and lives until the backend is disposed, after which its reads throw
 * {@link IllegalStateException}.
 */
public interface TableState {

  KeyGroupRange keyGroups();

  /** Writes one version; {@code keyspace} is any value from 0 to 2^30. */
  void put(int keyspace, int keyGroup, byte[] key, long version, byte[] value);

  void delete(int keyspace, int keyGroup, byte[] key, long version);

  /** See {@link io.omendb.state.store.VersionedStore#setHorizon}. */
  void setHorizon(int keyspace, long version);

  void dropKeyspace(int keyspace);

  StoreReader reader();
}
