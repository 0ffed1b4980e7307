package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.EvalContext;
import io.omendb.jobs.serve.Transaction;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one execution of a statement needs beside its plan: parameters, transaction, clock, limits.
 * Confined to the statement's thread, except its cancel token. Other threads that evaluate the
 * statement's expressions have contexts of their own, see {@link EvaluationSnapshot}.
 */
public final class ExecutionContext {
  private static final int LARGE_BYTES = 16 << 10;

  private final @Nullable Transaction transaction;
  private final List<@Nullable Object> parameters;
  private final EvalContext functions;
  private final CancelToken cancel;
  private final @Nullable StatementMemory memory;
  private ScanObserver scans = ScanObserver.NONE;
  private @Nullable Map<Integer, @Nullable Object[]> correlated;

  public ExecutionContext(
      Transaction transaction,
      List<@Nullable Object> parameters,
      EvalContext functions,
      CancelToken cancel,
      StatementMemory memory) {
    this.transaction = transaction;
    this.parameters = parameters;
    this.functions = functions;
    this.cancel = cancel;
    this.memory = memory;
  }

  /** For an evaluating thread: it has expressions only, and so neither rows nor memory. */
  ExecutionContext(List<@Nullable Object> parameters, EvalContext functions, CancelToken cancel) {
    this.transaction = null;
    this.parameters = parameters;
    this.functions = functions;
    this.cancel = cancel;
    this.memory = null;
  }

  public Transaction transaction() {
    return present(transaction, "transaction");
  }

  private static <T> T present(@Nullable T part, String name) {
    if (part == null) {
      throw new IllegalStateException("a thread that evaluates expressions has no " + name);
    }
    return part;
  }

  /** What other threads need to evaluate this statement's expressions. */
  public EvaluationSnapshot evaluationSnapshot() {
    return new EvaluationSnapshot(parameters, functions.frozen(), cancel);
  }

  /** Datums of the statement's parameter types; index 0 is $1. */
  public List<@Nullable Object> parameters() {
    return parameters;
  }

  /** What functions may ask: clock, user, settings, catalog. */
  public EvalContext functions() {
    return functions;
  }

  public ZoneId zone() {
    return functions.zone();
  }

  public CancelToken cancel() {
    return cancel;
  }

  public StatementMemory memory() {
    return present(memory, "memory");
  }

  /**
   * Counts what a function has made, where it is large. An evaluating thread counts nothing: what
   * it makes is Flink's to hold.
   */
  @Nullable Object made(@Nullable Object datum) {
    if (memory == null) {
      return datum;
    }
    if (datum instanceof String text && text.length() > LARGE_BYTES) {
      memory.made(text.length());
    } else if (datum instanceof byte[] bytes && bytes.length > LARGE_BYTES) {
      memory.made(bytes.length);
    }
    return datum;
  }

  ScanObserver scans() {
    return scans;
  }

  /** Who is told of the rows that scans read. */
  public void observeScans(ScanObserver observer) {
    scans = observer;
  }

  /** Sets the row that correlation variable {@code id} stands for. */
  void correlate(int id, @Nullable Object[] row) {
    if (correlated == null) {
      correlated = new HashMap<>();
    }
    correlated.put(id, row);
  }

  /** The row that correlation variable {@code id} stands for now. */
  @Nullable Object[] correlated(int id) {
    @Nullable Object[] row = correlated == null ? null : correlated.get(id);
    if (row == null) {
      throw new IllegalStateException("correlation variable $cor%d has no row".formatted(id));
    }
    return row;
  }
}
