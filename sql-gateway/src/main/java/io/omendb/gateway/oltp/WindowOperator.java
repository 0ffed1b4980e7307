package io.omendb.gateway.oltp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds ranking window functions to its input's rows, which it holds in memory and gives in the
 * order of the last window. O(n log n) per window.
 */
record WindowOperator(Operator input, int inputColumns, List<Window> windows) implements Operator {

  private static final int RANK_BYTES = 24;

  /** How a window numbers its rows. */
  enum Ranking {
    ROW_NUMBER,
    RANK,
    DENSE_RANK
  }

  /** Partition and order, and the functions over it, whose results are columns in that order. */
  record Window(
      List<SortOperator.Key> partition, List<SortOperator.Key> order, List<Ranking> rankings) {}

  @Override
  public RowSource open(ExecutionContext context) {
    int columns = inputColumns + windows.stream().mapToInt(w -> w.rankings().size()).sum();
    List<@Nullable Object[]> rows = new ArrayList<>();
    OperatorMemory memory = context.memory().open();
    boolean read = false;
    try (RowSource source = input.open(context)) {
      for (@Nullable Object[] row = source.next(); row != null; row = source.next()) {
        context.cancel().check();
        @Nullable Object[] wider = Arrays.copyOf(row, columns);
        memory.reserveRow(wider, RANK_BYTES * (columns - inputColumns));
        rows.add(wider);
      }
      read = true;
    } finally {
      if (!read) {
        memory.close();
      }
    }
    int column = inputColumns;
    for (Window window : windows) {
      number(rows, window, column);
      column += window.rankings().size();
    }
    return new ListSource(rows, memory);
  }

  private static void number(List<@Nullable Object[]> rows, Window window, int firstColumn) {
    Comparator<@Nullable Object[]> partition = SortOperator.comparator(window.partition());
    Comparator<@Nullable Object[]> order = SortOperator.comparator(window.order());
    rows.sort(partition.thenComparing(order));
    @Nullable Object[] before = null;
    long rowNumber = 0;
    long rank = 0;
    long denseRank = 0;
    for (@Nullable Object[] row : rows) {
      if (before == null || partition.compare(before, row) != 0) {
        rowNumber = 0;
        denseRank = 0;
      }
      rowNumber++;
      if (rowNumber == 1 || before == null || order.compare(before, row) != 0) {
        rank = rowNumber;
        denseRank++;
      }
      int column = firstColumn;
      for (Ranking ranking : window.rankings()) {
        row[column++] =
            switch (ranking) {
              case ROW_NUMBER -> rowNumber;
              case RANK -> rank;
              case DENSE_RANK -> denseRank;
            };
      }
      before = row;
    }
  }
}
