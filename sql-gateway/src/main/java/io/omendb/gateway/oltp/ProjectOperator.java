package io.omendb.gateway.oltp;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes a row of expressions for each input row. */
record ProjectOperator(Operator input, List<Expression> expressions) implements Operator {

  @Override
  public RowSource open(ExecutionContext context) {
    RowSource rows = input.open(context);
    Expression[] compiled = expressions.toArray(new Expression[0]);
    return new RowSource() {
      @Override
      public @Nullable Object @Nullable [] next() {
        @Nullable Object[] row = rows.next();
        if (row == null) {
          return null;
        }
        @Nullable Object[] projected = new Object[compiled.length];
        for (int i = 0; i < compiled.length; i++) {
          projected[i] = compiled[i].eval(row, context);
        }
        return projected;
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }
}
