package io.omendb.jobs;

import java.util.Objects;

/**
 * An error that reaches a user: an {@link ErrorCode} with its SQLSTATE, and a sentence with values
 * that helps.
 */
public class OmenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public OmenException(ErrorCode code, String message) {
    super(message);
    this.code = Objects.requireNonNull(code, "code");
  }

  public OmenException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = Objects.requireNonNull(code, "code");
  }

  public ErrorCode code() {
    return code;
  }
}
