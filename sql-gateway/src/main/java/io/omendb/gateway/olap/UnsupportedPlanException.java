package io.omendb.gateway.olap;

/**
 * A plan, or a part of it, has no counterpart in Flink; the message is a sentence for EXPLAIN and
 * for errors.
 */
final class UnsupportedPlanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsupportedPlanException(String message) {
    super(message);
  }
}
