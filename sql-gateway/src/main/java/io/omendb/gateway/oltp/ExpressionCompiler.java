package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.RelTypes;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexDynamicParam;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexUnknownAs;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.util.Sarg;
import org.jspecify.annotations.Nullable;

/**
 * Compiles validated row expressions to closures with PostgreSQL's semantics. Compiled once per
 * plan; the closures hold no state and are shared by executions.
 */
final class ExpressionCompiler {
  private static final @Nullable Object[] NO_INPUT = new Object[0];
  private static final int POINTS_MIN = 4;

  private final RexBuilder builder;

  ExpressionCompiler(RexBuilder builder) {
    this.builder = builder;
  }

  List<Expression> compile(List<? extends RexNode> nodes) {
    return nodes.stream().map(this::compile).toList();
  }

  Expression compile(RexNode node) {
    if (node instanceof RexInputRef ref) {
      int index = ref.getIndex();
      return (row, context) -> row[index];
    }
    if (node instanceof RexLiteral literal) {
      Object datum = Literals.datum(literal);
      return (row, context) -> datum;
    }
    if (node instanceof RexDynamicParam parameter) {
      int index = parameter.getIndex();
      return (row, context) -> context.parameters().get(index);
    }
    if (node instanceof RexFieldAccess access
        && access.getReferenceExpr() instanceof RexCorrelVariable variable) {
      int id = variable.id.getId();
      int index = access.getField().getIndex();
      return (row, context) -> context.correlated(id)[index];
    }
    if (node instanceof RexOver) {
      throw unsupported("window functions are not supported yet");
    }
    if (node instanceof RexCall call) {
      return compileCall(call);
    }
    throw unsupported("expression is not supported: %s".formatted(node));
  }

  /** The node's value as one of {@code type}, in the form that compares and hashes as in SQL. */
  Expression convertedKey(RexNode node, PgType type) {
    return key(converted(node, type), type);
  }

  /** Likewise for each column of a row type. */
  static List<Expression> columnKeys(RelDataType rowType) {
    return rowType.getFieldList().stream().map(ExpressionCompiler::columnKey).toList();
  }

  static Expression columnKey(RelDataTypeField field) {
    int index = field.getIndex();
    return key((row, context) -> row[index], RelTypes.pgType(field.getType()));
  }

  private static Expression key(Expression expression, PgType type) {
    return Datums.stripsBlanks(type)
        ? (row, context) -> Datums.stripBlanks(expression.eval(row, context))
        : expression;
  }

  private Expression compileCall(RexCall call) {
    if (call.getOperator() instanceof PgFunction function) {
      return compileFunction(function, call);
    }
    return switch (call.getKind()) {
      case AND -> and(operands(call));
      case OR -> or(operands(call));
      case NOT -> not(operand(call, 0));
      case IS_NULL -> {
        Expression value = operand(call, 0);
        yield (row, context) -> value.eval(row, context) == null;
      }
      case IS_NOT_NULL -> {
        Expression value = operand(call, 0);
        yield (row, context) -> value.eval(row, context) != null;
      }
      case IS_TRUE -> is(operand(call, 0), true, true);
      case IS_NOT_TRUE -> is(operand(call, 0), true, false);
      case IS_FALSE -> is(operand(call, 0), false, true);
      case IS_NOT_FALSE -> is(operand(call, 0), false, false);
      case IS_UNKNOWN -> {
        Expression value = operand(call, 0);
        yield (row, context) -> value.eval(row, context) == null;
      }
      case EQUALS,
          NOT_EQUALS,
          LESS_THAN,
          LESS_THAN_OR_EQUAL,
          GREATER_THAN,
          GREATER_THAN_OR_EQUAL,
          IS_DISTINCT_FROM,
          IS_NOT_DISTINCT_FROM ->
          comparison(call);
      case PLUS, CHECKED_PLUS -> arithmetic(call, Arithmetic.Operation.ADD);
      case MINUS, CHECKED_MINUS -> arithmetic(call, Arithmetic.Operation.SUBTRACT);
      case TIMES, CHECKED_TIMES -> arithmetic(call, Arithmetic.Operation.MULTIPLY);
      case DIVIDE, CHECKED_DIVIDE -> arithmetic(call, Arithmetic.Operation.DIVIDE);
      case MOD -> arithmetic(call, Arithmetic.Operation.MODULO);
      case PLUS_PREFIX -> operand(call, 0);
      case MINUS_PREFIX, CHECKED_MINUS_PREFIX -> {
        Expression value = converted(call.getOperands().get(0), RelTypes.pgType(call.getType()));
        yield (row, context) -> {
          Object datum = value.eval(row, context);
          return datum == null ? null : Arithmetic.negate(datum);
        };
      }
      case CASE -> caseExpression(call);
      case COALESCE -> coalesce(call);
      case CAST, SAFE_CAST, REINTERPRET -> cast(call);
      case SEARCH -> search(call);
      default ->
          throw unsupported(
              "function or operator %s is not supported".formatted(call.getOperator().getName()));
    };
  }

