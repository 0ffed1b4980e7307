package io.omendb.gateway.session;

import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.oltp.RowWriter;
import io.omendb.gateway.sql.statement.PlannedStatement.Copy;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableSchema;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/** COPY FROM STDIN: rows go into the transaction as they arrive. */
final class CopyInPortal extends OmenPortal {
  private final Copy copy;
  private final TableSchema table;

  /** Of the whole statement, however many pieces its data has. */
  private @Nullable ScheduledFuture<?> timeout;

  CopyInPortal(OmenSession session, Copy copy) {
    super(session);
    this.copy = copy;
    table = Objects.requireNonNull(copy.table());
  }

  @Override
  public Kind kind() {
    return Kind.COPY_IN;
  }

  @Override
  Completion run(int rowsMax, RowSink sink) {
    throw new OmenException(ErrorCode.PROTOCOL_VIOLATION, "COPY FROM STDIN takes its data first");
  }

  @Override
  public CopyIn copyIn() {
    return session.run(
        cancel,
        () -> {
          session.block().requireWritable("COPY FROM");
          stopTimeout();
          timeout = session.startTimeout(cancel);
          return new Receiver();
        });
  }

  private void stopTimeout() {
    ScheduledFuture<?> running = timeout;
    timeout = null;
    if (running != null) {
      running.cancel(false);
    }
  }

  @Override
  public void close() {
    stopTimeout();
    super.close();
  }

  private final class Receiver implements CopyIn {
    private static final int CONTEXT_CHARACTERS_MAX = 100;

    private final Transaction transaction = session.block().current();
    private final RowWriter writer = new RowWriter(table);
    private final CopyReader reader = new CopyReader(copy.options(), this::row);
    private final int[] targets = copy.columns().stream().mapToInt(Integer::intValue).toArray();
    private final PgType[] types = new PgType[targets.length];
    private final ExecutionContext context = session.execution(transaction, List.of(), cancel);
    private final ZoneId zone = context.zone();
    private final @Nullable QueryPlan defaults;
    private int column = -1;
    private @Nullable String value;
    private long rows;

    Receiver() {
      for (int i = 0; i < types.length; i++) {
        types[i] = PgTypes.forColumn(table.columns().get(targets[i]).type());
      }
      boolean someMissing = targets.length < table.columns().size();
      defaults = copy.defaults() == null || !someMissing ? null : QueryPlan.of(copy.defaults());
    }

    @Override
    public int columnCount() {
      return targets.length;
    }

    @Override
    public void data(byte[] bytes, int offset, int length) {
      session.runPiece(
          cancel,
          () -> {
            cancel.check();
            located(() -> reader.accept(bytes, offset, length));
            return true;
          });
    }

    @Override
    public Completion finish() {
      return session.runPiece(
          cancel,
          () -> {
            cancel.check();
            located(reader::finish);
            stopTimeout();
            session.services().router().sizes().changed(table.tableId(), rows);
            return Completion.of("COPY " + rows);
          });
    }

    @Override
    public void fail(String reason) {
      try {
        stopTimeout();
        session.runPiece(
            cancel,
            () -> {
              throw new OmenException(
                  ErrorCode.QUERY_CANCELED, "COPY from stdin failed: " + reason);
            });
      } catch (OmenException expected) {
        if (expected.code() != ErrorCode.QUERY_CANCELED) {
          throw expected;
        }
      }
    }

    private void row(@Nullable String[] fields, int count) {
      column = -1;
      if ((rows & 0xff) == 0) {
        cancel.check();
      }
      if (count > targets.length) {
        throw CopyReader.bad("extra data after last expected column");
      }
      if (count < targets.length) {
        Column missing = table.columns().get(targets[count]);
        throw CopyReader.bad("missing data for column \"%s\"".formatted(missing.name()));
      }
      @Nullable Object[] datums = defaults();
      for (int i = 0; i < count; i++) {
        String text = fields[i];
        column = targets[i];
        value = text;
        datums[targets[i]] = text == null ? null : types[i].parseText(text, zone);
      }
      column = -1;
      transaction.insert(table, writer.row(datums));
      rows++;
    }

    private @Nullable Object[] defaults() {
      if (defaults == null) {
        return new Object[table.columns().size()];
      }
      try (RowSource source = defaults.open(context)) {
        @Nullable Object[] row = source.next();
        return row == null ? new Object[table.columns().size()] : row.clone();
      }
    }

    /** Errors tell the line, and the column and its value where one is to blame. */
    private void located(Runnable body) {
      try {
        body.run();
      } catch (OmenException error) {
        StringBuilder message = new StringBuilder(String.valueOf(error.getMessage()));
        message.append(" (COPY ").append(table.name()).append(", line ").append(reader.line());
        if (column >= 0) {
          message.append(", column ").append(table.columns().get(column).name());
          if (value != null) {
            String shown =
                value.length() > CONTEXT_CHARACTERS_MAX
                    ? value.substring(0, CONTEXT_CHARACTERS_MAX) + "..."
                    : value;
            message.append(": \"").append(shown).append('"');
          }
        }
        throw new OmenException(error.code(), message.append(')').toString(), error);
      }
    }
  }
}
