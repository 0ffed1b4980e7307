package io.omendb.state.backend.state;

import io.omendb.state.backend.form.CompositeKey;
import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.KeyNamespaceForm;
import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.store.ValueBuffer;
import java.io.IOException;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * Base of all keyed states: one store entry per key and namespace (map state: per user key), whose
 * value bytes are Flink's canonical ones, so that canonical savepoints copy them unchanged. Only
 * {@link LearnedListState} has a form of its own.
 *
 * <p>Task thread only, except {@link #getSerializedValue}.
 */
public abstract class AbstractLearnedState<K, N, V> implements InternalKvState<K, N, V> {

  static final int NO_KEYSPACE = -1;

  public final StateContext<K> context;
  public final int keyspace;
  private final TypeSerializer<K> keySerializer;
  private final DataOutputSerializer output = new DataOutputSerializer(128);
  private final DataInputDeserializer input = new DataInputDeserializer();
  TypeSerializer<N> namespaceSerializer;
  TypeSerializer<V> valueSerializer;

  /** How {@code key ‖ namespace} is stored. */
  KeyNamespaceForm<K, N> form;

  private @Nullable V defaultValue;
  private @Nullable N currentNamespace;

  AbstractLearnedState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    this.context = context;
    this.keySerializer = keySerializer;
    this.keyspace = keyspace;
    this.namespaceSerializer = metaInfo.getNamespaceSerializer();
    this.valueSerializer = metaInfo.getStateSerializer();
    this.form = formOf(namespaceSerializer);
  }

  private KeyNamespaceForm<K, N> formOf(TypeSerializer<N> namespaces) {
    return KeyNamespaceForm.of(
        context.keyPart(), KeyPart.of(namespaces, context.forms(keyspace).namespace()));
  }

  /** Takes over serializers, default and functions of a descriptor; called at each registration. */
  public void configure(
      StateDescriptor<?, V> descriptor, RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    namespaceSerializer = metaInfo.getNamespaceSerializer();
    valueSerializer = metaInfo.getStateSerializer();
    form = formOf(namespaceSerializer);
    defaultValue = descriptor.getDefaultValue();
  }

  @Override
  public TypeSerializer<K> getKeySerializer() {
    return keySerializer;
  }

  @Override
  public TypeSerializer<N> getNamespaceSerializer() {
    return namespaceSerializer;
  }

  @Override
  public TypeSerializer<V> getValueSerializer() {
    return valueSerializer;
  }

  @Override
  public void setCurrentNamespace(N namespace) {
    currentNamespace = namespace;
  }

  @Override
  public void clear() {
    selectCurrent();
    context.deleteCurrent(keyspace);
  }

  @Nullable V copyOfDefaultValue() {
    return defaultValue == null ? null : valueSerializer.copy(defaultValue);
  }

  /** Makes {@code key ‖ namespace} of now the context's composite. */
  final void selectCurrent() {
    context.key().with(namespace(), form);
  }

  /** As {@link #selectCurrent()}, with a user key behind. */
  final <T> void selectCurrent(T userKey, KeyPart<T> userKeys) {
    context.key().with(namespace(), form, userKey, userKeys);
  }

  /** {@code key ‖ namespace} of now. */
  public byte[] currentKey() {
    selectCurrent();
    return context.key().copy();
  }

  private N namespace() {
    if (currentNamespace == null) {
      throw new IllegalStateException("No namespace has been set");
    }
    return currentNamespace;
  }

  byte @Nullable [] readCurrent(byte[] key) {
    return context.get(keyspace, context.currentKeyGroup(), key);
  }

  void writeCurrent(byte[] key, byte[] value) {
    context.put(keyspace, context.currentKeyGroup(), key, value);
  }

  /** Stores a value under the context's composite. */
  final <T> void writeSelected(T value, TypeSerializer<T> serializer) {
    try {
      output.clear();
      serializer.serialize(value, output);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The state value cannot be serialized", e);
    }
    context.writeCurrent(keyspace, output.getSharedBuffer(), output.length());
  }

  /** As {@link #writeSelected}, with a flag byte before (1: null). */
  final <T> void writeSelectedNullable(@Nullable T value, TypeSerializer<T> serializer) {
    serializeNullableToOutput(value, serializer);
    context.writeCurrent(keyspace, output.getSharedBuffer(), output.length());
  }

  /** Reads and deletes what {@code source} holds under the current key; null if nothing. */
  byte @Nullable [] take(N source) {
    setCurrentNamespace(source);
    byte[] key = currentKey();
    byte[] value = readCurrent(key);
    if (value != null) {
      context.delete(keyspace, context.currentKeyGroup(), key);
    }
    return value;
  }

  <T> byte[] serialize(T value, TypeSerializer<T> serializer) {
    try {
      output.clear();
      serializer.serialize(value, output);
      return output.getCopyOfBuffer();
    } catch (IOException e) {
      throw new FlinkRuntimeException("The state value cannot be serialized", e);
    }
  }

  /** A flag byte (1: null), then the value if there is one. */
  <T> byte[] serializeNullable(@Nullable T value, TypeSerializer<T> serializer) {
    serializeNullableToOutput(value, serializer);
    return output.getCopyOfBuffer();
  }

  private <T> void serializeNullableToOutput(@Nullable T value, TypeSerializer<T> serializer) {
    try {
      output.clear();
      output.writeBoolean(value == null);
      if (value != null) {
        serializer.serialize(value, output);
      }
    } catch (IOException e) {
      throw new FlinkRuntimeException("The state value cannot be serialized", e);
    }
  }

  <T> T deserialize(byte[] bytes, TypeSerializer<T> serializer) {
    return deserialize(bytes, 0, serializer);
  }

  <T> T deserialize(byte[] bytes, int offset, TypeSerializer<T> serializer) {
    return deserialize(bytes, offset, bytes.length - offset, serializer);
  }

  <T> T deserialize(ValueBuffer read, TypeSerializer<T> serializer) {
    return deserialize(read.bytes(), 0, read.length(), serializer);
  }

  private <T> T deserialize(byte[] bytes, int offset, int length, TypeSerializer<T> serializer) {
    try {
      input.setBuffer(bytes, offset, length);
      return serializer.deserialize(input);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The state value cannot be deserialized", e);
    }
  }

  <T> @Nullable T deserializeNullable(ValueBuffer read, TypeSerializer<T> serializer) {
    return read.bytes()[0] != 0
        ? null
        : deserialize(read.bytes(), 1, read.length() - 1, serializer);
  }

  <T> @Nullable T deserializeNullable(byte[] bytes, TypeSerializer<T> serializer) {
    return bytes[0] != 0 ? null : deserialize(bytes, 1, serializer);
  }

  /** Rewrites one stored value from a former serializer to the present one. */
  @SuppressWarnings("unchecked")
  void migrateValue(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<V, ?> former,
      TtlAwareSerializer<V, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException, StateMigrationException {
    present.migrateValueFromPriorSerializer(
        former, () -> former.deserialize(source), target, ttlTimeProvider);
  }

  /** A second keyspace of this state's values; {@link #NO_KEYSPACE} if there is none. */
  public int furtherKeyspace() {
    return NO_KEYSPACE;
  }

  /** As {@link #migrateValue}, of a value in the {@link #furtherKeyspace()}. */
  void migrateFurtherValue(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<V, ?> former,
      TtlAwareSerializer<V, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException, StateMigrationException {
    throw new UnsupportedOperationException();
  }

  @Override
  public byte @Nullable [] getSerializedValue(
      byte[] serializedKeyAndNamespace,
      TypeSerializer<K> safeKeySerializer,
      TypeSerializer<N> safeNamespaceSerializer,
      TypeSerializer<V> safeValueSerializer)
      throws Exception {
    Tuple2<K, N> keyAndNamespace =
        KvStateSerializer.deserializeKeyAndNamespace(
            serializedKeyAndNamespace, safeKeySerializer, safeNamespaceSerializer);
    int keyGroup =
        KeyGroupRangeAssignment.assignToKeyGroup(keyAndNamespace.f0, context.totalKeyGroups());
    KeyNamespaceForm<K, N> safeForm = form.with(safeKeySerializer, safeNamespaceSerializer);
    CompositeKey<K> composite = new CompositeKey<>(safeForm.key());
    composite.select(keyAndNamespace.f0);
    composite.with(keyAndNamespace.f1, safeForm);
    return serializedValue(keyGroup, composite.copy(), safeValueSerializer);
  }

  /** Any thread. The value in the form that queryable state's clients read. */
  byte @Nullable [] serializedValue(int keyGroup, byte[] key, TypeSerializer<V> safeValueSerializer)
      throws IOException {
    return context.get(keyspace, keyGroup, key);
  }

  @Override
  public StateIncrementalVisitor<K, N, V> getStateIncrementalVisitor(
      int recommendedMaxNumberOfReturnedRecords) {
    return new IncrementalVisitor<>(this, recommendedMaxNumberOfReturnedRecords);
  }

  /** For incremental visits: the first live entry of {@code prefix} now, null if none is left. */
  @Nullable StoredEntry currentForm(int keyGroup, StoredEntry seen, byte[] prefix) {
    byte[] value = context.get(keyspace, keyGroup, seen.key());
    if (value != null) {
      return new StoredEntry(seen.key(), value);
    }
    EntryPages entries = context.entries(keyspace, keyGroup, prefix);
    return entries.hasNext() ? entries.next() : null;
  }

  /** For incremental visits: the whole value of {@code prefix}, whose first entry is known. */
  abstract V valueOf(StoredEntry first, byte[] prefix, int keyGroup);

  /** For incremental visits: replaces the value of {@code prefix}, null removes it. */
  abstract void replaceValue(int keyGroup, byte[] prefix, @Nullable V value);
}