  private List<Expression> operands(RexCall call) {
    return compile(call.getOperands());
  }

  private Expression operand(RexCall call, int index) {
    return compile(call.getOperands().get(index));
  }

  private Expression compileFunction(PgFunction function, RexCall call) {
    Expression[] arguments = operands(call).toArray(new Expression[0]);
    if (function.isDeterministic() && !function.isDynamicFunction() && isConstant(call)) {
      return folded(arguments, function);
    }
    if (arguments.length == 1 && function.strict()) {
      Expression argument = arguments[0];
      return (row, context) -> {
        Object datum = argument.eval(row, context);
        return datum == null ? null : function.eval(context.functions(), new Object[] {datum});
      };
    }
    return (row, context) -> {
      @Nullable Object[] values = new Object[arguments.length];
      for (int i = 0; i < values.length; i++) {
        Object datum = arguments[i].eval(row, context);
        if (datum == null && function.strict()) {
          return null;
        }
        values[i] = datum;
      }
      return function.eval(context.functions(), values);
    };
  }

  /** Literal arguments are evaluated once; the call itself may fail, so it waits for its row. */
  private static Expression folded(Expression[] arguments, PgFunction function) {
    @Nullable Object[] values = new Object[arguments.length];
    return (row, context) -> {
      @Nullable Object[] copy = values.clone();
      for (int i = 0; i < copy.length; i++) {
        copy[i] = arguments[i].eval(NO_INPUT, context);
      }
      return function.eval(context.functions(), copy);
    };
  }

  private static boolean isConstant(RexCall call) {
    return call.getOperands().stream().allMatch(RexLiteral.class::isInstance);
  }

  private static Expression and(List<Expression> conditions) {
    Expression[] all = conditions.toArray(new Expression[0]);
    return (row, context) -> {
      boolean unknown = false;
      for (Expression condition : all) {
        Object value = condition.eval(row, context);
        if (value == null) {
          unknown = true;
        } else if (!(Boolean) value) {
          return false;
        }
      }
      return unknown ? null : true;
    };
  }

  private static Expression or(List<Expression> conditions) {
    Expression[] all = conditions.toArray(new Expression[0]);
    return (row, context) -> {
      boolean unknown = false;
      for (Expression condition : all) {
        Object value = condition.eval(row, context);
        if (value == null) {
          unknown = true;
        } else if ((Boolean) value) {
          return true;
        }
      }
      return unknown ? null : false;
    };
  }

  private static Expression not(Expression condition) {
    return (row, context) -> {
      Object value = condition.eval(row, context);
      return value == null ? null : !(Boolean) value;
    };
  }

  private static Expression is(Expression condition, boolean wanted, boolean result) {
    return (row, context) -> {
      Object value = condition.eval(row, context);
      return (value != null && (Boolean) value == wanted) == result;
    };
  }

