package io.omendb.state.backend;

import io.omendb.state.backend.async.AsyncState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.core.asyncprocessing.InternalAsyncFuture;
import org.apache.flink.runtime.asyncprocessing.AsyncRequestContainer;
import org.apache.flink.runtime.asyncprocessing.RecordContext;
import org.apache.flink.runtime.asyncprocessing.StateExecutor;
import org.apache.flink.runtime.asyncprocessing.StateRequest;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;

/**
 * Executes requests of State V2 on the task thread, one by one, each under the key of its own
 * record.
 *
 * <p>The store reads from memory or from mapped files and has one writer, so there is nothing to
 * gain from a batch or from another thread: a request is complete when its call returns.
 */
final class RequestExecutor<K> implements StateExecutor {

  private final LearnedKeyedStateBackend<K> backend;
  private @Nullable RecordContext<?> selected;

  RequestExecutor(LearnedKeyedStateBackend<K> backend) {
    this.backend = backend;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A failure fails the job, as Flink's contract wants it, and is thrown as well: the caller may
   * be waiting for a future that a failure never completes.
   */
  @Override
  @SuppressWarnings("unchecked") // a request's future has the type of its access
  public void executeRequestSync(StateRequest<?, ?, ?, ?> request) {
    InternalAsyncFuture<@Nullable Object> future =
        (InternalAsyncFuture<@Nullable Object>) request.getFuture();
    Object result;
    try {
      select((RecordContext<K>) request.getRecordContext());
      result = AsyncState.execute(request);
    } catch (Exception e) {
      future.completeExceptionally("A state request failed: " + request.getRequestType(), e);
      ExceptionUtils.rethrow(e);
      return;
    }
    future.complete(result);
  }

  /** Nothing else selects keys of the backend, so those of one record need selecting once. */
  @SuppressWarnings("ReferenceEquality") // this very record, not one that equals it
  private void select(RecordContext<K> context) {
    if (context != selected) {
      backend.setCurrentKeyAndKeyGroup(context.getKey(), context.getKeyGroup());
      selected = context;
    }
  }

  @Override
  public CompletableFuture<Void> executeBatchRequests(
      AsyncRequestContainer<StateRequest<?, ?, ?, ?>> requests) {
    ((Batch) requests).requests.forEach(this::executeRequestSync);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public AsyncRequestContainer<StateRequest<?, ?, ?, ?>> createRequestContainer() {
    return new Batch();
  }

  @Override
  public boolean fullyLoaded() {
    return false;
  }

  @Override
  public void shutdown() {}

  private static final class Batch implements AsyncRequestContainer<StateRequest<?, ?, ?, ?>> {
    private final List<StateRequest<?, ?, ?, ?>> requests = new ArrayList<>();

    @Override
    public void offer(StateRequest<?, ?, ?, ?> request) {
      requests.add(request);
    }

    @Override
    public boolean isEmpty() {
      return requests.isEmpty();
    }
  }
}
