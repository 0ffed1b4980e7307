package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.util.List;
import org.apache.calcite.rel.core.TableFunctionScan;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/** Functions that return rows: generate_series over numbers. */
final class TableFunctions {
  private static final @Nullable Object[] NO_INPUT = new Object[0];

  private TableFunctions() {}

  static Operator compile(TableFunctionScan scan, ExpressionCompiler expressions) {
    RexCall call = (RexCall) scan.getCall();
    String name = call.getOperator().getName();
    if (!name.equalsIgnoreCase("generate_series")) {
      throw ExpressionCompiler.unsupported("table function %s is not supported".formatted(name));
    }
    PgType type = RelTypes.pgType(scan.getRowType().getFieldList().get(0).getType());
    if (!Casts.isNumber(type)) {
      throw ExpressionCompiler.unsupported(
          "generate_series of %s is not supported".formatted(type.sqlName()));
    }
    List<Expression> arguments =
        call.getOperands().stream().map(n -> number(n, type, expressions)).toList();
    return context -> open(arguments, type, context);
  }

  private static Expression number(RexNode node, PgType type, ExpressionCompiler expressions) {
    return expressions.converted(node, type);
  }

  private static RowSource open(List<Expression> arguments, PgType type, ExecutionContext context) {
    Object start = arguments.get(0).eval(NO_INPUT, context);
    Object stop = arguments.get(1).eval(NO_INPUT, context);
    Object step = arguments.size() > 2 ? arguments.get(2).eval(NO_INPUT, context) : one(type);
    if (start == null || stop == null || step == null) {
      return new ListSource(List.of());
    }
    int direction = Datums.compare(step, zero(type));
    if (direction == 0) {
      throw new OmenException(ErrorCode.INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    return new Series(start, stop, step, direction, type, context);
  }

  private static Object one(PgType type) {
    return Casts.between(PgTypes.INT4, type).apply(1, java.time.ZoneOffset.UTC);
  }

  private static Object zero(PgType type) {
    return type == PgTypes.NUMERIC
        ? BigDecimal.ZERO
        : Casts.between(PgTypes.INT4, type).apply(0, java.time.ZoneOffset.UTC);
  }

  /** The numbers from start to stop, step by step. */
  private static final class Series implements RowSource {
    private final Object stop;
    private final Object step;
    private final int direction;
    private final Arithmetic.Binary add;
    private final ExecutionContext context;
    private @Nullable Object current;

    Series(
        Object start,
        Object stop,
        Object step,
        int direction,
        PgType type,
        ExecutionContext context) {
      this.current = start;
      this.stop = stop;
      this.step = step;
      this.direction = direction;
      this.add = Arithmetic.binary(Arithmetic.Operation.ADD, type);
      this.context = context;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      Object value = current;
      if (value == null || Datums.compare(value, stop) * direction > 0) {
        return null;
      }
      context.cancel().check();
      try {
        current = add.apply(value, step);
      } catch (OmenException endOfTheTypesRange) {
        current = null;
      }
      return new Object[] {value};
    }

    @Override
    public void close() {}
  }
}
