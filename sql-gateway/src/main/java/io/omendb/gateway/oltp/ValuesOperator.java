package io.omendb.gateway.oltp;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of expressions that need no input. */
record ValuesOperator(List<List<Expression>> rows) implements Operator {
  private static final @Nullable Object[] NO_INPUT = new Object[0];

  @Override
  public RowSource open(ExecutionContext context) {
    List<@Nullable Object[]> evaluated = new ArrayList<>(rows.size());
    for (List<Expression> row : rows) {
      @Nullable Object[] datums = new Object[row.size()];
      for (int i = 0; i < datums.length; i++) {
        datums[i] = row.get(i).eval(NO_INPUT, context);
      }
      evaluated.add(datums);
    }
    return new ListSource(evaluated);
  }
}
