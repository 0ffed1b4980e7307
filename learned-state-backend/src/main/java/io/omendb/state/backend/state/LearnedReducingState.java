package io.omendb.state.backend.state;

import java.util.Collection;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.jspecify.annotations.Nullable;

/** Reducing state. */
public final class LearnedReducingState<K, N, V> extends SingleEntryState<K, N, V>
    implements InternalReducingState<K, N, V> {

  private ReduceFunction<V> reduce;

  public LearnedReducingState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo,
      ReducingStateDescriptor<V> descriptor) {
    super(context, keySerializer, keyspace, metaInfo);
    this.reduce = descriptor.getReduceFunction();
  }

  @Override
  @SuppressWarnings("unchecked") // the same state is always re-registered with its own types
  public void configure(
      StateDescriptor<?, V> descriptor, RegisteredKeyValueStateBackendMetaInfo<N, V> metaInfo) {
    super.configure(descriptor, metaInfo);
    reduce = ((ReducingStateDescriptor<V>) descriptor).getReduceFunction();
  }

  @Override
  public @Nullable V get() {
    return getInternal();
  }

  @Override
  public @Nullable V getInternal() {
    return readInternal();
  }

  @Override
  public void updateInternal(@Nullable V value) {
    writeInternal(value);
  }

  @Override
  public void add(V value) throws Exception {
    byte[] key = currentKey();
    byte[] former = readCurrent(key);
    V reduced = former == null ? value : reduce.reduce(deserialize(former, valueSerializer), value);
    writeCurrent(key, serialize(reduced, valueSerializer));
  }

  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) throws Exception {
    if (sources == null) {
      return;
    }
    V merged = null;
    for (N source : sources) {
      byte[] taken = source == null ? null : take(source);
      if (taken != null) {
        V value = deserialize(taken, valueSerializer);
        merged = merged == null ? value : reduce.reduce(merged, value);
      }
    }
    if (merged != null) {
      setCurrentNamespace(target);
      add(merged);
    }
  }
}
