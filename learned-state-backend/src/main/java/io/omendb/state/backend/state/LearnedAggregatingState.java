package io.omendb.state.backend.state;

import java.util.Collection;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.internal.InternalAggregatingState;
import org.jspecify.annotations.Nullable;

/** Aggregating state; the entry holds the accumulator. */
public final class LearnedAggregatingState<K, N, T, A, R> extends SingleEntryState<K, N, A>
    implements InternalAggregatingState<K, N, T, A, R> {

  private AggregateFunction<T, A, R> aggregate;

  public LearnedAggregatingState(
      StateContext<K> context,
      TypeSerializer<K> keySerializer,
      int keyspace,
      RegisteredKeyValueStateBackendMetaInfo<N, A> metaInfo,
      AggregatingStateDescriptor<T, A, R> descriptor) {
    super(context, keySerializer, keyspace, metaInfo);
    this.aggregate = descriptor.getAggregateFunction();
  }

  @Override
  @SuppressWarnings("unchecked") // the same state is always re-registered with its own types
  public void configure(
      StateDescriptor<?, A> descriptor, RegisteredKeyValueStateBackendMetaInfo<N, A> metaInfo) {
    super.configure(descriptor, metaInfo);
    aggregate = ((AggregatingStateDescriptor<T, A, R>) descriptor).getAggregateFunction();
  }

  @Override
  public @Nullable R get() {
    A accumulator = getInternal();
    return accumulator == null ? null : aggregate.getResult(accumulator);
  }

  @Override
  public @Nullable A getInternal() {
    return readInternal();
  }

  @Override
  public void updateInternal(@Nullable A accumulator) {
    writeInternal(accumulator);
  }

  @Override
  public void add(T value) {
    byte[] key = currentKey();
    byte[] former = readCurrent(key);
    A accumulator =
        former == null ? aggregate.createAccumulator() : deserialize(former, valueSerializer);
    writeCurrent(key, serialize(aggregate.add(value, accumulator), valueSerializer));
  }

  @Override
  public void mergeNamespaces(N target, @Nullable Collection<N> sources) {
    if (sources == null) {
      return;
    }
    A merged = null;
    for (N source : sources) {
      byte[] taken = source == null ? null : take(source);
      if (taken != null) {
        A accumulator = deserialize(taken, valueSerializer);
        merged = merged == null ? accumulator : aggregate.merge(merged, accumulator);
      }
    }
    if (merged != null) {
      setCurrentNamespace(target);
      A former = readInternal();
      writeInternal(former == null ? merged : aggregate.merge(former, merged));
    }
  }
}
