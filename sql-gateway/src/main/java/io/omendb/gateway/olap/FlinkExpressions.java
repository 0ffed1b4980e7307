package io.omendb.gateway.olap;

import io.omendb.gateway.olap.RunningQueries.SharedExpression;
import io.omendb.gateway.oltp.EvaluationSnapshot;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Expression;
import io.omendb.gateway.oltp.Fragments;
import io.omendb.gateway.sql.functions.Datums;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.function.IntFunction;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexDynamicParam;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.jspecify.annotations.Nullable;

/**
 * Renders scalar expressions as Flink SQL, in three ways: what {@link FlinkOperators} lists, with
 * all that it contains, becomes Flink's own; what does not depend on a row but on the execution
 * (parameters, now(), literals that Flink's parser could read otherwise) is evaluated here and
 * becomes a function without arguments, so that the text is the same the next time; all else
 * becomes, as a whole, one call of an {@link ExpressionFunction} over the columns it reads.
 *
 * <p>Confined to one statement's thread. Without a context it is a dry run that evaluates and
 * registers nothing: it finds out whether a plan can be rendered at all.
 */
final class FlinkExpressions {
  /** Larger expressions are one function: Flink's parser recurses, and compiles what it reads. */
  private static final int NATIVE_NODES_MAX = 64;

  private static final long SAFE_INTEGER = 1_000_000_000;

  /** Stands for a number that a dry run does not know. */
  private static final Digits DRY_NUMBER = new Digits(8, 2);

  private final @Nullable ExecutionContext context;
  private final @Nullable EvaluationSnapshot snapshot;
  private final RexBuilder rexBuilder;
  private final FlinkOperators operators;
  private final Map<String, ExpressionFunction> functions = new LinkedHashMap<>();
  private final List<SharedExpression> shared = new ArrayList<>();

  FlinkExpressions(@Nullable ExecutionContext context, RexBuilder rexBuilder) {
    this.context = context;
    this.snapshot = context == null ? null : context.evaluationSnapshot();
    this.rexBuilder = rexBuilder;
    this.operators = new FlinkOperators(this);
  }

  /** The functions that the rendered text calls, by the name it uses. */
  Map<String, ExpressionFunction> functions() {
    return functions;
  }

  /** What the functions evaluate in this execution, in the order of their numbers. */
  List<SharedExpression> shared() {
    return shared;
  }

  /** {@code column} gives the rendered column of an input index. */
  Rendered render(RexNode node, IntFunction<Rendered> column) {
    if (node instanceof RexInputRef ref) {
      return column.apply(ref.getIndex());
    }
    ExpressionShape shape = ExpressionShape.of(node);
    shape.refuseUnsupported();
    Rendered constant = constant(node, shape);
    if (constant != null) {
      return constant;
    }
    Rendered rendered =
        shape.nodeCount() <= NATIVE_NODES_MAX ? operators.render(node, column) : null;
    Carried type = resultType(node, column);
    boolean same =
        rendered != null
            && (rendered.type().pgType() == type.pgType()
                || (rendered.type().isString() && type.isString()));
    return rendered != null && same ? rendered : function(node, type, column);
  }

  /** A condition, its conjuncts in their order; each may be Flink's own or a function. */
  String condition(RexNode node, IntFunction<Rendered> column) {
    List<RexNode> conjuncts = RexUtil.flattenAnd(List.of(node));
    if (conjuncts.isEmpty() || conjuncts.size() > NATIVE_NODES_MAX) {
      return render(node, column).sql();
    }
    StringJoiner joiner = new StringJoiner(" AND ");
    conjuncts.forEach(conjunct -> joiner.add(render(conjunct, column).sql()));
    return joiner.toString();
  }

  /**
   * A number that will be summed: as wide as surely can be, a wider one bounded by a function that
   * refuses a value that is too large when it meets one.
   */
  Rendered renderSummand(RexNode node, IntFunction<Rendered> column) {
    Digits digits = digits(column).of(node);
    Digits bounded = digits == null ? null : digits.bounded();
    return digits == null || bounded == null || digits.canBeSummed()
        ? render(node, column)
        : function(node, bounded.decimal(), column);
  }

  /** The value as text, of which Flink sees nothing. */
  Rendered asText(Rendered value) {
    return value.type().isText()
        ? value
        : call(
            List.of(value), (row, unused) -> row[0], Carried.asText(value.type().pgType()), true);
  }

  /** The same number, in so many digits; a function refuses one that has more. */
  Rendered bounded(Rendered number, Digits digits) {
    return call(List.of(number), (row, unused) -> row[0], digits.decimal(), true);
  }

