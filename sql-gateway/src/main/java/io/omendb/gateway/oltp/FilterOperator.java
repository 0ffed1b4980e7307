package io.omendb.gateway.oltp;

import org.jspecify.annotations.Nullable;

/** Rows for which a predicate is true (not false, not NULL). */
record FilterOperator(Operator input, Expression predicate) implements Operator {

  @Override
  public RowSource open(ExecutionContext context) {
    RowSource rows = input.open(context);
    return new RowSource() {
      @Override
      public @Nullable Object @Nullable [] next() {
        while (true) {
          @Nullable Object[] row = rows.next();
          if (row == null || Boolean.TRUE.equals(predicate.eval(row, context))) {
            return row;
          }
          context.cancel().check();
        }
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }
}
