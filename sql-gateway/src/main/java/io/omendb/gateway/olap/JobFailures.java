package io.omendb.gateway.olap;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.runtime.memory.MemoryAllocationException;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why a query's job failed, as the error that its client gets. An error that an expression or a
 * source raised inside the job is the statement's own. Otherwise it is the place where the job ran
 * that failed it, never the statement: resources (53…), cancellation, or the engine's own fault
 * (58000).
 */
final class JobFailures {
  private static final Logger LOG = LoggerFactory.getLogger(JobFailures.class);

  private static final List<String> OUT_OF_MEMORY =
      List.of("insufficient number of network buffers", "could not allocate", "not enough memory");

  private JobFailures() {}

  static OmenException toUser(Throwable failure) {
    OmenException own = find(failure, OmenException.class);
    if (own != null) {
      return new OmenException(own.code(), String.valueOf(own.getMessage()), failure);
    }
    if (find(failure, JobCancellationException.class) != null) {
      return new OmenException(
          ErrorCode.QUERY_CANCELED, "the job of this query was cancelled in Flink", failure);
    }
    if (find(failure, NoResourceAvailableException.class) != null) {
      return new OmenException(
          ErrorCode.INSUFFICIENT_RESOURCES,
          "Flink has no free slots for this query: try again, or start the server with more",
          failure);
    }
    String message = rootMessage(failure);
    String lower = message.toLowerCase(Locale.ROOT);
    if (find(failure, OutOfMemoryError.class) != null
        || find(failure, MemoryAllocationException.class) != null
        || OUT_OF_MEMORY.stream().anyMatch(lower::contains)) {
      return new OmenException(
          ErrorCode.OUT_OF_MEMORY,
          "the query needs more memory than Flink has: " + message,
          failure);
    }
    if (lower.contains("no space left on device")) {
      return new OmenException(
          ErrorCode.DISK_FULL, "the query found the disk full: " + message, failure);
    }
    LOG.error("a query's job failed", failure);
    return new OmenException(
        ErrorCode.SYSTEM_ERROR, "the query's job failed in Flink: " + message, failure);
  }

  private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
    Optional<T> found = ExceptionUtils.findThrowable(failure, type);
    return found
        .or(
            () ->
                ExceptionUtils.findSerializedThrowable(
                    failure, type, JobFailures.class.getClassLoader()))
        .orElse(null);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
