package io.omendb.gateway.session;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Modification;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.session.OmenStatement.Compiled;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.PlannedStatement.Returning;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Transaction;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * INSERT, UPDATE or DELETE. The first statement of an implicit transaction is run again on a fresh
 * snapshot where somebody else changed a row first: nothing depends on the old one.
 */
final class ModificationPortal extends OmenPortal {
  private static final int ATTEMPTS_MAX = 20;

  private final OmenStatement statement;
  private final List<@Nullable Object> parameters;
  private final @Nullable List<ResultColumn> columns;
  private Modification.@Nullable Result result;
  private @Nullable RowDelivery delivery;

  /** What {@link #tryExecute} met inside a transaction: it fails where waiting is allowed. */
  private @Nullable RuntimeException promptError;

  ModificationPortal(
      OmenSession session, OmenStatement statement, List<@Nullable Object> parameters) {
    super(session);
    this.statement = statement;
    this.parameters = parameters;
    columns = statement.resultColumns();
  }

  @Override
  public @Nullable List<ResultColumn> resultColumns() {
    return columns;
  }

  @Override
  public @Nullable Completion tryExecute(RowSink sink) {
    if (result != null) {
      return null;
    }
    boolean implicit = isImplicitlyFirst();
    try {
      Completion done = tryModify();
      if (done == null && implicit) {
        // The worker begins anew, and may repeat the statement on a fresh snapshot.
        session.block().endImplicit(true);
      }
      return done;
    } catch (RuntimeException error) {
      if (implicit) {
        session.block().endImplicit(true);
      } else {
        promptError = error;
      }
      return null;
    }
  }

  /** One row, if that takes no waiting; otherwise as if nothing had been tried. */
  private @Nullable Completion tryModify() {
    Compiled compiled = session.tryPlan(statement);
    if (compiled == null) {
      return null;
    }
    Modification modification = Objects.requireNonNull(compiled.modification());
    if (!modification.mayRunPromptly()) {
      return null;
    }
    Transaction transaction = session.block().tryCurrent();
    if (transaction == null || transaction.catalog().version() != compiled.key().catalogVersion()) {
      return null;
    }
    session.block().requireWritable(verb(compiled.plan()));
    Modification.Result done =
        modification.tryRun(session.execution(transaction, parameters, cancel));
    if (done == null) {
      return null;
    }
    finish(compiled.plan(), modification, done);
    return Completion.of(tag(compiled.plan(), done.count()));
  }

  /** Nothing of the implicit transaction came before this statement. */
  private boolean isImplicitlyFirst() {
    return !session.block().hasTransaction() && session.status() == Session.Status.IDLE;
  }

  @Override
  Completion run(int rowsMax, RowSink sink) {
    if (result == null) {
      modify();
    }
    Modification.Result done = Objects.requireNonNull(result);
    RowSource returned = rows();
    if (returned != null && delivery != null) {
      long count =
          delivery.deliver(
              returned, rowsMax, sink, session.functions(session.block().catalog()).catalog());
      if (rowsMax > 0 && count == rowsMax) {
        return Completion.SUSPENDED;
      }
    }
    return Completion.of(tag(Objects.requireNonNull(statement.compiled()).plan(), done.count()));
  }

  static String tag(PlannedStatement plan, long count) {
    if (plan instanceof PlannedStatement.Insert) {
      return "INSERT 0 " + count;
    }
    return (plan instanceof PlannedStatement.Update ? "UPDATE " : "DELETE ") + count;
  }

  private void modify() {
    RuntimeException failed = promptError;
    if (failed != null) {
      throw failed;
    }
    boolean retries = isImplicitlyFirst();
    for (int attempt = 1; ; attempt++) {
      Transaction transaction = session.block().current();
      try {
        Compiled compiled = session.plan(statement);
        session.block().requireWritable(verb(compiled.plan()));
        Modification modification = Objects.requireNonNull(compiled.modification());
        ExecutionContext context = session.execution(transaction, parameters, cancel);
        Modification.Result done = modification.run(context);
        finish(compiled.plan(), modification, done);
        return;
      } catch (OmenException error) {
        boolean again =
            retries
                && error.code() == ErrorCode.SERIALIZATION_FAILURE
                && attempt < ATTEMPTS_MAX
                && !cancel.isCancelled();
        if (!again) {
          throw error;
        }
        session.block().restartImplicit();
      }
    }
  }

  private static String verb(PlannedStatement plan) {
    return plan instanceof PlannedStatement.Insert
        ? "INSERT"
        : plan instanceof PlannedStatement.Update ? "UPDATE" : "DELETE";
  }

  private void finish(PlannedStatement plan, Modification modification, Modification.Result done) {
    result = done;
    long delta =
        plan instanceof PlannedStatement.Insert
            ? done.count()
            : plan instanceof PlannedStatement.Delete ? -done.count() : 0;
    session.services().router().sizes().changed(modification.table().tableId(), delta);
    List<@Nullable Object[]> returned = done.returned();
    if (returned != null) {
      delivery = new RowDelivery(returningColumns(plan));
      keep(cursor(returned.iterator()));
    }
  }

  private static List<OutputColumn> returningColumns(PlannedStatement plan) {
    Returning returning =
        plan instanceof PlannedStatement.Insert insert
            ? insert.returning()
            : plan instanceof PlannedStatement.Update update
                ? update.returning()
                : ((PlannedStatement.Delete) plan).returning();
    return returning == null ? List.of() : returning.columns();
  }

  private static RowSource cursor(Iterator<@Nullable Object[]> rows) {
    return new RowSource() {
      @Override
      public @Nullable Object @Nullable [] next() {
        return rows.hasNext() ? rows.next() : null;
      }

      @Override
      public void close() {}
    };
  }
}
