package io.omendb.gateway.oltp;

import io.omendb.jobs.serve.Transaction;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one execution of a statement needs beside its plan: parameters, transaction, clock, limits.
 * Confined to the statement's thread, except its cancel token.
 */
public final class ExecutionContext {
  private final Transaction transaction;
  private final List<@Nullable Object> parameters;
  private final StatementEnvironment environment;
  private final CancelToken cancel;
  private final MemoryBudget memory;

  public ExecutionContext(
      Transaction transaction,
      List<@Nullable Object> parameters,
      StatementEnvironment environment,
      CancelToken cancel,
      MemoryBudget memory) {
    this.transaction = transaction;
    this.parameters = parameters;
    this.environment = environment;
    this.cancel = cancel;
    this.memory = memory;
  }

  public Transaction transaction() {
    return transaction;
  }

  /** Datums of the statement's parameter types; index 0 is $1. */
  public List<@Nullable Object> parameters() {
    return parameters;
  }

  public StatementEnvironment environment() {
    return environment;
  }

  public ZoneId zone() {
    return environment.zone();
  }

  public CancelToken cancel() {
    return cancel;
  }

  public MemoryBudget memory() {
    return memory;
  }
}
