package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexLiteral;
import org.jspecify.annotations.Nullable;

/**
 * The aggregates that plans hold: Calcite's COUNT, SUM, $SUM0, MIN, MAX, SINGLE_VALUE, ANY_VALUE
 * and LITERAL_AGG, and {@link PgAggregateFunction}s. avg and its kin are planned as divisions of
 * sums. DISTINCT, FILTER and the order of rows are the executor's business.
 */
public final class Aggregates {
  private Aggregates() {}

  /** Makes accumulators for that call; {@code inputs} are the types of its arguments. */
  public static Supplier<PgAggregate> of(AggregateCall call, List<RelDataType> inputs) {
    if (call.getAggregation() instanceof PgAggregateFunction function) {
      return function::newAccumulator;
    }
    PgType type = RelTypes.pgType(call.getType());
    return switch (call.getAggregation().getKind()) {
      case COUNT -> Count::new;
      case SUM -> () -> new Sum(type, false);
      case SUM0 -> () -> new Sum(type, true);
      case MIN -> () -> new Extreme(-1);
      case MAX -> () -> new Extreme(1);
      case SINGLE_VALUE -> SingleValue::new;
      case ANY_VALUE -> AnyValue::new;
      case LITERAL_AGG -> {
        Object value = Datums.of((RexLiteral) call.rexList.get(0));
        yield () -> new Constant(value);
      }
      default -> throw new IllegalArgumentException("no aggregate in plans: " + call);
    };
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

  /** In PostgreSQL's result types: integers sum to bigint, bigints and numerics to numeric. */
  private static final class Sum implements PgAggregate {
    private final PgType type;
    private @Nullable Object sum;

    Sum(PgType type, boolean zeroIfEmpty) {
      this.type = type;
      if (zeroIfEmpty) {
        sum = PgCasts.cast(0, PgTypes.INT4, type, ZoneOffset.UTC);
      }
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      Object value = arguments[0];
      if (value == null) {
        return;
      }
      Object widened = widen(value);
      sum = sum == null ? widened : PgArithmetic.add(sum, widened, type);
    }

    private Object widen(Object value) {
      if (type == PgTypes.INT8) {
        return ((Number) value).longValue();
      } else if (type == PgTypes.NUMERIC) {
        return value instanceof BigDecimal
            ? value
            : BigDecimal.valueOf(((Number) value).longValue());
      } else if (type == PgTypes.FLOAT8) {
        return ((Number) value).doubleValue();
      }
      return value;
    }

    @Override
    public @Nullable Object result() {
      return sum;
    }
  }

  private static final class Extreme implements PgAggregate {
    private final int sign;
    private @Nullable Object best;

    Extreme(int sign) {
      this.sign = sign;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      Object value = arguments[0];
      if (value != null && (best == null || PgComparison.compare(value, best) * sign > 0)) {
        best = value;
      }
    }

    @Override
    public @Nullable Object result() {
      return best;
    }
  }

  private static final class SingleValue implements PgAggregate {
    private boolean seen;
    private @Nullable Object value;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (seen) {
        throw new OmenException(
            ErrorCode.CARDINALITY_VIOLATION,
            "more than one row returned by a subquery used as an expression");
      }
      seen = true;
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

  private static final class Constant implements PgAggregate {
    private final @Nullable Object value;

    Constant(@Nullable Object value) {
      this.value = value;
    }

    @Override
    public void add(@Nullable Object[] arguments) {}

    @Override
    public @Nullable Object result() {
      return value;
    }
  }

  /** sum(interval), which Calcite's SUM does not know. */
  static final class IntervalSum implements PgAggregate {
    private @Nullable PgInterval sum;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof PgInterval value) {
        sum = sum == null ? value : (PgInterval) PgArithmetic.add(sum, value, PgTypes.INTERVAL);
      }
    }

    @Override
    public @Nullable Object result() {
      return sum;
    }
  }

  /** bool_and and bool_or. */
  static final class BoolFold implements PgAggregate {
    private final boolean and;
    private @Nullable Boolean value;

