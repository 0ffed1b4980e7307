package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgAggregate;
import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/** The aggregates that are Calcite's own operators, with PostgreSQL's results. */
final class Aggregates {
  private Aggregates() {}

  /** A factory of running values for that operator over arguments of these types. */
  static Supplier<PgAggregate> of(AggregateCall call, List<PgType> arguments, PgType result) {
    SqlKind kind = call.getAggregation().getKind();
    PgType first = arguments.isEmpty() ? PgTypes.VOID : arguments.get(0);
    return switch (kind) {
      case COUNT -> Count::new;
      case SUM -> sum(first, result, false);
      case SUM0 -> sum(first, result, true);
      case AVG -> average(first);
      case MIN -> () -> new Extreme(-1, Datums.stripsBlanks(first));
      case MAX -> () -> new Extreme(1, Datums.stripsBlanks(first));
      case SINGLE_VALUE -> SingleValue::new;
      case ANY_VALUE -> AnyValue::new;
      default -> named(kind, call.getAggregation().getName().toUpperCase(Locale.ROOT));
    };
  }

  private static Supplier<PgAggregate> named(SqlKind kind, String name) {
    return switch (name) {
      case "BOOL_AND", "EVERY" -> () -> new Bool(true);
      case "BOOL_OR", "SOME" -> () -> new Bool(false);
      case "ARRAY_AGG" -> Collect::new;
      default ->
          throw ExpressionCompiler.unsupported(
              "aggregate function %s (%s) is not supported".formatted(name, kind));
    };
  }

  private static Supplier<PgAggregate> sum(PgType argument, PgType result, boolean zero) {
    if (argument == PgTypes.INT2 || argument == PgTypes.INT4) {
      return () -> new LongSum(zero);
    }
    if (argument == PgTypes.INT8) {
      // count's parts are summed up as bigint, sum(bigint) is numeric
      return result == PgTypes.INT8 ? () -> new LongSum(zero) : () -> new NumericSum(zero);
    }
    if (argument == PgTypes.NUMERIC) {
      return () -> new NumericSum(zero);
    }
    if (argument == PgTypes.FLOAT8) {
      return () -> new FloatSum(false);
    }
    if (argument == PgTypes.FLOAT4) {
      return () -> new FloatSum(true);
    }
    if (argument == PgTypes.INTERVAL) {
      return IntervalSum::new;
    }
    throw undefined("sum", argument);
  }

  private static Supplier<PgAggregate> average(PgType argument) {
    if (argument == PgTypes.FLOAT8 || argument == PgTypes.FLOAT4) {
      return FloatAverage::new;
    }
    if (Casts.isNumber(argument)) {
      return NumericAverage::new;
    }
    throw undefined("avg", argument);
  }

  private static OmenException undefined(String function, PgType argument) {
    return new OmenException(
        ErrorCode.UNDEFINED_FUNCTION,
        "function %s(%s) does not exist".formatted(function, argument.sqlName()));
  }

  private static BigDecimal numeric(Object value) {
    return value instanceof BigDecimal decimal
        ? decimal
        : BigDecimal.valueOf(((Number) value).longValue());
  }

  private static final class Count implements PgAggregate {
    private long count;

    @Override
    public void add(@Nullable Object[] arguments) {
      for (Object argument : arguments) {
        if (argument == null) {
          return;
        }
      }
      count++;
    }

    @Override
    public Object result() {
      return count;
    }
  }

  private static final class LongSum implements PgAggregate {
    private long sum;
    private boolean any;

    LongSum(boolean zero) {
      any = zero;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof Number value) {
        sum = Arithmetic.int8(Arithmetic.Operation.ADD, sum, value.longValue());
        any = true;
      }
    }

