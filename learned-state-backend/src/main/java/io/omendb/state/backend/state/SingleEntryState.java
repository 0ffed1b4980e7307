package io.omendb.state.backend.state;

import io.omendb.state.backend.form.StoredEntry;
import io.omendb.state.store.ValueBuffer;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.jspecify.annotations.Nullable;

/** A state whose value per key and namespace is one store entry in its serializer's form. */
abstract class SingleEntryState<K, N, V> extends AbstractLearnedState<K, N, V> {

  SingleEntryState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    super(context, keySerializer, keyspace, metaInfo);
  }

  @Nullable V readInternal() {
    selectCurrent();
    ValueBuffer read = context.readCurrent(keyspace);
    return read == null ? null : deserialize(read, valueSerializer);
  }

  void writeInternal(@Nullable V value) {
    if (value == null) {
      clear();
    } else {
      selectCurrent();
      writeSelected(value, valueSerializer);
    }
  }

  @Override
  V valueOf(StoredEntry first, byte[] prefix, int keyGroup) {
    return deserialize(first.value(), valueSerializer);
  }

  @Override
  void replaceValue(int keyGroup, byte[] prefix, @Nullable V value) {
    if (value == null) {
      context.delete(keyspace, keyGroup, prefix);
    } else {
      context.put(keyspace, keyGroup, prefix, serialize(value, valueSerializer));
    }
  }
}