  private Expression comparison(RexCall call) {
    RexNode leftNode = call.getOperands().get(0);
    RexNode rightNode = call.getOperands().get(1);
    PgType common =
        commonType(RelTypes.pgType(leftNode.getType()), RelTypes.pgType(rightNode.getType()));
    Expression left = key(converted(leftNode, common), common);
    Expression right = key(converted(rightNode, common), common);
    SqlKind kind = call.getKind();
    if (kind == SqlKind.IS_DISTINCT_FROM || kind == SqlKind.IS_NOT_DISTINCT_FROM) {
      boolean whenSame = kind == SqlKind.IS_NOT_DISTINCT_FROM;
      return (row, context) -> {
        Object a = left.eval(row, context);
        Object b = right.eval(row, context);
        boolean same = (a == null || b == null) ? a == b : Datums.compare(a, b) == 0;
        return same == whenSame;
      };
    }
    Ordering ordering = ordering(kind);
    return (row, context) -> {
      Object a = left.eval(row, context);
      if (a == null) {
        return null;
      }
      Object b = right.eval(row, context);
      return b == null ? null : ordering.holds(Datums.compare(a, b));
    };
  }

  /** What a comparison operator asks of {@code compare}'s result. */
  @FunctionalInterface
  private interface Ordering {
    boolean holds(int order);
  }

  private static Ordering ordering(SqlKind kind) {
    return switch (kind) {
      case EQUALS -> order -> order == 0;
      case NOT_EQUALS -> order -> order != 0;
      case LESS_THAN -> order -> order < 0;
      case LESS_THAN_OR_EQUAL -> order -> order <= 0;
      case GREATER_THAN -> order -> order > 0;
      default -> order -> order >= 0;
    };
  }

  /** The type in which values of two types are compared. */
  static PgType commonType(PgType left, PgType right) {
    if (left == right) {
      return left;
    }
    if (Casts.isNumber(left) && Casts.isNumber(right)) {
      if (Casts.isInteger(left) && Casts.isInteger(right)) {
        return left == PgTypes.INT8 || right == PgTypes.INT8 ? PgTypes.INT8 : PgTypes.INT4;
      }
      boolean isFloat =
          left == PgTypes.FLOAT8
              || left == PgTypes.FLOAT4
              || right == PgTypes.FLOAT8
              || right == PgTypes.FLOAT4;
      if (isFloat) {
        return PgTypes.FLOAT8;
      }
      return left == PgTypes.NUMERIC || right == PgTypes.NUMERIC ? PgTypes.NUMERIC : PgTypes.INT8;
    }
    if (Casts.isString(left) && Casts.isString(right)) {
      return PgTypes.TEXT;
    }
    if (Casts.isString(left) || Casts.isString(right)) {
      return Casts.isString(left) ? right : left;
    }
    if (left == PgTypes.TIMESTAMPTZ || right == PgTypes.TIMESTAMPTZ) {
      return PgTypes.TIMESTAMPTZ;
    }
    return left == PgTypes.DATE || right == PgTypes.DATE ? PgTypes.TIMESTAMP : left;
  }

  /** The node's value as one of {@code type}. */
  Expression converted(RexNode node, PgType type) {
    PgType from = RelTypes.pgType(node.getType());
    Expression value = compile(node);
    if (from == type || (node instanceof RexLiteral literal && literal.isNull())) {
      return value;
    }
    Casts.Cast cast = Casts.between(from, type);
    return (row, context) -> {
      Object datum = value.eval(row, context);
      return datum == null ? null : cast.apply(datum, context.zone());
    };
  }

  private Expression arithmetic(RexCall call, Arithmetic.Operation operation) {
    PgType type = RelTypes.pgType(call.getType());
    Arithmetic.Binary binary = Arithmetic.binary(operation, type);
    Expression left = converted(call.getOperands().get(0), type);
    Expression right = converted(call.getOperands().get(1), type);
    return (row, context) -> {
      Object a = left.eval(row, context);
      if (a == null) {
        return null;
      }
      Object b = right.eval(row, context);
      return b == null ? null : binary.apply(a, b);
    };
  }

