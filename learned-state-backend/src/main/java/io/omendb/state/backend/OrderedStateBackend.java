package io.omendb.state.backend;

import io.omendb.state.backend.state.OrderedMapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Implemented by the learned keyed state backend: access to map states in the order of their keys.
 * An operator reaches it by {@code getKeyedStateBackend() instanceof OrderedStateBackend}; a
 * wrapped backend (changelog) is not one.
 */
public interface OrderedStateBackend {

  /**
   * The same state that {@code getPartitionedState} gives, set to {@code namespace}: the one may
   * write and the other read. Task thread.
   *
   * @throws UnsupportedOperationException if the state has a time to live, because its stored
   *     values then carry a time that ordered access does not judge
   */
  <N, UK, UV> OrderedMapState<UK, UV> orderedMapState(
      N namespace, TypeSerializer<N> namespaceSerializer, MapStateDescriptor<UK, UV> descriptor)
      throws Exception;
}
