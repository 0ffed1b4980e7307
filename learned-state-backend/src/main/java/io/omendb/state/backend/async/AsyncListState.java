package io.omendb.state.backend.async;

import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.state.v2.StateFuture;
import org.apache.flink.api.common.state.v2.StateIterator;
import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.asyncprocessing.StateRequestType;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.v2.adaptor.CompleteStateIterator;

/** List state of State V2. */
public final class AsyncListState<K, N, V> extends AsyncState<K, N, V, InternalListState<K, N, V>>
    implements org.apache.flink.runtime.state.v2.internal.InternalListState<K, N, V> {

  public AsyncListState(
      StateRequestHandler handler, InternalListState<K, N, V> state, N defaultNamespace) {
    super(handler, state, defaultNamespace);
  }

  @Override
  public StateFuture<StateIterator<V>> asyncGet() {
    return request(
        StateRequestType.LIST_GET, state -> new CompleteStateIterator<>(elements(state)));
  }

  @Override
  public Iterable<V> get() {
    return await(StateRequestType.LIST_GET, AsyncListState::elements);
  }

  /** Iterating must not depend on what is selected later, so the elements are in memory. */
  private static <V> Iterable<V> elements(InternalListState<?, ?, V> state) throws Exception {
    List<V> elements = state.getInternal();
    return elements == null ? List.of() : elements;
  }

  @Override
  public StateFuture<Void> asyncAdd(V value) {
    return request(StateRequestType.LIST_ADD, adding(value));
  }

  @Override
  public void add(V value) {
    await(StateRequestType.LIST_ADD, adding(value));
  }

  private StateAccess<InternalListState<K, N, V>, Void> adding(V value) {
    return state -> {
      state.add(value);
      return null;
    };
  }

  @Override
  public StateFuture<Void> asyncAddAll(List<V> values) {
    return request(StateRequestType.LIST_ADD_ALL, addingAll(values));
  }

  @Override
  public void addAll(List<V> values) {
    await(StateRequestType.LIST_ADD_ALL, addingAll(values));
  }

  private StateAccess<InternalListState<K, N, V>, Void> addingAll(List<V> values) {
    return state -> {
      state.addAll(values);
      return null;
    };
  }

  @Override
  public StateFuture<Void> asyncUpdate(List<V> values) {
    return request(StateRequestType.LIST_UPDATE, updating(values));
  }

  @Override
  public void update(List<V> values) {
    await(StateRequestType.LIST_UPDATE, updating(values));
  }

  private StateAccess<InternalListState<K, N, V>, Void> updating(List<V> values) {
    return state -> {
      state.update(values);
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
