package io.omendb.gateway.olap;

import io.omendb.gateway.olap.FlinkTypes.Carried;
import io.omendb.gateway.olap.RunningQueries.SharedExpression;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Fragments;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexDynamicParam;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.rex.RexVisitorImpl;
import org.jspecify.annotations.Nullable;

/**
 * Renders scalar expressions as Flink SQL, in three ways: literals, and what Flink evaluates
 * exactly as PostgreSQL does, become Flink's; what does not depend on a row but on the execution
 * (parameters, now()) is evaluated here and becomes a function without arguments, so that the text
 * is the same the next time; all else becomes a call of an {@link ExpressionFunction} over the
 * columns it reads. Integer arithmetic is of the last kind: Flink's wraps around silently.
 *
 * <p>Confined to one statement's thread. Without a context it is a dry run that evaluates and
 * registers nothing: it finds out whether a plan can be rendered at all.
 */
final class FlinkExpressions {
  /** Above this scale, and beyond 38 digits, Flink's product of two decimals is rounded. */
  private static final int PRODUCT_SCALE_KEPT = 6;

  private static final Carried DRY_NUMBER = FlinkTypes.decimal(10, 2);

  private final @Nullable ExecutionContext context;
  private final RexBuilder rexBuilder;
  private final Map<String, ExpressionFunction> functions = new LinkedHashMap<>();
  private final List<SharedExpression> shared = new ArrayList<>();

  /** Flink SQL text and how its value travels. */
  record Rendered(String sql, Carried type) {}

  FlinkExpressions(@Nullable ExecutionContext context, RexBuilder rexBuilder) {
    this.context = context;
    this.rexBuilder = rexBuilder;
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
    return renderExpanded(RexUtil.expandSearch(rexBuilder, null, node), column);
  }

  private Rendered renderExpanded(RexNode node, IntFunction<Rendered> column) {
    if (node instanceof RexInputRef ref) {
      return column.apply(ref.getIndex());
    }
    if (isConstant(node)) {
      return constant(node);
    }
    if (node instanceof RexCall call) {
      Rendered rendered = renderNative(call, column);
      return rendered != null ? rendered : renderFunction(call, column);
    }
    throw new UnsupportedPlanException("Flink has no counterpart of " + node);
  }

  private Rendered constant(RexNode node) {
    Carried type = FlinkTypes.require(node.getType());
    if (context == null) {
      // The digits are not known yet: that there will not be too many of them is taken for granted.
      return new Rendered("", type.isDynamic() ? DRY_NUMBER : type);
    }
    Object datum = Fragments.expression(node, rexBuilder).eval(new @Nullable Object[0], context);
    if (datum instanceof BigDecimal number) {
      type = FlinkTypes.constant(number);
    }
    // Null is a literal: without a value a numeric has no scale that a function could declare.
    return node instanceof RexLiteral || datum == null
        ? new Rendered(FlinkLiterals.literal(datum, type), type)
        : call(
            List.of(),
            new SharedExpression((row, unused) -> datum, context, List.of(), type),
            true);
  }

  private static boolean isConstant(RexNode node) {
    return node instanceof RexLiteral
        || node instanceof RexDynamicParam
        || (node instanceof RexCall
            && RexUtil.isDeterministic(node)
            && inputs(node).isEmpty()
            && !isCorrelated(node));
  }

  private static boolean isCorrelated(RexNode node) {
    boolean[] found = {false};
    node.accept(
        new RexVisitorImpl<Void>(true) {
          @Override
          public Void visitCorrelVariable(RexCorrelVariable variable) {
            found[0] = true;
            return super.visitCorrelVariable(variable);
          }
        });
    return found[0];
  }

  /** The inputs that an expression reads, in index order, with their types. */
  private static SortedMap<Integer, RelDataType> inputs(RexNode node) {
    SortedMap<Integer, RelDataType> inputs = new TreeMap<>();
    node.accept(
        new RexVisitorImpl<Void>(true) {
          @Override
          public Void visitInputRef(RexInputRef ref) {
            inputs.put(ref.getIndex(), ref.getType());
            return super.visitInputRef(ref);
          }
        });
    return inputs;
  }

  private static Carried bool() {
    return new Carried(PgTypes.BOOL, ColumnType.of(Kind.BOOLEAN), false);
  }

