package io.omendb.gateway.oltp;

import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.serve.RowCursor;
import io.omendb.jobs.serve.StoredRow;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table's rows from state: all columns in order, then the {@link StoredRow} itself as the
 * datum of the hidden {@code $row} column, which UPDATE and DELETE hand back. Columns that nobody
 * needs stay null.
 */
final class TableScanOperator implements Operator {
  private final AccessPath path;
  private final int[] fields;
  private final PgType[] types;
  private final ColumnType[] columnTypes;
  private final int width;
  private final boolean keepsStored;

  TableScanOperator(AccessPath path, ImmutableBitSet needed) {
    this.path = path;
    TableSchema table = path.table();
    width = table.columns().size() + 1;
    keepsStored = needed.get(width - 1);
    fields = needed.intersect(ImmutableBitSet.range(width - 1)).toArray();
    types = new PgType[fields.length];
    columnTypes = new ColumnType[fields.length];
    for (int i = 0; i < fields.length; i++) {
      columnTypes[i] = table.columns().get(fields[i]).type();
      types[i] = PgTypes.forColumn(columnTypes[i]);
    }
  }

  AccessPath path() {
    return path;
  }

  /** The datums of a stored row. */
  @Nullable Object[] datums(StoredRow stored) {
    @Nullable Object[] row = new Object[width];
    RowData data = stored.row();
    for (int i = 0; i < fields.length; i++) {
      row[fields[i]] = types[i].fromStorage(data, fields[i], columnTypes[i]);
    }
    if (keepsStored) {
      row[width - 1] = stored;
    }
    return row;
  }

  @Override
  public RowSource open(ExecutionContext context) {
    return path.isPoint() ? new PointSource(context) : new RangeSource(context);
  }

  /** Waits for a read; the cause's own error where it fails. */
  static <T> T await(CompletableFuture<T> future, CancelToken cancel) {
    try {
      return future.isDone() ? future.join() : future.get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw cancel.error();
    } catch (ExecutionException | CompletionException failed) {
      if (failed.getCause() instanceof OmenException error) {
        throw error;
      }
      throw new OmenException(
          ErrorCode.INTERNAL_ERROR, "reading table state failed: " + failed.getCause(), failed);
    }
  }

  private final class PointSource implements RowSource {
    private final ExecutionContext context;
    private final Iterator<KeyRange> ranges;

    PointSource(ExecutionContext context) {
      this.context = context;
      ranges = path.ranges(context).iterator();
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      while (ranges.hasNext()) {
        CompletableFuture<@Nullable StoredRow> read =
            context.transaction().get(path.table(), ranges.next().prefix());
        StoredRow stored = await(read, context.cancel());
        if (stored != null) {
          context.memory().nextRow();
          return datums(stored);
        }
      }
      return null;
    }

    @Override
    public void close() {}
  }

  private final class RangeSource implements RowSource {
    private final ExecutionContext context;
    private final Iterator<KeyRange> ranges;
    private @Nullable RowCursor cursor;
    private long rows;

    RangeSource(ExecutionContext context) {
      this.context = context;
      List<KeyRange> all = path.ranges(context);
      ranges = all.iterator();
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      Transaction transaction = context.transaction();
      while (true) {
        if (cursor == null) {
          if (!ranges.hasNext()) {
            return null;
          }
          cursor = transaction.scan(path.table(), ranges.next());
        }
        if (cursor.next()) {
          context.memory().nextRow();
          rows++;
          if ((rows & 0xff) == 0) {
            context.cancel().check();
            context.scans().read(path.table().tableId(), path.isWholeTable(), rows);
          }
          return datums(cursor.current());
        }
        cursor.close();
        cursor = null;
        context.scans().finished(path.table().tableId(), path.isWholeTable(), rows);
      }
    }

    @Override
    public void close() {
      if (cursor != null) {
        cursor.close();
        cursor = null;
      }
    }
  }
}
