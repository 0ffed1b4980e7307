package io.omendb.gateway.oltp;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A join whose right side can be looked up by key: for few left rows it looks each up, for many it
 * reads the right side once. Decided when it runs, by counting left rows.
 */
record AdaptiveJoinOperator(
    Operator left, UnaryOperator<Operator> byLookup, UnaryOperator<Operator> byHash)
    implements Operator {
  private static final int LOOKUPS_MAX = 500;

  @Override
  public RowSource open(ExecutionContext context) {
    RowSource rows = left.open(context);
    List<@Nullable Object[]> first = new ArrayList<>();
    OperatorMemory memory = context.memory().open();
    boolean begun = false;
    try {
      while (first.size() <= LOOKUPS_MAX) {
        @Nullable Object[] row = rows.next();
        if (row == null) {
          rows.close();
          begun = true;
          return byLookup.apply(c -> new ListSource(first, memory)).open(context);
        }
        memory.reserveRow(row, 0);
        first.add(row);
      }
      begun = true;
      return byHash.apply(c -> new Continued(first.iterator(), rows, memory)).open(context);
    } finally {
      if (!begun) {
        memory.close();
        rows.close();
      }
    }
  }

  /** The rows that were read already, then the rest. */
  private static final class Continued implements RowSource {
    private final Iterator<@Nullable Object[]> first;
    private final RowSource rest;
    private final OperatorMemory memory;

    Continued(Iterator<@Nullable Object[]> first, RowSource rest, OperatorMemory memory) {
      this.memory = memory;
      this.first = first;
      this.rest = rest;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      return first.hasNext() ? first.next() : rest.next();
    }

    @Override
    public void close() {
      memory.close();
      rest.close();
    }
  }
}
