package io.omendb.state.backend.restore;

import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.KeyTranscoder;
import io.omendb.state.backend.form.ListChunks;
import io.omendb.state.backend.form.RegisteredState;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StateId;
import io.omendb.state.backend.form.StoredForms;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredStateMetaInfoBase;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.apache.flink.runtime.state.restore.KeyGroup;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;
import org.apache.flink.runtime.state.restore.SavepointRestoreResult;
import org.apache.flink.runtime.state.restore.ThrowingIterator;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/** Restores from savepoints in Flink's canonical format, whichever backend wrote them. */
public final class CanonicalRestore<K> {

  private static final long RESTORED_SEQUENCE = 1;

  private final Path directory;
  private final StoreOptions options;
  private final int keyGroupPrefixBytes;
  private final FullSnapshotRestoreOperation<K> savepoint;
  private final StateSerializerProvider<K> keySerializerProvider;
  private final DataOutputSerializer keyOutput = new DataOutputSerializer(128);

  public CanonicalRestore(
      Path directory,
      StoreOptions options,
      KeyGroupRange keyGroups,
      int totalKeyGroups,
      StateSerializerProvider<K> keySerializerProvider,
      ClassLoader classLoader,
      Collection<KeyedStateHandle> handles) {
    this.directory = directory;
    this.options = options;
    this.keyGroupPrefixBytes =
        CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(totalKeyGroups);
    this.keySerializerProvider = keySerializerProvider;
    this.savepoint =
        new FullSnapshotRestoreOperation<>(
            keyGroups,
            classLoader,
            handles.stream().map(BufferedKeyGroups::of).toList(),
            keySerializerProvider);
  }

  public RestoredBackend restore() throws IOException, StateMigrationException {
    LearnedStore store = LearnedStore.open(directory.resolve("store"), options);
    boolean complete = false;
    try {
      StateCatalog catalog = new StateCatalog();
      try (ThrowingIterator<SavepointRestoreResult> parts = savepoint.restore()) {
        while (parts.hasNext()) {
          restorePart(parts.next(), store, catalog);
        }
      }
      complete = true;
      return new RestoredBackend(store, catalog, RESTORED_SEQUENCE + 1, keyPart().form());
    } finally {
      if (!complete) {
        store.close();
      }
    }
  }

  /** Keys of new data; only after a part was opened, which says how its keys were serialized. */
  private KeyPart<K> keyPart() {
    return KeyPart.of(keySerializerProvider.currentSchemaSerializer());
  }

  private void restorePart(SavepointRestoreResult part, LearnedStore store, StateCatalog catalog)
      throws IOException, StateMigrationException {
    List<StateMetaInfoSnapshot> metaInfos = part.getStateMetaInfoSnapshots();
    int[] keyspaces = new int[metaInfos.size()];
    boolean[] lists = new boolean[keyspaces.length];
    List<@Nullable KeyTranscoder<?, ?, ?>> transcoders = new ArrayList<>();
    KeyPart<K> keyPart = keyPart();
    for (int i = 0; i < keyspaces.length; i++) {
      StateMetaInfoSnapshot metaInfo = metaInfos.get(i);
      StateId id = new StateId(metaInfo.getBackendStateType(), metaInfo.getName());
      RegisteredState state = catalog.find(id);
      if (state == null) {
        state = catalog.register(id, RegisteredStateMetaInfoBase.fromMetaInfoSnapshot(metaInfo));
        state = catalog.define(state, StoredForms.of(keyPart, state.metaInfo()));
      }
      keyspaces[i] = state.keyspace();
      lists[i] = state.isList();
      transcoders.add(KeyTranscoder.fromCanonical(keyPart, state.forms(), state.metaInfo()));
    }
    try (ThrowingIterator<KeyGroup> keyGroups = part.getRestoredKeyGroups()) {
      while (keyGroups.hasNext()) {
        KeyGroup keyGroup = keyGroups.next();
        try (ThrowingIterator<KeyGroupEntry> entries = keyGroup.getKeyGroupEntries()) {
          while (entries.hasNext()) {
            KeyGroupEntry entry = entries.next();
            if (entry.getKvStateId() >= keyspaces.length) {
              throw new IOException("The savepoint has no state number " + entry.getKvStateId());
            }
            writeKey(entry.getKey(), transcoders.get(entry.getKvStateId()));
            byte[] value =
                lists[entry.getKvStateId()]
                    ? ListChunks.headOf(entry.getValue())
                    : entry.getValue();
            store.put(
                keyspaces[entry.getKvStateId()],
                keyGroup.getKeyGroupId(),
                keyOutput.getSharedBuffer(),
                keyOutput.length(),
                RESTORED_SEQUENCE,
                value,
                value.length);
          }
        }
      }
    }
  }

  private void writeKey(byte[] prefixed, @Nullable KeyTranscoder<?, ?, ?> keys) throws IOException {
    keyOutput.clear();
    if (keys == null) {
      keyOutput.write(prefixed, keyGroupPrefixBytes, prefixed.length - keyGroupPrefixBytes);
    } else {
      keys.transcode(prefixed, keyGroupPrefixBytes, keyOutput);
    }
  }
}
