package io.omendb.gateway.oltp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Joins on equality of key expressions, with a residual predicate over the joined row: the right
 * input is built into a hash table, the left one streams.
 *
 * <p>{@code keys} null makes it a nested-loop join over the materialised right input.
 */
record HashJoinOperator(
    Operator left,
    Operator right,
    Kind kind,
    int leftWidth,
    int rightWidth,
    @Nullable Keys keys,
    @Nullable Expression residual)
    implements Operator {

  enum Kind {
    INNER,
    LEFT,
    RIGHT,
    FULL,
    SEMI,
    ANTI
  }

  /** Key expressions over the left row and over the right row, pairwise equal in a match. */
  record Keys(List<Expression> left, List<Expression> right) {}

  /** About what a built row takes beside itself, without and with a hash table. */
  private static final int BUILT_BYTES = 32;

  private static final int KEYED_BYTES = 180;

  /** A right row and whether some left row matched it. */
  private static final class Built {
    final @Nullable Object[] row;
    boolean matched;

    Built(@Nullable Object[] row) {
      this.row = row;
    }
  }

  @Override
  public RowSource open(ExecutionContext context) {
    return new Source(context);
  }

  private final class Source implements RowSource {
    private final ExecutionContext context;
    private final OperatorMemory memory;
    private final List<Built> all = new ArrayList<>();
    private final Map<RowKey, List<Built>> table = new HashMap<>();
    private @Nullable RowSource leftRows;
    private @Nullable Object @Nullable [] leftRow;
    private List<Built> candidates = List.of();
    private int candidate;
    private boolean leftMatched;
    private int unmatchedRight;
    private boolean leftDone;

    Source(ExecutionContext context) {
      this.context = context;
      memory = context.memory().open();
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      if (leftRows == null) {
        build();
        leftRows = left.open(context);
        leftDone = all.isEmpty() && (kind == Kind.INNER || kind == Kind.SEMI || kind == Kind.RIGHT);
      }
      while (!leftDone) {
        @Nullable Object[] row = leftRow == null ? null : matchOrFill(leftRow);
        if (row != null) {
          return row;
        }
        context.cancel().check();
        @Nullable Object[] following = leftRows.next();
        if (following == null) {
          leftDone = true;
          leftRow = null;
        } else {
          start(following);
        }
      }
      return kind == Kind.RIGHT || kind == Kind.FULL ? nextUnmatchedRight() : null;
    }

    private void build() {
      try (RowSource rows = right.open(context)) {
        for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
          context.cancel().check();
          memory.reserveRow(row, keys == null ? BUILT_BYTES : KEYED_BYTES);
          Built built = new Built(row);
          all.add(built);
          if (keys != null) {
            RowKey key = RowKey.of(row, keys.right(), context);
            if (!key.hasNull()) {
              table.computeIfAbsent(key, k -> new ArrayList<>(1)).add(built);
            }
          }
        }
      }
    }

    private void start(@Nullable Object[] row) {
      leftRow = row;
      leftMatched = false;
      candidate = 0;
      if (keys == null) {
        candidates = all;
      } else {
        RowKey key = RowKey.of(row, keys.left(), context);
        candidates = key.hasNull() ? List.of() : table.getOrDefault(key, List.of());
      }
    }

    /** The next result row of the current left row; null (and no current left row) at its end. */
    private @Nullable Object @Nullable [] matchOrFill(@Nullable Object[] row) {
      while (candidate < candidates.size()) {
        Built built = candidates.get(candidate++);
        @Nullable Object[] joined = join(row, built.row);
        if (residual != null && !Boolean.TRUE.equals(residual.eval(joined, context))) {
          if ((candidate & 0xfff) == 0) {
            context.cancel().check();
          }
          continue;
        }
        leftMatched = true;
        built.matched = true;
        if (kind == Kind.SEMI || kind == Kind.ANTI) {
          leftRow = null;
          return kind == Kind.SEMI ? row : null;
        }
        return joined;
      }
      leftRow = null;
      if (leftMatched) {
        return null;
      }
      return switch (kind) {
        case LEFT, FULL -> join(row, new Object[rightWidth]);
        case ANTI -> row;
        case INNER, RIGHT, SEMI -> null;
      };
    }

    private @Nullable Object @Nullable [] nextUnmatchedRight() {
      while (unmatchedRight < all.size()) {
        Built built = all.get(unmatchedRight++);
        if (!built.matched) {
          return join(new Object[leftWidth], built.row);
        }
      }
      return null;
    }

    private @Nullable Object[] join(@Nullable Object[] leftPart, @Nullable Object[] rightPart) {
      @Nullable Object[] joined = new Object[leftWidth + rightWidth];
      System.arraycopy(leftPart, 0, joined, 0, leftWidth);
      System.arraycopy(rightPart, 0, joined, leftWidth, rightWidth);
      return joined;
    }

    @Override
    public void close() {
      memory.close();
      if (leftRows != null) {
        leftRows.close();
      }
    }
  }
}
