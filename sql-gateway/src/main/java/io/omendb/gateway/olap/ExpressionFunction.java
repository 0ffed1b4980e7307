package io.omendb.gateway.olap;

import io.omendb.gateway.oltp.ExecutionContext;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentTypeStrategy;
import org.apache.flink.table.types.inference.InputTypeStrategies;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;
import org.apache.flink.table.types.utils.TypeConversions;
import org.jspecify.annotations.Nullable;

/**
 * One expression of a statement as a Flink function: evaluates the very closure that the gateway's
 * own executor would, so that an expression has one meaning on both routes. Arguments and result
 * are Flink's internal values. It knows its number only; the closure is found when a job opens it,
 * in the {@link RunningQueries query} that the job runs for. Each task has an instance, and that a
 * context of its own: confined to the task's thread.
 */
public final class ExpressionFunction extends ScalarFunction {
  private static final long serialVersionUID = 1L;

  private final int number;
  private final List<DataType> argumentTypes;
  private final DataType resultType;
  private final boolean deterministic;

  private transient RunningQueries.@Nullable SharedExpression shared;

  /** This task's own; made when it is opened. */
  private transient @Nullable ExecutionContext context;

  /** The value of an expression without arguments, once it was asked for. */
  private transient @Nullable Object constant;

  private transient boolean constantKnown;

  private ExpressionFunction(
      int number, List<DataType> argumentTypes, DataType resultType, boolean deterministic) {
    this.number = number;
    this.argumentTypes = argumentTypes;
    this.resultType = resultType;
    this.deterministic = deterministic;
  }

  static ExpressionFunction of(
      int number, RunningQueries.SharedExpression shared, boolean deterministic) {
    List<DataType> arguments = new ArrayList<>();
    for (Carried argument : shared.arguments()) {
      arguments.add(internal(argument));
    }
    return new ExpressionFunction(number, arguments, internal(shared.result()), deterministic);
  }

  private static DataType internal(Carried type) {
    return TypeConversions.fromLogicalToDataType(type.logicalType()).toInternal();
  }

  @Override
  public void open(FunctionContext task) {
    RunningQueries.SharedExpression opened =
        RunningQueries.find(task.getMetricGroup()).expressions().get(number);
    shared = opened;
    this.context = opened.snapshot().newContext();
  }

  private boolean isConstant() {
    return deterministic && argumentTypes.isEmpty();
  }

  /** Called by generated code. */
  public @Nullable Object eval(@Nullable Object... values) {
    RunningQueries.SharedExpression opened = shared;
    ExecutionContext own = context;
    if (opened == null || own == null) {
      throw new IllegalStateException("expression " + number + " was not opened");
    }
    // Flink's operators look at a cancellation between their inputs only, which may be long.
    own.cancel().check();
    if (!isConstant()) {
      return evaluate(opened, own, values);
    }
    if (!constantKnown) {
      constant = evaluate(opened, own);
      constantKnown = true;
    }
    return constant;
  }

  private static @Nullable Object evaluate(
      RunningQueries.SharedExpression opened, ExecutionContext own, @Nullable Object... values) {
    GenericRowData row = GenericRowData.of(values);
    @Nullable Object[] datums = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      datums[i] = values[i] == null ? null : opened.arguments().get(i).datum(row, i);
    }
    Object result = opened.expression().eval(datums, own);
    return result == null ? null : opened.result().internal(result);
  }

  /**
   * What distinguishes two functions of one name: types, and whether it may be called less often.
   */
  String signature() {
    return argumentTypes + " " + resultType + " " + deterministic;
  }

  @Override
  public boolean isDeterministic() {
    return deterministic;
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory typeFactory) {
    return TypeInference.newBuilder()
        .inputTypeStrategy(
            InputTypeStrategies.sequence(
                argumentTypes.stream()
                    .map(InputTypeStrategies::explicit)
                    .toArray(ArgumentTypeStrategy[]::new)))
        .outputTypeStrategy(TypeStrategies.explicit(resultType))
        .build();
  }

  /** Never folded at planning: the planner's class loader may not evaluate it. */
  @Override
  public boolean supportsConstantFolding() {
    return false;
  }
}