  /** Flink's own operator where it means what PostgreSQL's does; null where it does not. */
  private @Nullable Rendered renderNative(RexCall call, IntFunction<Rendered> column) {
    List<RexNode> operands = call.getOperands();
    return switch (call.getKind()) {
      case AND -> logical(operands, " AND ", column);
      case OR -> logical(operands, " OR ", column);
      case NOT ->
          new Rendered("(NOT " + renderExpanded(operands.get(0), column).sql() + ")", bool());
      case IS_NULL -> postfix(operands.get(0), " IS NULL", column);
      case IS_NOT_NULL -> postfix(operands.get(0), " IS NOT NULL", column);
      case IS_TRUE -> postfix(operands.get(0), " IS TRUE", column);
      case IS_NOT_TRUE -> postfix(operands.get(0), " IS NOT TRUE", column);
      case IS_FALSE -> postfix(operands.get(0), " IS FALSE", column);
      case IS_NOT_FALSE -> postfix(operands.get(0), " IS NOT FALSE", column);
      case EQUALS -> comparison(call, " = ", column);
      case NOT_EQUALS -> comparison(call, " <> ", column);
      case LESS_THAN -> comparison(call, " < ", column);
      case LESS_THAN_OR_EQUAL -> comparison(call, " <= ", column);
      case GREATER_THAN -> comparison(call, " > ", column);
      case GREATER_THAN_OR_EQUAL -> comparison(call, " >= ", column);
      case CASE -> caseExpression(call, column);
      case PLUS -> arithmetic(call, " + ", column);
      case MINUS -> arithmetic(call, " - ", column);
      case TIMES -> arithmetic(call, " * ", column);
      case CAST -> cast(call, column);
      default -> null;
    };
  }

  private Rendered logical(List<RexNode> operands, String operator, IntFunction<Rendered> column) {
    StringJoiner joiner = new StringJoiner(operator, "(", ")");
    operands.forEach(operand -> joiner.add(renderExpanded(operand, column).sql()));
    return new Rendered(joiner.toString(), bool());
  }

  private Rendered postfix(RexNode operand, String operator, IntFunction<Rendered> column) {
    return new Rendered("(" + renderExpanded(operand, column).sql() + operator + ")", bool());
  }

  private @Nullable Rendered comparison(
      RexCall call, String operator, IntFunction<Rendered> column) {
    if (!isCarried(call.getOperands())) {
      return null;
    }
    Rendered left = renderExpanded(call.getOperands().get(0), column);
    Rendered right = renderExpanded(call.getOperands().get(1), column);
    if (!comparable(left.type(), right.type())) {
      return null;
    }
    // char(n): trailing blanks do not count.
    boolean trims = left.type().isBlankPadded() || right.type().isBlankPadded();
    String text =
        trims
            ? "(" + trimmed(left) + operator + trimmed(right) + ")"
            : "(" + left.sql() + operator + right.sql() + ")";
    return new Rendered(text, bool());
  }

  private static boolean isCarried(List<RexNode> operands) {
    return operands.stream().allMatch(o -> FlinkTypes.carried(o.getType()).isPresent());
  }

  private static String trimmed(Rendered rendered) {
    return "TRIM(TRAILING ' ' FROM " + rendered.sql() + ")";
  }

  private static boolean comparable(Carried left, Carried right) {
    return switch (left.kind()) {
      case SMALLINT, INTEGER, BIGINT, NUMERIC -> left.isExactNumber() && right.isExactNumber();
      case TEXT, VARCHAR, CHAR ->
          right.kind() == Kind.TEXT || right.kind() == Kind.VARCHAR || right.kind() == Kind.CHAR;
      case BOOLEAN, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> left.kind() == right.kind();
      // NaN equals itself and is the largest in PostgreSQL; bytes compare in no documented way in
      // Flink.
      case REAL, DOUBLE, BYTEA, UUID -> false;
    };
  }

  private @Nullable Rendered caseExpression(RexCall call, IntFunction<Rendered> column) {
    List<RexNode> operands = call.getOperands();
    Carried type = FlinkTypes.require(call.getType());
    List<Rendered> parts = new ArrayList<>();
    for (RexNode operand : operands) {
      parts.add(renderExpanded(operand, column));
    }
    if (type.kind() == Kind.NUMERIC) {
      // As wide as the widest branch; one dynamic branch makes it dynamic.
      int integerDigits = 0;
      int scale = 0;
      for (int i = 0; i < parts.size(); i++) {
        if (i % 2 == 1 || i == parts.size() - 1) {
          Carried branch = parts.get(i).type();
          if (!branch.isExactNumber()) {
            return null;
          }
          integerDigits = Math.max(integerDigits, branch.integerDigits());
          scale = Math.max(scale, branch.scale());
        }
      }
      type = FlinkTypes.decimal(integerDigits, scale);
    }
    StringBuilder out = new StringBuilder("(CASE");
    for (int i = 0; i + 1 < parts.size(); i += 2) {
      out.append(" WHEN ").append(parts.get(i).sql());
      out.append(" THEN CAST(").append(parts.get(i + 1).sql());
      out.append(" AS ").append(type.sql()).append(")");
    }
    out.append(" ELSE CAST(").append(parts.get(parts.size() - 1).sql());
    out.append(" AS ").append(type.sql()).append(") END)");
    return new Rendered(out.toString(), type);
  }

