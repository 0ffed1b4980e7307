package io.omendb.jobs.txn;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns what a future failed with into the error a user sees, thrown on this thread. */
final class Failures {
  private Failures() {}

  static OmenException of(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof OmenException omen) {
      return new OmenException(omen.code(), String.valueOf(omen.getMessage()), omen);
    }
    if (cause instanceof IllegalStateException) {
      return new OmenException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: the database restarted (%s)".formatted(cause.getMessage()),
          cause);
    }
    return new OmenException(ErrorCode.INTERNAL_ERROR, String.valueOf(cause), cause);
  }
}
