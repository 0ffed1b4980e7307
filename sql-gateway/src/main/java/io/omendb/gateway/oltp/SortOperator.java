package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgComparison;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts all rows, stably, on disk where they do not fit into memory; with a {@code top} bound it
 * keeps only that many rows (the first {@code top} in order), in a heap.
 */
record SortOperator(Operator input, List<Key> keys, @Nullable Expression top) implements Operator {
  private static final @Nullable Object[] NO_INPUT = new Object[0];
  private static final int HEAP_ROWS_MAX = 10_000;
  private static final int NUMBERED_BYTES = 32;

  /** One sort column. */
  record Key(int column, boolean descending, boolean nullsFirst) {}

  private record Numbered(long number, @Nullable Object[] row) {}

  @Override
  public RowSource open(ExecutionContext context) {
    Comparator<@Nullable Object[]> order = comparator(keys);
    Object bound = top == null ? null : top.eval(NO_INPUT, context);
    if (bound instanceof Long n && n >= 0 && n <= HEAP_ROWS_MAX) {
      return firstRows(context, order, n.intValue());
    }
    ExternalSort sort = new ExternalSort(order, context.memory(), context.cancel());
    boolean sorted = false;
    try (RowSource source = input.open(context)) {
      for (@Nullable Object[] row = source.next(); row != null; row = source.next()) {
        context.cancel().check();
        sort.add(row);
      }
      RowSource rows = sort.finish();
      sorted = true;
      return rows;
    } finally {
      if (!sorted) {
        sort.close();
      }
    }
  }

  private RowSource firstRows(
      ExecutionContext context, Comparator<@Nullable Object[]> order, int count) {
    Comparator<Numbered> stable =
        Comparator.comparing(Numbered::row, order).thenComparingLong(Numbered::number);
    PriorityQueue<Numbered> heap = new PriorityQueue<>(Math.max(1, count), stable.reversed());
    OperatorMemory memory = context.memory().open();
    long number = 0;
    boolean read = false;
    try (RowSource source = input.open(context)) {
      for (@Nullable Object[] row = source.next(); row != null; row = source.next()) {
        context.cancel().check();
        Numbered candidate = new Numbered(number++, row);
        if (heap.size() < count) {
          memory.reserveRow(row, NUMBERED_BYTES);
          heap.add(candidate);
        } else if (count > 0 && stable.compare(candidate, heap.element()) < 0) {
          memory.reserveRow(row, NUMBERED_BYTES);
          heap.add(candidate);
          memory.release(StatementMemory.estimate(heap.remove().row()) + NUMBERED_BYTES);
        }
      }
      read = true;
    } finally {
      if (!read) {
        memory.close();
      }
    }
    List<Numbered> kept = new ArrayList<>(heap);
    kept.sort(stable);
    List<@Nullable Object[]> rows = new ArrayList<>(kept.size());
    kept.forEach(n -> rows.add(n.row()));
    return new ListSource(rows, memory);
  }

  /** The order that these keys define. */
  static Comparator<@Nullable Object[]> comparator(List<Key> keys) {
    Key[] columns = keys.toArray(new Key[0]);
    return (a, b) -> {
      for (Key key : columns) {
        Object left = a[key.column()];
        Object right = b[key.column()];
        int order;
        if (left == null || right == null) {
          order = left == right ? 0 : (left == null) == key.nullsFirst() ? -1 : 1;
        } else {
          order = PgComparison.compare(left, right);
          order = key.descending() ? -order : order;
        }
        if (order != 0) {
          return order;
        }
      }
      return 0;
    };
  }
}
