package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.EvalContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What threads other than a statement's own need to evaluate its expressions: parameters, the
 * clock, settings and catalog as the statement saw them. Immutable and shared; each thread makes
 * its own context from it, since a context keeps what is confined to one evaluation.
 */
public final class EvaluationSnapshot {
  private final List<@Nullable Object> parameters;
  private final EvalContext functions;
  private final CancelToken cancel;

  /** {@code functions} must be frozen. */
  EvaluationSnapshot(List<@Nullable Object> parameters, EvalContext functions, CancelToken cancel) {
    this.parameters = Collections.unmodifiableList(new ArrayList<>(parameters));
    this.functions = functions;
    this.cancel = cancel;
  }

  /** A context for the calling thread alone; it has no transaction and no memory budget. */
  public ExecutionContext newContext() {
    return new ExecutionContext(parameters, functions, cancel);
  }
}
