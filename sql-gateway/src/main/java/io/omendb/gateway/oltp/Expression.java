package io.omendb.gateway.oltp;

import org.jspecify.annotations.Nullable;

/** A compiled scalar expression: a closure over one row. Immutable and shared by executions. */
@FunctionalInterface
public interface Expression {

  /** The value for {@code row}; null is SQL's NULL. */
  @Nullable Object eval(@Nullable Object[] row, ExecutionContext context);
}
