package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Every function there is, by name. Immutable once loaded. */
public final class Functions {
  private static final FunctionTable SCALARS = new FunctionTable();

  static {
    StringFunctions.register(SCALARS);
    StringFunctions.registerConcatenation(SCALARS);
    MathFunctions.register(SCALARS);
    DateTimeFunctions.register(SCALARS);
    CatalogFunctions.register(SCALARS);
    SCALARS.volatileFunction(
        "gen_random_uuid", PgTypes.UUID, List.of(), (c, a) -> UUID.randomUUID());
  }

  /** {@code bool_and} and its kin: the argument types that they take and their accumulators. */
  private static final Map<String, Supplier<PgAggregate>> BOOL_AGGREGATES =
      Map.of(
          "bool_and", () -> new Aggregates.BoolFold(true),
          "every", () -> new Aggregates.BoolFold(true),
          "bool_or", () -> new Aggregates.BoolFold(false));

  /** stddev and variance with their kin: of samples or not, the root or not. */
  private static final Map<String, Deviation> DEVIATIONS =
      Map.of(
          "stddev", new Deviation(true, true),
          "stddev_samp", new Deviation(true, true),
          "stddev_pop", new Deviation(false, true),
          "variance", new Deviation(true, false),
          "var_samp", new Deviation(true, false),
          "var_pop", new Deviation(false, false));

  private static final Set<String> BIT_AGGREGATES = Set.of("bit_and", "bit_or", "bit_xor");

  private record Deviation(boolean sample, boolean root) {
    Supplier<PgAggregate> over(PgType type) {
      return type == PgTypes.NUMERIC
          ? () -> new Aggregates.NumericVariance(sample, root)
          : () -> new Aggregates.Variance(sample, root);
    }
  }

  private Functions() {}

  /** The overloads of a scalar function; empty where there is none of that name. */
  public static List<Overload> scalar(String name) {
    return SCALARS.find(name);
  }

  /** The one overload of those argument types. */
  public static PgFunction exactly(String name, PgType... arguments) {
    for (Overload overload : SCALARS.find(name)) {
      if (overload.arguments().equals(List.of(arguments))) {
        return overload.function();
      }
    }
    throw new IllegalStateException("no function " + name + List.of(arguments));
  }

  public static boolean isAggregate(String name) {
    return switch (name) {
      case "count", "sum", "avg", "min", "max", "string_agg", "array_agg" -> true;
      default ->
          BOOL_AGGREGATES.containsKey(name)
              || DEVIATIONS.containsKey(name)
              || BIT_AGGREGATES.contains(name);
    };
  }

  public static boolean isBoolAggregate(String name) {
    return BOOL_AGGREGATES.containsKey(name);
  }

  /** stddev, variance and their kin: over numeric or double precision. */
  public static boolean isDeviation(String name) {
    return DEVIATIONS.containsKey(name);
  }

  public static boolean isBitAggregate(String name) {
    return BIT_AGGREGATES.contains(name);
  }

  /** An aggregate that Calcite lacks, over arguments of that type. */
  public static PgAggregateFunction aggregate(String name, PgType argument) {
    Supplier<PgAggregate> accumulators;
    PgType result;
    if (BOOL_AGGREGATES.containsKey(name)) {
      accumulators = BOOL_AGGREGATES.get(name);
      result = PgTypes.BOOL;
    } else if (DEVIATIONS.containsKey(name)) {
      accumulators = DEVIATIONS.get(name).over(argument);
      result = argument;
    } else if (BIT_AGGREGATES.contains(name)) {
      accumulators = () -> new Aggregates.BitFold(name);
      result = argument;
    } else if (name.equals("string_agg")) {
      accumulators =
          argument == PgTypes.BYTEA
              ? Aggregates.ByteAggregate::new
              : Aggregates.StringAggregate::new;
      result = argument == PgTypes.BYTEA ? PgTypes.BYTEA : PgTypes.TEXT;
    } else if (name.equals("sum") && argument == PgTypes.INTERVAL) {
      accumulators = Aggregates.IntervalSum::new;
      result = PgTypes.INTERVAL;
    } else {
      PgType array = PgTypes.arrayOf(argument);
      if (!name.equals("array_agg") || array == null) {
        throw new OmenException(
            ErrorCode.UNDEFINED_FUNCTION,
            "function %s(%s) does not exist".formatted(name, argument.sqlName()));
      }
      accumulators = Aggregates.ArrayAggregate::new;
      result = array;
    }
    return new PgAggregateFunction(
        name,
        "%s(%s)".formatted(name, argument.sqlName()),
        RelTypes.rel(result, true),
        accumulators);
  }

