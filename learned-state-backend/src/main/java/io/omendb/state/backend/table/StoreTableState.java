package io.omendb.state.backend.table;

import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.store.StoreReader;
import io.omendb.state.store.VersionedStore;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSnapshotTransformer.StateSnapshotTransformFactory;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/** Table state in the store of a backend. */
public final class StoreTableState implements TableState {

  /** Under this name table state appears in Flink's metadata, as a map state. */
  public static final StateId ID = StateId.keyValue("omendb.table-state");

  private static final int KEYSPACE_MAX = 1 << 30;

  private final VersionedStore store;
  private final KeyGroupRange keyGroups;
  private final StoreReader reader;

  public StoreTableState(VersionedStore store, KeyGroupRange keyGroups, ReadGate gate) {
    this.store = store;
    this.keyGroups = keyGroups;
    this.reader = new GatedReader(store, gate);
  }

  public static RegisteredKeyValueStateBackendMetaInfo<VoidNamespace, Map<byte[], byte[]>>
      metaInfo() {
    return new RegisteredKeyValueStateBackendMetaInfo<>(
        StateDescriptor.Type.MAP,
        ID.name(),
        VoidNamespaceSerializer.INSTANCE,
        new MapSerializer<>(
            BytePrimitiveArraySerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE),
        StateSnapshotTransformFactory.noTransform());
  }

  static int storeKeyspace(int keyspace) {
    if (keyspace < 0 || keyspace > KEYSPACE_MAX) {
      throw new IllegalArgumentException(
          "expected a keyspace from 0 to " + KEYSPACE_MAX + ", got " + keyspace);
    }
    return keyspace + StateCatalog.TABLE_KEYSPACE_BASE;
  }

  private void checkKeyGroup(int keyGroup) {
    if (!keyGroups.contains(keyGroup)) {
      throw new IllegalArgumentException(
          "expected a key group of " + keyGroups + ", got " + keyGroup);
    }
  }

  @Override
  public KeyGroupRange keyGroups() {
    return keyGroups;
  }

  @Override
  public void put(int keyspace, int keyGroup, byte[] key, long version, byte[] value) {
    checkKeyGroup(keyGroup);
    store.put(storeKeyspace(keyspace), keyGroup, key, version, value);
  }

  @Override
  public void delete(int keyspace, int keyGroup, byte[] key, long version) {
    checkKeyGroup(keyGroup);
    store.delete(storeKeyspace(keyspace), keyGroup, key, version);
  }

  @Override
  public void setHorizon(int keyspace, long version) {
    store.setHorizon(storeKeyspace(keyspace), version);
  }

  @Override
  public void dropKeyspace(int keyspace) {
    store.dropKeyspace(storeKeyspace(keyspace));
  }

  @Override
  public StoreReader reader() {
    return reader;
  }
}
