package io.omendb.gateway.pgwire;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a client is told of an exception. {@code internal}: it was none of ours to throw. */
record Failure(String sqlState, String message, boolean internal) {
  private static final Logger LOG = LoggerFactory.getLogger(Failure.class);

  static Failure of(Throwable thrown) {
    if (thrown instanceof OmenException known) {
      return new Failure(known.code().sqlState(), String.valueOf(known.getMessage()), false);
    }
    if (thrown instanceof StackOverflowError) {
      // A parser's or an expression's recursion, unwound completely when it arrives here.
      return new Failure(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED.sqlState(),
          "statement is nested too deeply: stack depth limit exceeded",
          false);
    }
    LOG.error("internal error", thrown);
    if (thrown instanceof OutOfMemoryError) {
      return new Failure(ErrorCode.OUT_OF_MEMORY.sqlState(), "out of memory", true);
    }
    return new Failure(ErrorCode.INTERNAL_ERROR.sqlState(), "internal error: " + thrown, true);
  }
}
