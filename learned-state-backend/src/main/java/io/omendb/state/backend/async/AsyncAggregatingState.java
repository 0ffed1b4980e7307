package io.omendb.state.backend.async;

import java.util.Collection;
import org.apache.flink.api.common.state.v2.StateFuture;
import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.asyncprocessing.StateRequestType;
import org.apache.flink.runtime.state.internal.InternalMergingState;
import org.apache.flink.runtime.state.v2.internal.InternalAggregatingState;
import org.jspecify.annotations.Nullable;

/** Aggregating state of State V2: reads, adds to and writes an accumulator in one request each. */
public class AsyncAggregatingState<K, N, IN, ACC, OUT>
    extends AsyncState<K, N, ACC, InternalMergingState<K, N, IN, ACC, OUT>>
    implements InternalAggregatingState<K, N, IN, ACC, OUT> {

  public AsyncAggregatingState(
      StateRequestHandler handler,
      InternalMergingState<K, N, IN, ACC, OUT> state,
      N defaultNamespace) {
    super(handler, state, defaultNamespace);
  }

  @Override
  public StateFuture<OUT> asyncGet() {
    return request(StateRequestType.AGGREGATING_GET, InternalMergingState::get);
  }

  @Override
  public OUT get() {
    return await(StateRequestType.AGGREGATING_GET, InternalMergingState::get);
  }

  @Override
  public StateFuture<Void> asyncAdd(IN value) {
    return request(StateRequestType.AGGREGATING_ADD, adding(value));
  }

  @Override
  public void add(IN value) {
    await(StateRequestType.AGGREGATING_ADD, adding(value));
  }

  private StateAccess<InternalMergingState<K, N, IN, ACC, OUT>, Void> adding(IN value) {
    return state -> {
      state.add(value);
      return null;
    };
  }

  @Override
  public StateFuture<ACC> asyncGetInternal() {
    return request(StateRequestType.AGGREGATING_GET, InternalMergingState::getInternal);
  }

  @Override
  public ACC getInternal() {
    return await(StateRequestType.AGGREGATING_GET, InternalMergingState::getInternal);
  }

  @Override
  public StateFuture<Void> asyncUpdateInternal(@Nullable ACC accumulator) {
    return request(StateRequestType.CUSTOMIZED, updating(accumulator));
  }

  @Override
  public void updateInternal(@Nullable ACC accumulator) {
    await(StateRequestType.CUSTOMIZED, updating(accumulator));
  }

  private StateAccess<InternalMergingState<K, N, IN, ACC, OUT>, Void> updating(
      @Nullable ACC accumulator) {
    return state -> {
      if (accumulator == null) {
        state.clear();
      } else {
        state.updateInternal(accumulator);
      }
      return null;
    };
  }

  @Override
  public StateFuture<Void> asyncMergeNamespaces(N target, Collection<N> sources) {
    return request(StateRequestType.CUSTOMIZED, merge(target, sources));
  }

  @Override
  public void mergeNamespaces(N target, Collection<N> sources) {
    await(StateRequestType.CUSTOMIZED, merge(target, sources));
  }
}
