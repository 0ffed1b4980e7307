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
    while (first.size() <= LOOKUPS_MAX) {
      @Nullable Object[] row = rows.next();
      if (row == null) {
        rows.close();
        return byLookup.apply(c -> new ListSource(first)).open(context);
      }
      first.add(row);
    }
    return byHash.apply(c -> new Continued(first.iterator(), rows)).open(context);
  }

  /** The rows that were read already, then the rest. */
  private static final class Continued implements RowSource {
    private final Iterator<@Nullable Object[]> first;
    private final RowSource rest;

    Continued(Iterator<@Nullable Object[]> first, RowSource rest) {
      this.first = first;
      this.rest = rest;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      return first.hasNext() ? first.next() : rest.next();
    }

    @Override
    public void close() {
      rest.close();
    }
  }
}
