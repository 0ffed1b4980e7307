package io.omendb.gateway.oltp;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import org.jspecify.annotations.Nullable;

/**
 * One statement's end from outside: a cancel request or a timeout, given by any thread, noticed by
 * the statement's own thread at its next {@link #check()}.
 */
public final class CancelToken {
  private volatile @Nullable String reason;

  /** Asks the statement to end; the first reason wins. */
  public void cancel(String why) {
    if (reason == null) {
      reason = why;
    }
  }

  public boolean isCancelled() {
    return reason != null;
  }

  /** Throws QUERY_CANCELED where the statement is to end. */
  public void check() {
    if (reason != null || Thread.currentThread().isInterrupted()) {
      throw error();
    }
  }

  /** The error that ends a cancelled statement. */
  public OmenException error() {
    String why = reason;
    return new OmenException(
        ErrorCode.QUERY_CANCELED, why == null ? "canceling statement due to user request" : why);
  }
}
