package io.omendb.state.backend.async;

import java.util.Collection;
import org.apache.flink.api.common.state.v2.StateFuture;
import org.apache.flink.runtime.asyncprocessing.StateExecutionController;
import org.apache.flink.runtime.asyncprocessing.StateRequest;
import org.apache.flink.runtime.asyncprocessing.StateRequestHandler;
import org.apache.flink.runtime.asyncprocessing.StateRequestType;
import org.apache.flink.runtime.state.internal.InternalKvState;
import org.apache.flink.runtime.state.internal.InternalMergingState;
import org.apache.flink.runtime.state.v2.internal.InternalKeyedState;
import org.jspecify.annotations.Nullable;

/**
 * Base of the states of State V2: turns each call into a request, whose record context decides
 * under which key and namespace, and when, {@code RequestExecutor} lets it act on the synchronous
 * state beneath.
 *
 * <p>The synchronous state is the one that a job without asynchronous state has under this name,
 * with TTL around it if the descriptor asks for that, so both kinds of job read each other's
 * snapshots.
 *
 * <p>Task thread.
 */
public abstract class AsyncState<K, N, V, S extends InternalKvState<K, N, ?>>
    implements InternalKeyedState<K, N, V> {

  private final StateRequestHandler handler;
  private final S state;
  private final N defaultNamespace;

  AsyncState(StateRequestHandler handler, S state, N defaultNamespace) {
    this.handler = handler;
    this.state = state;
    this.defaultNamespace = defaultNamespace;
  }

  /**
   * Makes a request. It is marked as synchronous where Flink's controller lets us, so that it is
   * executed now if no other record holds the key, instead of waiting for a batch to fill.
   */
  final <R> StateFuture<R> request(StateRequestType type, StateAccess<S, R> access) {
    if (handler instanceof StateExecutionController<?> controller) {
      return controller.handleRequest(this, type, true, access, false);
    }
    return handler.handleRequest(this, type, access);
  }

  /** Makes a request and waits for its result. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // Flink's interfaces return null
  final <R> R await(StateRequestType type, StateAccess<S, R> access) {
    return handler.handleRequestSync(this, type, access);
  }

  /** Executes a request of any state of this kind; its key is selected. */
  public static @Nullable Object execute(StateRequest<?, ?, ?, ?> request) throws Exception {
    if (!(request.getState() instanceof AsyncState<?, ?, ?, ?> state)) {
      throw new IllegalArgumentException("No state of this backend: " + request.getState());
    }
    return state.act(request.getNamespace(), request.getPayload());
  }

  @SuppressWarnings("unchecked") // requests of a state are made by that state
  private @Nullable Object act(@Nullable Object namespace, @Nullable Object access)
      throws Exception {
    if (access == null) {
      throw new IllegalArgumentException("A request without an access");
    }
    state.setCurrentNamespace(namespace == null ? defaultNamespace : (N) namespace);
    return ((StateAccess<S, Object>) access).on(state);
  }

  @Override
  public void setCurrentNamespace(N namespace) {
    handler.setCurrentNamespaceForState(this, namespace);
  }

  @Override
  public StateFuture<Void> asyncClear() {
    return request(StateRequestType.CLEAR, AsyncState::clear);
  }

  @Override
  public void clear() {
    await(StateRequestType.CLEAR, AsyncState::clear);
  }

  private static @Nullable Void clear(InternalKvState<?, ?, ?> state) {
    state.clear();
    return null;
  }

  /** The access that merges namespaces, one request for all of them. */
  static <N, S extends InternalMergingState<?, N, ?, ?, ?>> StateAccess<S, Void> merge(
      N target, Collection<N> sources) {
    return state -> {
      state.mergeNamespaces(target, sources);
      return null;
    };
  }
}
