package io.omendb.gateway.olap;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.runtime.memory.MemoryAllocationException;
import org.apache.flink.util.SerializedThrowable;
import org.junit.jupiter.api.Test;

/** What a client is told of a job that failed. */
class JobFailuresTest {

  private static ErrorCode code(Throwable cause) {
    Throwable failure =
        new CompletionException(
            new JobExecutionException(new JobID(), "job failed", new JobException("task", cause)));
    return JobFailures.toUser(failure).code();
  }

  @Test
  void anErrorOfAnExpressionIsTheStatementsOwn() {
    OmenException error = new OmenException(ErrorCode.DIVISION_BY_ZERO, "division by zero");
    assertThat(code(error)).isEqualTo(ErrorCode.DIVISION_BY_ZERO);
    assertThat(code(new SerializedThrowable(new RuntimeException(error))))
        .isEqualTo(ErrorCode.DIVISION_BY_ZERO);
  }

  @Test
  void aJobThatWasCancelledIsACancelledQuery() {
    assertThat(code(new JobCancellationException(new JobID(), "cancelled", null)))
        .isEqualTo(ErrorCode.QUERY_CANCELED);
  }

  @Test
  void whatFlinkLacksIsInsufficientResources() {
    assertThat(code(new NoResourceAvailableException("no slots")))
        .isEqualTo(ErrorCode.INSUFFICIENT_RESOURCES);
    assertThat(code(new OutOfMemoryError("Java heap space"))).isEqualTo(ErrorCode.OUT_OF_MEMORY);
    assertThat(code(new MemoryAllocationException("no pages"))).isEqualTo(ErrorCode.OUT_OF_MEMORY);
    assertThat(code(new IOException("Insufficient number of network buffers: required 9")))
        .isEqualTo(ErrorCode.OUT_OF_MEMORY);
    assertThat(code(new IOException("No space left on device"))).isEqualTo(ErrorCode.DISK_FULL);
  }

  @Test
  void anyOtherFailureIsTheSystemsAndNamesItsCause() {
    Throwable failure = new JobException("task", new IllegalStateException("a fault"));
    OmenException error = JobFailures.toUser(failure);
    assertThat(error.code()).isEqualTo(ErrorCode.SYSTEM_ERROR);
    assertThat(error).hasMessageContaining("a fault");
  }
}
