package io.omendb.gateway.oltp;

import org.jspecify.annotations.Nullable;

/**
 * Runs the right input once for every left row, which the right input sees as correlation variable
 * {@code variable}.
 */
record CorrelateOperator(
    Operator left, Operator right, int variable, Kind kind, int leftWidth, int rightWidth)
    implements Operator {

  enum Kind {
    INNER,
    LEFT,
    SEMI,
    ANTI
  }

  @Override
  public RowSource open(ExecutionContext context) {
    RowSource leftRows = left.open(context);
    return new RowSource() {
      private @Nullable Object @Nullable [] leftRow;
      private @Nullable RowSource rightRows;
      private boolean matched;

      @Override
      public @Nullable Object @Nullable [] next() {
        while (true) {
          if (leftRow == null || rightRows == null) {
            leftRow = leftRows.next();
            if (leftRow == null) {
              return null;
            }
            context.cancel().check();
            matched = false;
            context.correlate(variable, leftRow);
            rightRows = right.open(context);
          } else {
            context.correlate(variable, leftRow);
          }
          @Nullable Object[] current = leftRow;
          @Nullable Object[] rightRow = rightRows.next();
          if (rightRow != null && kind != Kind.SEMI && kind != Kind.ANTI) {
            matched = true;
            return join(current, rightRow);
          }
          rightRows.close();
          rightRows = null;
          if (kind == Kind.LEFT && !matched) {
            return join(current, new Object[rightWidth]);
          }
          if (rightRow != null ? kind == Kind.SEMI : kind == Kind.ANTI) {
            return current;
          }
        }
      }

      private @Nullable Object[] join(@Nullable Object[] leftPart, @Nullable Object[] rightPart) {
        @Nullable Object[] joined = new Object[leftWidth + rightWidth];
        System.arraycopy(leftPart, 0, joined, 0, leftWidth);
        System.arraycopy(rightPart, 0, joined, leftWidth, rightWidth);
        return joined;
      }

      @Override
      public void close() {
        if (rightRows != null) {
          rightRows.close();
        }
        leftRows.close();
      }
    };
  }
}
