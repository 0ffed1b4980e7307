package io.omendb.state.backend.snapshot;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyTranscoder;
import io.omendb.state.backend.form.ListChunks;
import io.omendb.state.backend.form.RegisteredState;
import io.omendb.state.backend.form.StateCatalog;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.backend.state.StateContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.FullSnapshotResources;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyValueStateIterator;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSnapshotTransformer;
import org.apache.flink.runtime.state.StreamCompressionDecorator;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.util.ResourceGuard;
import org.jspecify.annotations.Nullable;

/**
 * A savepoint in Flink's canonical format: all live entries as of one sequence number, read from
 * the store while the task goes on writing at the next one. Values are copied; keys are rewritten
 * if they are stored in order.
 */
public final class CanonicalSnapshot<K> implements FullSnapshotResources<K> {

  /**
   * One state: its place, its form, what filters its values (expired ones, nulls), and what
   * rewrites its keys (null: they are canonical).
   */
  private record Source(
      int keyspace,
      boolean isList,
      @Nullable StateSnapshotTransformer<byte[]> transformer,
      @Nullable KeyTranscoder<?, ?, ?> keys) {}

  private final StateContext<K> context;
  private final long sequence;
  private final SnapshotVersions versions;
  private final ResourceGuard storeGuard;
  private final TypeSerializer<K> keySerializer;
  private final StreamCompressionDecorator compression;
  private final List<StateMetaInfoSnapshot> metaInfos = new ArrayList<>();
  private final List<Source> sources = new ArrayList<>();

  /** Task thread. */
  public CanonicalSnapshot(
      StateContext<K> context,
      StateCatalog catalog,
      SnapshotVersions versions,
      ResourceGuard storeGuard,
      TypeSerializer<K> keySerializer,
      StreamCompressionDecorator compression) {
    this.context = context;
    this.versions = versions;
    this.storeGuard = storeGuard;
    this.keySerializer = keySerializer;
    this.compression = compression;
    for (RegisteredState state : catalog.keyValueStatesThenQueues()) {
      metaInfos.add(state.metaInfo().snapshot());
      sources.add(
          new Source(
              state.keyspace(),
              state.isList(),
              transformerOf(state),
              KeyTranscoder.toCanonical(context.keyPart(), state.forms(), state.metaInfo())));
    }
    this.sequence = context.advanceSequence();
    versions.pin(sequence);
  }

  private static @Nullable StateSnapshotTransformer<byte[]> transformerOf(RegisteredState state) {
    return state.metaInfo() instanceof RegisteredKeyValueStateBackendMetaInfo<?, ?> keyValue
        ? keyValue.getStateSnapshotTransformFactory().createForSerializedState().orElse(null)
        : null;
  }

  @Override
  public List<StateMetaInfoSnapshot> getMetaInfoSnapshots() {
    return metaInfos;
  }

  @Override
  public KeyGroupRange getKeyGroupRange() {
    return context.keyGroups();
  }

  @Override
  public TypeSerializer<K> getKeySerializer() {
    return keySerializer;
  }

  @Override
  public StreamCompressionDecorator getStreamCompressionDecorator() {
    return compression;
  }

  @Override
  public KeyValueStateIterator createKVStateIterator() throws IOException {
    return new Entries(storeGuard.acquireResource());
  }

  @Override
  public void release() {
    versions.release(sequence);
  }

  /** All entries, by key group, then state, then key; on the snapshot's thread. */
  private final class Entries implements KeyValueStateIterator {
    private final ResourceGuard.Lease lease;
    private final int prefixBytes;
    private final DataOutputSerializer keyOutput = new DataOutputSerializer(128);
    private int keyGroup = context.keyGroups().getStartKeyGroup();
    private int stateIndex = -1;
    private @Nullable EntryPages pages;
    private byte @Nullable [] key;
    private byte[] value = {};
    private boolean newKeyGroup;
    private boolean newState;

    Entries(ResourceGuard.Lease lease) throws IOException {
      this.lease = lease;
      this.prefixBytes =
          CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(
              context.totalKeyGroups());
      int firstKeyGroup = keyGroup;
      advance();
      // "New" is relative to a former entry, and the first has none.
      newKeyGroup = keyGroup != firstKeyGroup;
      newState = true;
    }

    private void advance() throws IOException {
      newKeyGroup = false;
      newState = false;
      while (true) {
        while (pages != null && pages.hasNext()) {
          StoredEntry entry = pages.next();
          byte[] kept = canonicalValue(entry);
          if (kept != null) {
            key = withKeyGroup(entry.key());
            value = kept;
            return;
          }
        }
        if (!openNext()) {
          key = null;
          return;
        }
      }
    }

    private byte @Nullable [] canonicalValue(StoredEntry entry) {
      Source source = sources.get(stateIndex);
      byte[] value =
          source.isList()
              ? ListChunks.canonical(
                  context.store(),
                  source.keyspace(),
                  keyGroup,
                  entry.key(),
                  entry.value(),
                  sequence)
              : entry.value();
      StateSnapshotTransformer<byte[]> transformer = source.transformer();
      return transformer == null || value == null ? value : transformer.filterOrTransform(value);
    }

    private boolean openNext() {
      stateIndex++;
      newState = true;
      if (stateIndex == sources.size()) {
        stateIndex = 0;
        keyGroup++;
        newKeyGroup = true;
      }
      if (sources.isEmpty() || keyGroup > context.keyGroups().getEndKeyGroup()) {
        return false;
      }
      pages =
          new EntryPages(
              context.store(), sources.get(stateIndex).keyspace(), keyGroup, null, () -> sequence);
      return true;
    }

    private byte[] withKeyGroup(byte[] storedKey) throws IOException {
      keyOutput.clear();
      CompositeKeySerializationUtils.writeKeyGroup(keyGroup, prefixBytes, keyOutput);
      KeyTranscoder<?, ?, ?> keys = sources.get(stateIndex).keys();
      if (keys == null) {
        keyOutput.write(storedKey);
      } else {
        keys.transcode(storedKey, 0, keyOutput);
      }
      return keyOutput.getCopyOfBuffer();
    }

    @Override
    public void next() throws IOException {
      advance();
    }

    @Override
    public boolean isValid() {
      return key != null;
    }

    @Override
    public int keyGroup() {
      return keyGroup;
    }

    @Override
    public byte[] key() {
      if (key == null) {
        throw new NoSuchElementException();
      }
      return key;
    }

    @Override
    public byte[] value() {
      return value;
    }

    @Override
    public int kvStateId() {
      return stateIndex;
    }

    @Override
    public boolean isNewKeyValueState() {
      return newState;
    }

    @Override
    public boolean isNewKeyGroup() {
      return newKeyGroup;
    }

    @Override
    public void close() {
      lease.close();
    }
  }
}