  private Expression caseExpression(RexCall call) {
    PgType type = RelTypes.pgType(call.getType());
    List<RexNode> nodes = call.getOperands();
    int branches = nodes.size() / 2;
    Expression[] conditions = new Expression[branches];
    Expression[] values = new Expression[branches];
    for (int i = 0; i < branches; i++) {
      conditions[i] = compile(nodes.get(2 * i));
      values[i] = converted(nodes.get(2 * i + 1), type);
    }
    Expression otherwise = converted(nodes.get(nodes.size() - 1), type);
    return (row, context) -> {
      for (int i = 0; i < conditions.length; i++) {
        if (Boolean.TRUE.equals(conditions[i].eval(row, context))) {
          return values[i].eval(row, context);
        }
      }
      return otherwise.eval(row, context);
    };
  }

  private Expression coalesce(RexCall call) {
    PgType type = RelTypes.pgType(call.getType());
    Expression[] values =
        call.getOperands().stream().map(n -> converted(n, type)).toArray(Expression[]::new);
    return (row, context) -> {
      for (Expression value : values) {
        Object datum = value.eval(row, context);
        if (datum != null) {
          return datum;
        }
      }
      return null;
    };
  }

  private Expression cast(RexCall call) {
    RelDataType target = call.getType();
    PgType type = RelTypes.pgType(target);
    Expression value = converted(call.getOperands().get(0), type);
    if (type == PgTypes.VARCHAR || type == PgTypes.BPCHAR) {
      int length = TypeModifiers.length(target);
      if (length == 0) {
        return value;
      }
      boolean pads = type == PgTypes.BPCHAR;
      return (row, context) -> {
        Object datum = value.eval(row, context);
        return datum == null
            ? null
            : pads ? Casts.pad((String) datum, length) : Casts.truncate((String) datum, length);
      };
    }
    if (type == PgTypes.NUMERIC && TypeModifiers.isConstrained(target)) {
      int precision = target.getPrecision();
      int scale = target.getScale();
      return (row, context) -> {
        Object datum = value.eval(row, context);
        return datum == null ? null : Casts.constrain((BigDecimal) datum, precision, scale);
      };
    }
    return value;
  }

  /** IN lists and ranges: a set where it is a list of values, otherwise the comparisons. */
  private Expression search(RexCall call) {
    RexNode operand = call.getOperands().get(0);
    Sarg<?> sarg =
        Objects.requireNonNull(((RexLiteral) call.getOperands().get(1)).getValueAs(Sarg.class));
    PgType type = RelTypes.pgType(operand.getType());
    if (sarg.pointCount < POINTS_MIN
        || sarg.nullAs != RexUnknownAs.UNKNOWN
        || !(sarg.isPoints() || sarg.isComplementedPoints())) {
      return compile(RexUtil.expandSearch(builder, null, call));
    }
    boolean negated = !sarg.isPoints();
    Set<Object> points = new HashSet<>();
    Sarg<?> wanted = negated ? sarg.negate() : sarg;
    for (Comparable<?> value : points(wanted)) {
      RexNode node = builder.makeLiteral(value, operand.getType(), true, false);
      if (!(node instanceof RexLiteral literal)) {
        return compile(RexUtil.expandSearch(builder, null, call));
      }
      Object datum = Literals.datum(literal);
      points.add(
          Objects.requireNonNull(
              Datums.hashable(Datums.stripsBlanks(type) ? Datums.stripBlanks(datum) : datum)));
    }
    Expression sought = key(compile(operand), type);
    return (row, context) -> {
      Object datum = sought.eval(row, context);
      return datum == null ? null : points.contains(Datums.hashable(datum)) != negated;
    };
  }

  private static <C extends Comparable<C>> List<Comparable<?>> points(Sarg<C> sarg) {
    List<Comparable<?>> points = new ArrayList<>();
    sarg.rangeSet.asRanges().forEach(range -> points.add(range.lowerEndpoint()));
    return points;
  }

  static OmenException unsupported(String message) {
    return new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, message);
  }
}
