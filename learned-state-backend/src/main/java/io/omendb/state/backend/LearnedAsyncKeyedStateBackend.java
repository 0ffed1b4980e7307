package io.omendb.state.backend;

import io.omendb.state.backend.async.AsyncAggregatingState;
import io.omendb.state.backend.async.AsyncListState;
import io.omendb.state.backend.async.AsyncMapState;
import io.omendb.state.backend.async.AsyncReducingState;
import io.omendb.state.backend.async.AsyncState;
import io.omendb.state.backend.async.AsyncValueState;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.v2.State;
import org.apache.flink.api.common.state.v2.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.asyncprocessing.StateExecutor;
import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.state.AsyncKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.Keyed;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.PriorityComparable;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueElement;
import org.apache.flink.runtime.state.internal.InternalAggregatingState;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.state.internal.InternalMapState;
import org.apache.flink.runtime.state.internal.InternalReducingState;
import org.apache.flink.runtime.state.internal.InternalValueState;
import org.apache.flink.runtime.state.v2.StateDescriptorUtils;
import org.apache.flink.runtime.state.v2.internal.InternalKeyedState;
import org.jspecify.annotations.Nullable;

/**
 * State V2 over the keyed backend: the same store, states, timers and snapshots, asked by requests
 * ({@link RequestExecutor}).
 *
 * <p>Owns the keyed backend, which nobody else uses; {@link #dispose()} disposes of it. Task
 * thread.
 *
 * @param <K> type of the keys
 */
final class LearnedAsyncKeyedStateBackend<K> implements AsyncKeyedStateBackend<K> {

  private final LearnedKeyedStateBackend<K> backend;
  private final Map<String, AsyncState<K, ?, ?, ?>> states = new HashMap<>();
  private @Nullable StateRequestHandler handler;

  LearnedAsyncKeyedStateBackend(LearnedKeyedStateBackend<K> backend) {
    this.backend = backend;
  }

  @Override
  public void setup(StateRequestHandler stateRequestHandler) {
    handler = stateRequestHandler;
  }

  @Override
  public StateExecutor createStateExecutor() {
    return new RequestExecutor<>(backend);
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature
  public <N, S extends State, SV> S getOrCreateKeyedState(
      N defaultNamespace, TypeSerializer<N> namespaceSerializer, StateDescriptor<SV> descriptor)
      throws Exception {
    AsyncState<K, ?, ?, ?> state = states.get(descriptor.getStateId());
    if (state == null) {
      state = newState(defaultNamespace, namespaceSerializer, descriptor);
      states.put(descriptor.getStateId(), state);
    }
    return (S) state;
  }

  @Override
  @SuppressWarnings({
    "rawtypes",
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // Flink's signature, which leaves the types of the state open
  public <N, S extends InternalKeyedState, SV> S createStateInternal(
      N defaultNamespace, TypeSerializer<N> namespaceSerializer, StateDescriptor<SV> descriptor)
      throws Exception {
    return (S) newState(defaultNamespace, namespaceSerializer, descriptor);
  }

  @SuppressWarnings({"rawtypes", "unchecked"}) // the descriptor's kind determines the state's
  private <N> AsyncState<K, N, ?, ?> newState(
      N defaultNamespace, TypeSerializer<N> namespaceSerializer, StateDescriptor<?> descriptor)
      throws Exception {
    if (handler == null) {
      throw new IllegalStateException("setup() must come before the creation of states");
    }
    org.apache.flink.api.common.state.StateDescriptor synchronous =
        StateDescriptorUtils.transformFromV2ToV1(descriptor);
    // Flink's conversion leaves the TTL behind.
    if (descriptor.getTtlConfig().isEnabled()) {
      synchronous.enableTimeToLive(descriptor.getTtlConfig());
    }
    InternalKvState state =
        (InternalKvState) backend.getOrCreateKeyedState(namespaceSerializer, synchronous);
    return switch (descriptor.getType()) {
      case VALUE -> new AsyncValueState<>(handler, (InternalValueState) state, defaultNamespace);
      case LIST -> new AsyncListState<>(handler, (InternalListState) state, defaultNamespace);
      case MAP -> new AsyncMapState<>(handler, (InternalMapState) state, defaultNamespace);
      case REDUCING ->
          new AsyncReducingState<>(handler, (InternalReducingState) state, defaultNamespace);
      case AGGREGATING ->
          new AsyncAggregatingState<>(handler, (InternalAggregatingState) state, defaultNamespace);
    };
  }

  @Override
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(String name, TypeSerializer<T> serializer) {
    return backend.create(name, serializer);
  }

  @Override
  public <T extends HeapPriorityQueueElement & PriorityComparable<? super T> & Keyed<?>>
      KeyGroupedInternalPriorityQueue<T> create(
          String name, TypeSerializer<T> serializer, boolean allowFutureMetadataUpdates) {
    return backend.create(name, serializer, allowFutureMetadataUpdates);
  }

  @Override
  public RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot(
      long checkpointId,
      long timestamp,
      CheckpointStreamFactory streamFactory,
      CheckpointOptions checkpointOptions)
      throws Exception {
    return backend.snapshot(checkpointId, timestamp, streamFactory, checkpointOptions);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    backend.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) {
    backend.notifyCheckpointAborted(checkpointId);
  }

  @Override
  public void notifyCheckpointSubsumed(long checkpointId) {}

  @Override
  public boolean requiresLegacySynchronousTimerSnapshots(SnapshotType checkpointType) {
    return backend.requiresLegacySynchronousTimerSnapshots(checkpointType);
  }

  @Override
  public KeyGroupRange getKeyGroupRange() {
    return backend.getKeyGroupRange();
  }

  @Override
  public boolean isSafeToReuseKVState() {
    return backend.isSafeToReuseKVState();
  }

  @Override
  public String getBackendTypeIdentifier() {
    return backend.getBackendTypeIdentifier();
  }

  @Override
  public void close() throws IOException {
    backend.close();
  }

  @Override
  public void dispose() {
    backend.dispose();
  }
}
