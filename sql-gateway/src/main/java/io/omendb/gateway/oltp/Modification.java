package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.PlannedStatement.Returning;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.TableSchema;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * A compiled INSERT, UPDATE or DELETE. The rows to change are all read before the first is written,
 * so that a statement never sees its own changes. Immutable.
 */
public final class Modification {
  private final TableSchema table;
  private final RowWriter writer;
  private final QueryPlan source;
  private final Action action;
  private final @Nullable Returning returning;

  /** How {@link #tryRun} takes the one lock that the one change needs; null: not such a change. */
  private final @Nullable PromptLock promptLock;

  /** How many rows were changed, and what RETURNING gives; null without it. */
  public record Result(long count, @Nullable List<@Nullable Object[]> returned) {}

  /** What happens to one source row; the row as RETURNING sees it, null where it was skipped. */
  @FunctionalInterface
  private interface Action {
    @Nullable RowData apply(ExecutionContext context, @Nullable Object[] row);
  }

  /** Takes the lock for changing a source row, if that needs no waiting. */
  @FunctionalInterface
  private interface PromptLock {
    boolean tryLock(Transaction transaction, @Nullable Object[] row);
  }

  private Modification(
      TableSchema table,
      RowWriter writer,
      QueryPlan source,
      Action action,
      @Nullable Returning returning,
      @Nullable PromptLock promptLock) {
    this.table = table;
    this.writer = writer;
    this.source = source;
    this.action = action;
    this.returning = returning;
    this.promptLock = returning == null ? promptLock : null;
  }

  public static Modification of(PlannedStatement.Insert insert) {
    TableSchema table = insert.table();
    RowWriter writer = new RowWriter(table);
    boolean skipsConflicts = insert.onConflict() != null && table.hasPrimaryKey();
    Action action =
        (context, datums) -> {
          RowData row = writer.row(datums);
          Transaction transaction = context.transaction();
          if (!skipsConflicts) {
            transaction.insert(table, row);
            return row;
          }
          return transaction.insertIfAbsent(table, row, readsOneSnapshot(context)) ? row : null;
        };
    QueryPlan source = QueryPlan.of(insert.source());
    PromptLock promptLock =
        source.isOneRow() && source.isPromptRow() && insert.onConflict() == null
            ? (transaction, datums) -> transaction.tryLockForInsert(table, writer.row(datums))
            : null;
    return new Modification(table, writer, source, action, insert.returning(), promptLock);
  }

  public static Modification of(PlannedStatement.Update update) {
    TableSchema table = update.table();
    RowWriter writer = new RowWriter(table);
    int width = table.columns().size();
    Action action =
        (context, datums) -> {
          StoredRow old = stored(datums, width);
          RowData row = writer.updated(old.row(), update.assignedColumns(), datums, width + 1);
          context.transaction().update(table, old, row);
          return row;
        };
    QueryPlan source = QueryPlan.of(update.source());
    boolean keepsKey = table.primaryKey().stream().noneMatch(update.assignedColumns()::contains);
    return new Modification(
        table,
        writer,
        source,
        action,
        update.returning(),
        keepsKey ? promptLock(table, source) : null);
  }

  public static Modification of(PlannedStatement.Delete delete) {
    TableSchema table = delete.table();
    int width = table.columns().size();
    Action action =
        (context, datums) -> {
          StoredRow old = stored(datums, width);
          context.transaction().delete(table, old);
          return old.row();
        };
    QueryPlan source = QueryPlan.of(delete.source());
    return new Modification(
        table, new RowWriter(table), source, action, delete.returning(), promptLock(table, source));
  }

  /** Of a change to a row that is found by its key. */
  private static @Nullable PromptLock promptLock(TableSchema table, QueryPlan source) {
    int width = table.columns().size();
    PointQuery point = source.pointQuery();
    return point == null || !point.isPrompt()
        ? null
        : (transaction, datums) -> transaction.tryLockForUpdate(table, stored(datums, width));
  }

