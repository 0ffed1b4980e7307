package io.omendb.gateway.olap;

/** A plan has what Flink lacks or does otherwise than PostgreSQL; the message says what. */
final class UnsupportedPlanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsupportedPlanException(String message) {
    super(message);
  }

  UnsupportedPlanException(String message, Throwable cause) {
    super(message, cause);
  }
}
