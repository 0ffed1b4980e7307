package io.omendb.state.backend;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * List state: one entry, the elements with a comma byte between them (Flink's canonical form).
 * Adding is a read and a write of the whole list.
 */
final class LearnedListState<K, N, V> extends AbstractLearnedState<K, N, List<V>>
    implements InternalListState<K, N, V> {

  private static final byte DELIMITER = ',';

  private final ListDelimitedSerializer lists = new ListDelimitedSerializer();
  private TypeSerializer<V> elementSerializer;

  LearnedListState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, List<V>> metaInfo) {
    super(context, keySerializer, keyspace, metaInfo);
    this.elementSerializer = elementSerializer();
  }

  @Override
  void configure(
      StateDescriptor<?, List<V>> descriptor,
      RegisteredKeyValueStateBackendMetaInfo<N, List<V>> metaInfo) {
    super.configure(descriptor, metaInfo);
    elementSerializer = elementSerializer();
  }

  private TypeSerializer<V> elementSerializer() {
    return ((ListSerializer<V>) valueSerializer).getElementSerializer();
  }

  @Override
  public @Nullable Iterable<V> get() {
    return getInternal();
  }

  @Override
  public @Nullable List<V> getInternal() {
    byte[] bytes = readCurrent(currentKey());
    return bytes == null ? null : decode(bytes);
  }

  @Override
  public void add(V value) {
    Objects.requireNonNull(value, "You cannot add null to a ListState.");
    append(currentKey(), serialize(value, elementSerializer));
  }

  @Override
  public void addAll(List<V> values) {
    Objects.requireNonNull(values, "List of values to add cannot be null.");
    if (!values.isEmpty()) {
      append(currentKey(), encode(values));
    }
  }

  @Override
  public void update(List<V> values) {
    updateInternal(values);
  }

  @Override
  public void updateInternal(List<V> values) {
    Objects.requireNonNull(values, "List of values to add cannot be null.");
    if (values.isEmpty()) {
      clear();
    } else {
      writeCurrent(currentKey(), encode(values));
    }
  }

  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) {
    if (sources == null) {
      return;
    }
    for (N source : sources) {
      byte[] taken = source == null ? null : take(source);
      if (taken != null) {
        setCurrentNamespace(target);
        append(currentKey(), taken);
      }
    }
  }

  private void append(byte[] key, byte[] elements) {
    byte[] former = readCurrent(key);
    writeCurrent(key, former == null ? elements : join(former, DELIMITER, elements));
  }

  private List<V> decode(byte[] bytes) {
    try {
      return lists.deserializeList(bytes, elementSerializer);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The list state cannot be deserialized", e);
    }
  }

  private byte[] encode(List<V> values) {
    try {
      return lists.serializeList(values, elementSerializer);
    } catch (IOException e) {
      throw new FlinkRuntimeException("The list state cannot be serialized", e);
    }
  }

  @Override
  @SuppressWarnings("unchecked") // a list state's serializers are list serializers
  void migrateValue(
      DataInputDeserializer source,
      DataOutputSerializer target,
      TtlAwareSerializer<List<V>, ?> former,
      TtlAwareSerializer<List<V>, ?> present,
      TtlTimeProvider ttlTimeProvider)
      throws IOException {
    TtlAwareSerializer<V, ?> formerElement =
        ((TtlAwareSerializer.TtlAwareListSerializer<V>) (TtlAwareSerializer<?, ?>) former)
            .getElementSerializer();
    TtlAwareSerializer<V, ?> presentElement =
        ((TtlAwareSerializer.TtlAwareListSerializer<V>) (TtlAwareSerializer<?, ?>) present)
            .getElementSerializer();
    while (source.available() > 0) {
      presentElement.migrateValueFromPriorSerializer(
          formerElement,
          () -> ListDelimitedSerializer.deserializeNextElement(source, formerElement),
          target,
          ttlTimeProvider);
      if (source.available() > 0) {
        target.write(DELIMITER);
      }
    }
  }

  @Override
  List<V> valueOf(StoredEntry first, byte[] prefix, int keyGroup) {
    return decode(first.value());
  }

  @Override
  void replaceValue(int keyGroup, byte[] prefix, @Nullable List<V> value) {
    if (value == null || value.isEmpty()) {
      context.delete(keyspace, keyGroup, prefix);
    } else {
      context.put(keyspace, keyGroup, prefix, encode(value));
    }
  }
}
