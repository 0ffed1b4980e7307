package io.omendb.state.backend.async;

import java.util.Iterator;
import java.util.Map;
import org.apache.flink.api.common.state.v2.StateFuture;
import org.apache.flink.api.common.state.v2.StateIterator;
import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.asyncprocessing.StateRequestType;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.v2.adaptor.CompleteStateIterator;
import org.jspecify.annotations.Nullable;

/**
 * Map state of State V2. Its iterators stay with the key and namespace of their request, whatever
 * is selected while they run, and read a page at a time.
 */
public final class AsyncMapState<K, N, UK, UV>
    extends AsyncState<K, N, UV, InternalMapState<K, N, UK, UV>>
    implements org.apache.flink.runtime.state.v2.internal.InternalMapState<K, N, UK, UV> {

  public AsyncMapState(
      StateRequestHandler handler, InternalMapState<K, N, UK, UV> state, N defaultNamespace) {
    super(handler, state, defaultNamespace);
  }

  @Override
  public StateFuture<UV> asyncGet(UK key) {
    return request(StateRequestType.MAP_GET, state -> state.get(key));
  }

  @Override
  public UV get(UK key) {
    return await(StateRequestType.MAP_GET, state -> state.get(key));
  }

  @Override
  public StateFuture<Boolean> asyncContains(UK key) {
    return request(StateRequestType.MAP_CONTAINS, state -> state.contains(key));
  }

  @Override
  public boolean contains(UK key) {
    return await(StateRequestType.MAP_CONTAINS, state -> state.contains(key));
  }

  @Override
  public StateFuture<Boolean> asyncIsEmpty() {
    return request(StateRequestType.MAP_IS_EMPTY, InternalMapState::isEmpty);
  }

  @Override
  public boolean isEmpty() {
    return await(StateRequestType.MAP_IS_EMPTY, InternalMapState::isEmpty);
  }

  @Override
  public StateFuture<Void> asyncPut(UK key, @Nullable UV value) {
    return request(StateRequestType.MAP_PUT, putting(key, value));
  }

  @Override
  public void put(UK key, @Nullable UV value) {
    await(StateRequestType.MAP_PUT, putting(key, value));
  }

  @SuppressWarnings("NullAway") // map states hold null values, which their interface does not say
  private StateAccess<InternalMapState<K, N, UK, UV>, Void> putting(UK key, @Nullable UV value) {
    return state -> {
      state.put(key, value);
      return null;
    };
  }

  @Override
  public StateFuture<Void> asyncPutAll(Map<UK, UV> values) {
    return request(StateRequestType.MAP_PUT_ALL, puttingAll(values));
  }

  @Override
  public void putAll(Map<UK, UV> values) {
    await(StateRequestType.MAP_PUT_ALL, puttingAll(values));
  }

  private StateAccess<InternalMapState<K, N, UK, UV>, Void> puttingAll(Map<UK, UV> values) {
    return state -> {
      state.putAll(values);
      return null;
    };
  }

  @Override
  public StateFuture<Void> asyncRemove(UK key) {
    return request(StateRequestType.MAP_REMOVE, removing(key));
  }

  @Override
  public void remove(UK key) {
    await(StateRequestType.MAP_REMOVE, removing(key));
  }

  private StateAccess<InternalMapState<K, N, UK, UV>, Void> removing(UK key) {
    return state -> {
      state.remove(key);
      return null;
    };
  }

  @Override
  public StateFuture<StateIterator<Map.Entry<UK, UV>>> asyncEntries() {
    return request(
        StateRequestType.MAP_ITER, state -> new CompleteStateIterator<>(state.entries()));
  }

  @Override
  public Iterable<Map.Entry<UK, UV>> entries() {
    return await(StateRequestType.MAP_ITER, InternalMapState::entries);
  }

  @Override
  public Iterator<Map.Entry<UK, UV>> iterator() {
    return entries().iterator();
  }

  @Override
  public StateFuture<StateIterator<UK>> asyncKeys() {
    return request(
        StateRequestType.MAP_ITER_KEY, state -> new CompleteStateIterator<>(state.keys()));
  }

  @Override
  public Iterable<UK> keys() {
    return await(StateRequestType.MAP_ITER_KEY, InternalMapState::keys);
  }

  @Override
  public StateFuture<StateIterator<UV>> asyncValues() {
    return request(
        StateRequestType.MAP_ITER_VALUE, state -> new CompleteStateIterator<>(state.values()));
  }

  @Override
  public Iterable<UV> values() {
    return await(StateRequestType.MAP_ITER_VALUE, InternalMapState::values);
  }
}