  /**
   * Exact decimals, and nothing else: Flink's integers wrap and its doubles do not fail on
   * overflow.
   */
  private @Nullable Rendered arithmetic(
      RexCall call, String operator, IntFunction<Rendered> column) {
    if (call.getOperands().size() != 2
        || !isCarried(call.getOperands())
        || FlinkTypes.require(call.getType()).kind() != Kind.NUMERIC) {
      return null;
    }
    Rendered left = renderExpanded(call.getOperands().get(0), column);
    Rendered right = renderExpanded(call.getOperands().get(1), column);
    if (!left.type().isExactNumber() || !right.type().isExactNumber()) {
      return null;
    }
    Carried result = arithmeticType(operator, left.type(), right.type());
    if (result == null) {
      return null;
    }
    String text = "CAST((" + left.sql() + operator + right.sql() + ") AS " + result.sql() + ")";
    return new Rendered(text, result);
  }

  private static @Nullable Carried arithmeticType(String operator, Carried left, Carried right) {
    int scale = Math.max(left.scale(), right.scale());
    int integerDigits = Math.max(left.integerDigits(), right.integerDigits()) + 1;
    if (operator.equals(" * ")) {
      scale = left.scale() + right.scale();
      integerDigits = left.integerDigits() + right.integerDigits();
    }
    boolean fits = integerDigits + scale <= ColumnType.NUMERIC_PRECISION_MAX;
    return fits || scale <= PRODUCT_SCALE_KEPT ? FlinkTypes.decimal(integerDigits, scale) : null;
  }

  /** Casts that can neither round nor fail. */
  private @Nullable Rendered cast(RexCall call, IntFunction<Rendered> column) {
    if (!isCarried(call.getOperands())) {
      return null;
    }
    Rendered operand = renderExpanded(call.getOperands().get(0), column);
    Carried from = operand.type();
    Carried to = FlinkTypes.require(call.getType());
    boolean keepsValue =
        switch (from.kind()) {
          case SMALLINT ->
              to.kind() == Kind.SMALLINT
                  || to.kind() == Kind.INTEGER
                  || to.kind() == Kind.BIGINT
                  || widens(from, to);
          case INTEGER -> to.kind() == Kind.INTEGER || to.kind() == Kind.BIGINT || widens(from, to);
          case BIGINT -> to.kind() == Kind.BIGINT || widens(from, to);
          case NUMERIC -> widens(from, to);
          case TEXT, VARCHAR -> to.kind() == Kind.TEXT;
          case BOOLEAN, REAL, DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, UUID ->
              from.kind() == to.kind();
          case CHAR, BYTEA -> false;
        };
    if (!keepsValue) {
      return null;
    }
    if (to.kind() == Kind.NUMERIC && to.isDynamic()) {
      // To numeric without a scale: the value keeps the scale it has.
      to = FlinkTypes.decimal(from.integerDigits(), from.scale());
    }
    return new Rendered("CAST(" + operand.sql() + " AS " + to.sql() + ")", to);
  }

  private static boolean widens(Carried from, Carried to) {
    if (to.kind() != Kind.NUMERIC || !from.isExactNumber()) {
      return false;
    }
    return to.isDynamic()
        || (to.scale() >= from.scale() && to.integerDigits() >= from.integerDigits());
  }

  private Rendered renderFunction(RexCall call, IntFunction<Rendered> column) {
    Carried result = FlinkTypes.require(call.getType());
    List<Integer> inputs = List.copyOf(inputs(call).keySet());
    List<Rendered> arguments = inputs.stream().map(column::apply).toList();
    if (context == null) {
      return new Rendered("", result);
    }
    RexNode overArguments =
        call.accept(
            new RexShuttle() {
              @Override
              public RexNode visitInputRef(RexInputRef ref) {
                return new RexInputRef(inputs.indexOf(ref.getIndex()), ref.getType());
              }
            });
    return call(
        arguments,
        new SharedExpression(
            Fragments.expression(overArguments, rexBuilder),
            context,
            arguments.stream().map(Rendered::type).toList(),
            result),
        RexUtil.isDeterministic(call));
  }

  private Rendered call(
      List<Rendered> arguments, SharedExpression expression, boolean deterministic) {
    int number = shared.size();
    String name = "omendb_expression_" + number;
    shared.add(expression);
    functions.put(name, ExpressionFunction.of(number, expression, deterministic));
    StringJoiner text = new StringJoiner(", ", name + "(", ")");
    arguments.forEach(argument -> text.add(argument.sql()));
    return new Rendered(text.toString(), expression.result());
  }

  /** The value of a constant row count; null is no limit. */
  @Nullable Long longValue(RexNode node) {
    if (context == null) {
      return 0L;
    }
    Object value = Fragments.expression(node, rexBuilder).eval(new @Nullable Object[0], context);
    return value == null ? null : ((Number) value).longValue();
  }
}
