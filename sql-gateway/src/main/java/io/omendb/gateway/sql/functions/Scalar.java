package io.omendb.gateway.sql.functions;

import org.jspecify.annotations.Nullable;

/** What a scalar operator does: arguments and result are datums, null is NULL. Thread-safe. */
@FunctionalInterface
public interface Scalar {

  @Nullable Object eval(EvalContext context, @Nullable Object[] arguments);
}
