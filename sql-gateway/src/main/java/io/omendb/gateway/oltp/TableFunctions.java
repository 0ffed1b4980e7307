package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgTableFunction;
import java.util.Iterator;
import java.util.List;
import org.apache.calcite.rel.core.TableFunctionScan;
import org.apache.calcite.rex.RexCall;
import org.jspecify.annotations.Nullable;

/** Functions that return rows of one column. */
final class TableFunctions {
  private static final @Nullable Object[] NO_INPUT = new Object[0];

  private TableFunctions() {}

  static Operator compile(TableFunctionScan scan, ExpressionCompiler expressions) {
    RexCall call = (RexCall) scan.getCall();
    if (!(call.getOperator() instanceof PgTableFunction function)) {
      throw ExpressionCompiler.unsupported(
          "table function %s is not supported".formatted(call.getOperator().getName()));
    }
    List<Expression> compiled = expressions.compile(call.getOperands());
    return context -> {
      @Nullable Object[] arguments = new Object[compiled.size()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = compiled.get(i).eval(NO_INPUT, context);
      }
      return rows(function.rows(context.functions(), arguments), context);
    };
  }

  private static RowSource rows(Iterator<@Nullable Object> values, ExecutionContext context) {
    return new RowSource() {
      @Override
      public @Nullable Object @Nullable [] next() {
        context.cancel().check();
        context.memory().nextRow();
        return values.hasNext() ? new Object[] {values.next()} : null;
      }

      @Override
      public void close() {}
    };
  }
}
