package io.omendb.gateway.oltp;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * UNION, INTERSECT and EXCEPT, each with or without ALL; NULLs count as equal. {@code keys} are the
 * columns.
 */
record SetOperator(Kind kind, boolean all, List<Operator> inputs, List<Expression> keys)
    implements Operator {

  /** About what a key and its place in a hash table take. */
  private static final int KEY_BYTES = 120;

  enum Kind {
    UNION,
    INTERSECT,
    EXCEPT
  }

  @Override
  public RowSource open(ExecutionContext context) {
    OperatorMemory memory = context.memory().open();
    if (kind == Kind.UNION) {
      return all
          ? new Concatenation(context)
          : distinct(new Concatenation(context), context, memory);
    }
    boolean done = false;
    try {
      RowSource rows = compare(context, memory);
      done = true;
      return rows;
    } finally {
      if (!done) {
        memory.close();
      }
    }
  }

  private RowSource compare(ExecutionContext context, OperatorMemory memory) {
    Map<RowKey, Integer> counts = counts(inputs.get(1), context, memory);
    for (Operator further : inputs.subList(2, inputs.size())) {
      Map<RowKey, Integer> others = counts(further, context, memory);
      if (kind == Kind.INTERSECT) {
        counts.replaceAll((key, n) -> Math.min(n, others.getOrDefault(key, 0)));
      } else {
        others.forEach((key, n) -> counts.merge(key, n, Integer::sum));
      }
    }
    RowSource first = inputs.get(0).open(context);
    RowSource rows = all ? first : distinct(first, context, memory);
    return new RowSource() {
      @Override
      public @Nullable Object @Nullable [] next() {
        while (true) {
          @Nullable Object[] row = rows.next();
          if (row == null) {
            return null;
          }
          context.cancel().check();
          if (qualifies(RowKey.of(row, keys, context), counts)) {
            return row;
          }
        }
      }

      @Override
      public void close() {
        memory.close();
        rows.close();
      }
    };
  }

  private boolean qualifies(RowKey key, Map<RowKey, Integer> counts) {
    int count = counts.getOrDefault(key, 0);
    if (all && count > 0) {
      counts.put(key, count - 1);
    }
    return (count > 0) == (kind == Kind.INTERSECT);
  }

  private Map<RowKey, Integer> counts(
      Operator input, ExecutionContext context, OperatorMemory memory) {
    Map<RowKey, Integer> counts = new HashMap<>();
    try (RowSource source = input.open(context)) {
      for (@Nullable Object[] row = source.next(); row != null; row = source.next()) {
        context.cancel().check();
        if (counts.merge(RowKey.of(row, keys, context), 1, Integer::sum) == 1) {
          memory.reserveRow(row, KEY_BYTES);
        }
      }
    }
    return counts;
  }

  private RowSource distinct(RowSource rows, ExecutionContext context, OperatorMemory memory) {
    Set<RowKey> seen = new HashSet<>();
    return new RowSource() {
      @Override
      public @Nullable Object @Nullable [] next() {
        while (true) {
          @Nullable Object[] row = rows.next();
          if (row == null) {
            return null;
          }
          context.cancel().check();
          if (seen.add(RowKey.of(row, keys, context))) {
            memory.reserveRow(row, KEY_BYTES);
            return row;
          }
        }
      }

      @Override
      public void close() {
        memory.close();
        rows.close();
      }
    };
  }

  /** All rows of one input after the other. */
  private final class Concatenation implements RowSource {
    private final ExecutionContext context;
    private final Iterator<Operator> left = inputs.iterator();
    private @Nullable RowSource current;

    Concatenation(ExecutionContext context) {
      this.context = context;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      while (true) {
        if (current == null) {
          if (!left.hasNext()) {
            return null;
          }
          current = left.next().open(context);
        }
        @Nullable Object[] row = current.next();
        if (row != null) {
          return row;
        }
        current.close();
        current = null;
      }
    }

    @Override
    public void close() {
      if (current != null) {
        current.close();
      }
    }
  }
}
