package io.omendb.state.backend.async;

import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.state.internal.InternalReducingState;

/** Reducing state of State V2: an aggregating state whose values are their own accumulators. */
public final class AsyncReducingState<K, N, V> extends AsyncAggregatingState<K, N, V, V, V>
    implements org.apache.flink.runtime.state.v2.internal.InternalReducingState<K, N, V> {

  public AsyncReducingState(
      StateRequestHandler handler, InternalReducingState<K, N, V> state, N defaultNamespace) {
    super(handler, state, defaultNamespace);
  }
}