    @Override
    public @Nullable Object result() {
      return any ? (Object) sum : null;
    }
  }

  /** Sums unscaled longs for as long as scale and size allow, BigDecimals beyond. */
  private static final class NumericSum implements PgAggregate {
    private BigDecimal sum = BigDecimal.ZERO;
    private boolean any;

    NumericSum(boolean zero) {
      any = zero;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      Object value = arguments[0];
      if (value != null) {
        sum = any ? sum.add(numeric(value)) : numeric(value);
        any = true;
      }
    }

    @Override
    public @Nullable Object result() {
      return any ? sum : null;
    }
  }

  private static final class NumericAverage implements PgAggregate {
    private BigDecimal sum = BigDecimal.ZERO;
    private long count;

    @Override
    public void add(@Nullable Object[] arguments) {
      Object value = arguments[0];
      if (value != null) {
        sum = sum.add(numeric(value));
        count++;
      }
    }

    @Override
    public @Nullable Object result() {
      return count == 0 ? null : Arithmetic.divide(sum, BigDecimal.valueOf(count));
    }
  }

  private static final class FloatSum implements PgAggregate {
    private final boolean single;
    private double sum;
    private boolean any;

    FloatSum(boolean single) {
      this.single = single;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof Number value) {
        double d = value.doubleValue();
        double next = single ? (float) sum + (float) d : sum + d;
        if (Double.isInfinite(next) && !Double.isInfinite(sum) && !Double.isInfinite(d)) {
          throw new OmenException(
              ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
        }
        sum = next;
        any = true;
      }
    }

    @Override
    public @Nullable Object result() {
      return any ? (single ? (Object) (float) sum : (Object) sum) : null;
    }
  }

  private static final class FloatAverage implements PgAggregate {
    private double sum;
    private long count;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof Number value) {
        sum += value.doubleValue();
        count++;
      }
    }

    @Override
    public @Nullable Object result() {
      return count == 0 ? null : (Object) (sum / count);
    }
  }

  private static final class IntervalSum implements PgAggregate {
    private @Nullable PgInterval sum;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof PgInterval interval) {
        try {
          sum = sum == null ? interval : sum.plus(interval);
        } catch (ArithmeticException overflow) {
          throw new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "interval out of range");
        }
      }
    }

    @Override
    public @Nullable Object result() {
      return sum;
    }
  }

  private static final class Extreme implements PgAggregate {
    private final int sign;
    private final boolean stripsBlanks;
    private @Nullable Object best;

    Extreme(int sign, boolean stripsBlanks) {
      this.sign = sign;
      this.stripsBlanks = stripsBlanks;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      Object value = arguments[0];
      if (value != null && (best == null || order(value, best) * sign > 0)) {
        best = value;
      }
    }

    private int order(Object a, Object b) {
      return stripsBlanks
          ? Datums.compareStrings(
              String.valueOf(Datums.stripBlanks(a)), String.valueOf(Datums.stripBlanks(b)))
          : Datums.compare(a, b);
    }

    @Override
    public @Nullable Object result() {
      return best;
    }
  }

  private static final class SingleValue implements PgAggregate {
    private @Nullable Object value;
    private boolean any;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (any) {
        throw new OmenException(
            ErrorCode.CARDINALITY_VIOLATION,
            "more than one row returned by a subquery used as an expression");
      }
      any = true;
      value = arguments[0];
    }

    @Override
    public @Nullable Object result() {
      return value;
    }
  }

  private static final class AnyValue implements PgAggregate {
    private @Nullable Object value;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (value == null) {
        value = arguments[0];
      }
    }

    @Override
    public @Nullable Object result() {
      return value;
    }
  }

  private static final class Bool implements PgAggregate {
    private final boolean conjunction;
    private @Nullable Boolean value;

    Bool(boolean conjunction) {
      this.conjunction = conjunction;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof Boolean b) {
        value = value == null ? b : conjunction ? value && b : value || b;
      }
    }

    @Override
    public @Nullable Object result() {
      return value;
    }
  }

  private static final class Collect implements PgAggregate {
    private @Nullable List<@Nullable Object> values;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (values == null) {
        values = new ArrayList<>();
      }
      values.add(arguments[0]);
    }

    @Override
    public @Nullable Object result() {
      return values;
    }
  }
}
