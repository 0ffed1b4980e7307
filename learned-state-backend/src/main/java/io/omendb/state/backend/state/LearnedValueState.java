package io.omendb.state.backend.state;

import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.jspecify.annotations.Nullable;

/** Value state. */
public final class LearnedValueState<K, N, V> extends SingleEntryState<K, N, V>
    implements InternalValueState<K, N, V> {

  public LearnedValueState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    super(context, keySerializer, keyspace, metaInfo);
  }

  @Override
  public @Nullable V value() {
    V value = readInternal();
    return value == null ? copyOfDefaultValue() : value;
  }

  @Override
  public void update(@Nullable V value) {
    writeInternal(value);
  }
}