  /** Whether the level promises one snapshot to the whole transaction. */
  private static boolean readsOneSnapshot(ExecutionContext context) {
    return "repeatable read".equals(context.functions().setting("transaction_isolation"));
  }

  private static StoredRow stored(@Nullable Object[] datums, int position) {
    if (datums[position] instanceof StoredRow row) {
      return row;
    }
    throw new IllegalStateException("the plan lost the row to change");
  }

  /** How the rows to change are found, for EXPLAIN and the router. */
  public QueryPlan source() {
    return source;
  }

  public TableSchema table() {
    return table;
  }

  /** Whether {@link #tryRun} can succeed: one row by its key, or one new row. */
  public boolean mayRunPromptly() {
    return promptLock != null;
  }

  /**
   * Changes its one row if that needs no waiting, neither for a shard nor for a lock; null where it
   * does, and then nothing was written, but a lock may have been taken. For network threads.
   */
  public @Nullable Result tryRun(ExecutionContext context) {
    PromptLock lock = promptLock;
    if (lock == null) {
      return null;
    }
    PointQuery point = source.pointQuery();
    if (point == null) {
      try (RowSource rows = source.open(context)) {
        return tryApply(rows.next(), lock, context);
      }
    }
    Transaction.Found found = point.tryRead(context.transaction(), context);
    return found == null ? null : tryApply(point.row(found.row(), context), lock, context);
  }

  private @Nullable Result tryApply(
      @Nullable Object @Nullable [] row, PromptLock lock, ExecutionContext context) {
    if (row == null) {
      return new Result(0, null);
    }
    if (!lock.tryLock(context.transaction(), row)) {
      return null;
    }
    return new Result(apply(row, List.of(), context), null);
  }

  /** Runs it with the rows that the compiled source finds. */
  public Result run(ExecutionContext context) {
    try (RowSource rows = source.open(context)) {
      return run(rows, context);
    }
  }

  /** Runs it with rows from elsewhere, of the source's shape. */
  public Result run(RowSource rows, ExecutionContext context) {
    boolean streams = source.shape().accesses().stream().noneMatch(a -> a.table().equals(table));
    List<@Nullable Object[]> written = new ArrayList<>();
    if (streams) {
      long count = 0;
      for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
        context.cancel().check();
        count += apply(row, written, context);
      }
      return new Result(count, returned(written, context));
    }
    List<@Nullable Object[]> pending = new ArrayList<>();
    for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
      context.cancel().check();
      context.memory().reserveRow(row);
      pending.add(row);
    }
    Set<ByteBuffer> changed = pending.size() > 1 ? new HashSet<>() : Set.of();
    int width = table.columns().size();
    long count = 0;
    for (@Nullable Object[] row : pending) {
      context.cancel().check();
      // A join may find a row to change twice; the first match counts, as in PostgreSQL.
      if (pending.size() > 1
          && row.length > width
          && row[width] instanceof StoredRow stored
          && !changed.add(ByteBuffer.wrap(stored.key()))) {
        continue;
      }
      count += apply(row, written, context);
    }
    return new Result(count, returned(written, context));
  }

  private int apply(
      @Nullable Object[] row, List<@Nullable Object[]> written, ExecutionContext context) {
    RowData result = action.apply(context, row);
    if (result == null) {
      return 0;
    }
    if (returning != null) {
      written.add(writer.datums(result));
    }
    return 1;
  }

  private @Nullable List<@Nullable Object[]> returned(
      List<@Nullable Object[]> written, ExecutionContext context) {
    if (returning == null) {
      return null;
    }
    List<@Nullable Object[]> returned = new ArrayList<>(written.size());
    QueryPlan projection = QueryPlan.of(returning.projection(), ignored -> new ListSource(written));
    try (RowSource rows = projection.open(context)) {
      for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
        returned.add(row);
      }
    }
    return returned;
  }
}
