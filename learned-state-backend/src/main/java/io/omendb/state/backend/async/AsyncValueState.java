package io.omendb.state.backend.async;

import org.apache.flink.api.common.state.v2.StateFuture;
import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.asyncprocessing.StateRequestType;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.jspecify.annotations.Nullable;

/** Value state of State V2. */
public final class AsyncValueState<K, N, V> extends AsyncState<K, N, V, InternalValueState<K, N, V>>
    implements org.apache.flink.runtime.state.v2.internal.InternalValueState<K, N, V> {

  public AsyncValueState(
      StateRequestHandler handler, InternalValueState<K, N, V> state, N defaultNamespace) {
    super(handler, state, defaultNamespace);
  }

  @Override
  public StateFuture<V> asyncValue() {
    return request(StateRequestType.VALUE_GET, InternalValueState::value);
  }

  @Override
  public V value() {
    return await(StateRequestType.VALUE_GET, InternalValueState::value);
  }

  @Override
  public StateFuture<Void> asyncUpdate(@Nullable V value) {
    return request(StateRequestType.VALUE_UPDATE, updating(value));
  }

  @Override
  public void update(@Nullable V value) {
    await(StateRequestType.VALUE_UPDATE, updating(value));
  }

  @SuppressWarnings("NullAway") // null clears a value state, which its interface does not say
  private StateAccess<InternalValueState<K, N, V>, Void> updating(@Nullable V value) {
    return state -> {
      state.update(value);
      return null;
    };
  }
}