  NumericDigits digits(IntFunction<Rendered> column) {
    return new NumericDigits(column, this::constantDigits);
  }

  private @Nullable Digits constantDigits(RexNode node) {
    ExpressionShape shape = ExpressionShape.of(node);
    if (!shape.isConstant()) {
      return null;
    }
    if (node instanceof RexLiteral literal) {
      return NumericDigits.ofDatum(Datums.of(literal));
    }
    if (context == null) {
      return FlinkTypes.require(node.getType()).isInteger() ? Digits.INT8 : DRY_NUMBER;
    }
    try {
      return NumericDigits.ofDatum(evaluate(node, context));
    } catch (OmenException failsWhenReached) {
      return null;
    }
  }

  /** Null for what is none; an expression that fails is left to fail when it is reached. */
  @Nullable Rendered constant(RexNode node, ExpressionShape shape) {
    if (!shape.isConstant()) {
      return null;
    }
    Carried type = FlinkTypes.require(node.getType());
    boolean isNumeric = type.isText() && type.pgType() == PgTypes.NUMERIC;
    if (context == null && !(node instanceof RexLiteral)) {
      return new Rendered("", isNumeric ? DRY_NUMBER.decimal() : type);
    }
    Object datum;
    try {
      datum =
          node instanceof RexLiteral literal
              ? Datums.of(literal)
              : evaluate(node, Objects.requireNonNull(context));
    } catch (OmenException failsWhenReached) {
      return node instanceof RexDynamicParam ? rethrow(failsWhenReached) : null;
    }
    if (datum == null) {
      return new Rendered("CAST(NULL AS " + type.sql() + ")", type);
    }
    if (datum instanceof BigDecimal number && isNumeric) {
      Digits digits = Digits.of(number);
      type = digits.fit() && number.scale() >= 0 ? digits.decimal() : type;
    }
    String literal = safeLiteral(datum, type);
    if (literal != null) {
      return new Rendered(literal, type);
    }
    Object value = datum;
    return call(List.of(), (row, unused) -> value, type, true);
  }

  private static Rendered rethrow(OmenException e) {
    throw e;
  }

  /** Literals that leave nothing to interpretation; all else is a function's value. */
  private static @Nullable String safeLiteral(Object datum, Carried type) {
    if (datum instanceof Boolean b) {
      return b ? "TRUE" : "FALSE";
    }
    boolean small = type.isInteger() && Math.abs(((Number) datum).longValue()) <= SAFE_INTEGER;
    return small ? "CAST(" + datum + " AS " + type.sql() + ")" : null;
  }

  private @Nullable Object evaluate(RexNode node, ExecutionContext in) {
    return Fragments.expression(node, rexBuilder).eval(new @Nullable Object[0], in);
  }

  private Carried resultType(RexNode node, IntFunction<Rendered> column) {
    Carried type = FlinkTypes.require(node.getType());
    if (type.pgType() != PgTypes.NUMERIC) {
      return type;
    }
    Digits digits = digits(column).of(node);
    return digits != null && digits.fit() ? digits.decimal() : type;
  }

  private Rendered function(RexNode node, Carried result, IntFunction<Rendered> column) {
    List<Integer> inputs = ExpressionShape.of(node).inputs();
    List<Rendered> arguments = inputs.stream().map(column::apply).toList();
    if (context == null) {
      return new Rendered("", result);
    }
    RexNode overArguments =
        node.accept(
            new RexShuttle() {
              @Override
              public RexNode visitInputRef(RexInputRef ref) {
                return new RexInputRef(inputs.indexOf(ref.getIndex()), ref.getType());
              }
            });
    return call(
        arguments,
        Fragments.expression(overArguments, rexBuilder),
        result,
        RexUtil.isDeterministic(node));
  }

  private Rendered call(
      List<Rendered> arguments, Expression expression, Carried result, boolean deterministic) {
    if (snapshot == null) {
      return new Rendered("", result);
    }
    int number = shared.size();
    String name = "omendb_expression_" + number;
    SharedExpression added =
        new SharedExpression(
            expression, snapshot, arguments.stream().map(Rendered::type).toList(), result);
    shared.add(added);
    functions.put(name, ExpressionFunction.of(number, added, deterministic));
    StringJoiner text = new StringJoiner(", ", name + "(", ")");
    arguments.forEach(argument -> text.add(argument.sql()));
    return new Rendered(text.toString(), result);
  }

  /** The value of a constant row count; null is no limit. */
  @Nullable Long longValue(RexNode node) {
    if (context == null) {
      return 0L;
    }
    Object value = evaluate(node, context);
    return value == null ? null : ((Number) value).longValue();
  }
}