  /** generate_series over integers, bigints or numerics. */
  public static PgTableFunction generateSeries(PgType type) {
    return new PgTableFunction(
        "generate_series",
        "generate_series(%s)".formatted(type.sqlName()),
        (context, arguments) -> series(arguments, type, context));
  }

  /** unnest of one array. */
  public static PgTableFunction unnest(PgType array) {
    return new PgTableFunction(
        "unnest",
        "unnest(%s)".formatted(array.sqlName()),
        (context, arguments) -> elements(arguments[0]));
  }

  /** information_schema._pg_expandarray of one array: records of element and number. */
  public static PgTableFunction expandArray(PgType array) {
    return new PgTableFunction(
        "_pg_expandarray",
        "_pg_expandarray(%s)".formatted(array.sqlName()),
        (context, arguments) -> {
          List<@Nullable Object> records = new ArrayList<>();
          if (arguments[0] instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
              records.add(Arrays.asList(elements.get(i), i + 1));
            }
          }
          return records.iterator();
        });
  }

  private static Iterator<@Nullable Object> elements(@Nullable Object list) {
    Iterator<?> elements = list == null ? Collections.emptyIterator() : ((List<?>) list).iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return elements.hasNext();
      }

      @Override
      public @Nullable Object next() {
        return elements.next();
      }
    };
  }

  private static Iterator<@Nullable Object> series(
      @Nullable Object[] arguments, PgType type, EvalContext context) {
    Object start = arguments[0];
    Object stop = arguments[1];
    Object step = arguments.length > 2 ? arguments[2] : one(type);
    if (start == null || stop == null || step == null) {
      return Collections.emptyIterator();
    }
    int sign = sign(step);
    if (sign == 0) {
      throw new OmenException(ErrorCode.INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    return new Series(start, stop, step, sign, type, context);
  }

  private static Object one(PgType type) {
    if (type == PgTypes.INT4) {
      return 1;
    }
    return type == PgTypes.INT8 ? (Object) 1L : BigDecimal.ONE;
  }

  private static int sign(Object step) {
    if (step instanceof PgInterval interval) {
      return interval.comparableMicros().signum();
    }
    return step instanceof BigDecimal decimal
        ? decimal.signum()
        : Long.signum(((Number) step).longValue());
  }

  /** Ends without overflow at the type's limits. */
  private static final class Series implements Iterator<@Nullable Object> {
    private final Object stop;
    private final Object step;
    private final int sign;
    private final PgType type;
    private final EvalContext context;
    private @Nullable Object next;

    Series(Object start, Object stop, Object step, int sign, PgType type, EvalContext context) {
      this.stop = stop;
      this.step = step;
      this.sign = sign;
      this.type = type;
      this.context = context;
      this.next = inRange(start);
    }

    private @Nullable Object inRange(Object value) {
      return PgComparison.compare(value, stop) * sign <= 0 ? value : null;
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public Object next() {
      Object current = next;
      if (current == null) {
        throw new NoSuchElementException();
      }
      try {
        next = inRange(advance(current));
      } catch (OmenException overflow) {
        next = null;
      }
      return current;
    }

    private Object advance(Object current) {
      if (step instanceof PgInterval interval) {
        return type == PgTypes.TIMESTAMPTZ
            ? (Object) DateTimes.plus((Long) current, interval, context.zone())
            : (Object) DateTimes.plus((Long) current, interval);
      }
      return PgArithmetic.add(current, step, type);
    }
  }
}
