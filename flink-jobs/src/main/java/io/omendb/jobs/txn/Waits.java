package io.omendb.jobs.txn;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Blocking on a future as a statement does: an interrupt cancels the wait and ends with it. */
final class Waits {
  private Waits() {}

  static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      throw new OmenException(
          ErrorCode.QUERY_CANCELED, "canceling statement due to user request", e);
    } catch (ExecutionException e) {
      throw Failures.of(e);
    }
  }
}
