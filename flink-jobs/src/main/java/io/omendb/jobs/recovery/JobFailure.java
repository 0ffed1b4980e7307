package io.omendb.jobs.recovery;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.state.store.CorruptStoreException;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/** What a failed job's error means to the people who use the database. */
public final class JobFailure {
  private static final int CAUSES_MAX = 64;

  private JobFailure() {}

  /**
   * The reason in one sentence: the database's own error among the causes, else the deepest one.
   * DATA_CORRUPTED for damaged files, CANNOT_CONNECT_NOW where nothing better is known.
   */
  public static OmenException of(Throwable failure) {
    Throwable deepest = failure;
    @Nullable Throwable next = failure;
    for (int i = 0; i < CAUSES_MAX && next != null; i++) {
      deepest = next;
      if (next instanceof SerializedThrowable serialized) {
        deepest = serialized.deserializeError(JobFailure.class.getClassLoader());
      }
      if (deepest instanceof CorruptStoreException || deepest instanceof OmenException) {
        break;
      }
      next = deepest == next ? next.getCause() : deepest;
    }
    ErrorCode code = ErrorCode.CANNOT_CONNECT_NOW;
    if (deepest instanceof OmenException own) {
      code = own.code();
    } else if (deepest instanceof CorruptStoreException) {
      code = ErrorCode.DATA_CORRUPTED;
    }
    String message = deepest.getMessage();
    return new OmenException(
        code,
        "the database does not run: " + (message == null ? deepest.toString() : message),
        failure);
  }
}