    BoolFold(boolean and) {
      this.and = and;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof Boolean b) {
        value = value == null ? b : and ? value && b : value || b;
      }
    }

    @Override
    public @Nullable Object result() {
      return value;
    }
  }

  static final class StringAggregate implements PgAggregate {
    private @Nullable StringBuilder text;

    @Override
    public boolean keepsArguments() {
      return true;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] == null) {
        return;
      }
      if (text == null) {
        text = new StringBuilder();
      } else if (arguments[1] != null) {
        text.append(arguments[1]);
      }
      text.append(arguments[0]);
    }

    @Override
    public @Nullable Object result() {
      return text == null ? null : text.toString();
    }
  }

  /** string_agg of bytea. */
  static final class ByteAggregate implements PgAggregate {
    private @Nullable ByteArrayOutputStream bytes;

    @Override
    public void add(@Nullable Object[] arguments) {
      if (!(arguments[0] instanceof byte[] value)) {
        return;
      }
      ByteArrayOutputStream out = bytes;
      if (out == null) {
        out = new ByteArrayOutputStream();
        bytes = out;
      } else if (arguments[1] instanceof byte[] separator) {
        out.writeBytes(separator);
      }
      out.writeBytes(value);
    }

    @Override
    public @Nullable Object result() {
      return bytes == null ? null : bytes.toByteArray();
    }
  }

  /** bit_and, bit_or and bit_xor of integers of one type. */
  static final class BitFold implements PgAggregate {
    private final String name;
    private @Nullable Object value;

    BitFold(String name) {
      this.name = name;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (!(arguments[0] instanceof Number next)) {
        return;
      }
      if (!(value instanceof Number before)) {
        value = next;
        return;
      }
      long a = before.longValue();
      long b = next.longValue();
      long bits =
          switch (name) {
            case "bit_and" -> a & b;
            case "bit_or" -> a | b;
            default -> a ^ b;
          };
      value =
          next instanceof Long
              ? (Object) bits
              : next instanceof Integer ? (Object) (int) bits : (Object) (short) bits;
    }

    @Override
    public @Nullable Object result() {
      return value;
    }
  }

  /** Sample or population variance or deviation of numerics, exact until the division. */
  static final class NumericVariance implements PgAggregate {
    private final boolean sample;
    private final boolean root;
    private long count;
    private BigDecimal sum = BigDecimal.ZERO;
    private BigDecimal squares = BigDecimal.ZERO;

    NumericVariance(boolean sample, boolean root) {
      this.sample = sample;
      this.root = root;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof BigDecimal value) {
        count++;
        sum = sum.add(value);
        squares = squares.add(value.multiply(value));
      }
    }

    @Override
    public @Nullable Object result() {
      return NumericMath.deviation(count, sum, squares, sample, root);
    }
  }

  static final class ArrayAggregate implements PgAggregate {
    private final List<@Nullable Object> elements = new ArrayList<>();

    @Override
    public boolean keepsArguments() {
      return true;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      elements.add(arguments[0]);
    }

    @Override
    public @Nullable Object result() {
      return elements.isEmpty() ? null : Collections.unmodifiableList(new ArrayList<>(elements));
    }
  }

  /** Sample or population variance or deviation of doubles, updated as Youngs and Cramer do. */
  static final class Variance implements PgAggregate {
    private final boolean sample;
    private final boolean root;
    private long count;
    private double sum;
    private double squares;

    Variance(boolean sample, boolean root) {
      this.sample = sample;
      this.root = root;
    }

    @Override
    public void add(@Nullable Object[] arguments) {
      if (arguments[0] instanceof Double value) {
        count++;
        sum += value;
        if (count > 1) {
          double deviation = value * count - sum;
          squares += deviation * deviation / (count * (count - 1.0));
        }
      }
    }

    @Override
    public @Nullable Object result() {
      long divisor = sample ? count - 1 : count;
      if (divisor <= 0) {
        return null;
      }
      double variance = squares / divisor;
      return root ? Math.sqrt(variance) : variance;
    }
  }
}
