package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.Datums;
import io.omendb.gateway.sql.functions.Operators;
import io.omendb.gateway.sql.functions.PgCasts;
import io.omendb.gateway.sql.functions.PgComparison;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.functions.Scalar;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
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
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.util.Sarg;
import org.jspecify.annotations.Nullable;

/**
 * Compiles validated row expressions to closures. What an operator does to datums is told by {@link
 * Operators}; here is the control flow, with SQL's three-valued logic, and the fast paths. Compiled
 * once per plan; the closures hold no state and are shared by executions.
 */
final class ExpressionCompiler {
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
      return column(ref.getIndex());
    }
    if (node instanceof RexLiteral literal) {
      Object datum = Datums.of(literal);
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

  /** One column of the row. */
  static Expression column(int index) {
    return (row, context) -> row[index];
  }

  /** The first columns of the row. */
  static List<Expression> columns(int count) {
    return IntStream.range(0, count).mapToObj(ExpressionCompiler::column).toList();
  }

  private Expression compileCall(RexCall call) {
    return switch (call.getKind()) {
      case AND -> and(compile(call.getOperands()));
      case OR -> or(compile(call.getOperands()));
      case CASE -> caseExpression(call);
      case COALESCE -> coalesce(call);
      case SEARCH -> search(call);
      case EQUALS, NOT_EQUALS, LESS_THAN, LESS_THAN_OR_EQUAL, GREATER_THAN, GREATER_THAN_OR_EQUAL ->
          comparison(call);
      default -> operator(call);
    };
  }

  private Expression operator(RexCall call) {
    Scalar scalar;
    try {
      scalar = Operators.of(call);
    } catch (IllegalArgumentException unknown) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "operator %s is not supported".formatted(call.getOperator().getName()),
          unknown);
    }
    Expression[] operands = compile(call.getOperands()).toArray(new Expression[0]);
    boolean strict = !(call.getOperator() instanceof PgFunction function) || function.strict();
    if (operands.length == 1 && strict && !isNullTest(call.getKind())) {
      Expression operand = operands[0];
      return (row, context) -> {
        Object datum = operand.eval(row, context);
        return datum == null
            ? null
            : context.made(scalar.eval(context.functions(), new Object[] {datum}));
      };
    }
    return (row, context) -> {
      @Nullable Object[] arguments = new Object[operands.length];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = operands[i].eval(row, context);
      }
      return context.made(scalar.eval(context.functions(), arguments));
    };
  }

  private static boolean isNullTest(SqlKind kind) {
    return switch (kind) {
      case IS_NULL, IS_NOT_NULL, IS_UNKNOWN, IS_TRUE, IS_NOT_TRUE, IS_FALSE, IS_NOT_FALSE -> true;
      default -> false;
    };
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

  private Expression comparison(RexCall call) {
    PgType leftType = RelTypes.pgType(call.getOperands().get(0).getType());
    PgType rightType = RelTypes.pgType(call.getOperands().get(1).getType());
    PgType common = commonType(leftType, rightType);
    Expression left = converted(call.getOperands().get(0), common);
    Expression right = converted(call.getOperands().get(1), common);
    Ordering ordering = ordering(call.getKind());
    return (row, context) -> {
      Object a = left.eval(row, context);
      if (a == null) {
        return null;
      }
      Object b = right.eval(row, context);
      return b == null ? null : ordering.holds(PgComparison.compare(a, b));
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

  /** The front end leaves two types in a comparison only where a rule brought a number in. */
  private static PgType commonType(PgType left, PgType right) {
    List<PgType> widening =
        List.of(PgTypes.INT2, PgTypes.INT4, PgTypes.INT8, PgTypes.NUMERIC, PgTypes.FLOAT8);
    return widening.indexOf(left) >= widening.indexOf(right) ? left : right;
  }

  private Expression converted(RexNode node, PgType type) {
    PgType from = RelTypes.pgType(node.getType());
    Expression value = compile(node);
    if (from == type || node.getType().getSqlTypeName() == SqlTypeName.NULL) {
      return value;
    }
    return (row, context) -> {
      Object datum = value.eval(row, context);
      return datum == null ? null : PgCasts.cast(datum, from, type, context.zone());
    };
  }

  private Expression caseExpression(RexCall call) {
    PgType type = RelTypes.pgType(call.getType());
    int last = call.getOperands().size() - 1;
    Expression[] all = new Expression[last + 1];
    for (int i = 0; i <= last; i++) {
      boolean isCondition = i % 2 == 0 && i < last;
      RexNode operand = call.getOperands().get(i);
      all[i] = isCondition ? compile(operand) : converted(operand, type);
    }
    return (row, context) -> {
      for (int i = 0; i < last; i += 2) {
        if (Boolean.TRUE.equals(all[i].eval(row, context))) {
          return all[i + 1].eval(row, context);
        }
      }
      return all[last].eval(row, context);
    };
  }

  private Expression coalesce(RexCall call) {
    PgType type = RelTypes.pgType(call.getType());
    Expression[] all =
        call.getOperands().stream().map(n -> converted(n, type)).toArray(Expression[]::new);
    return (row, context) -> {
      for (Expression operand : all) {
        Object datum = operand.eval(row, context);
        if (datum != null) {
          return datum;
        }
      }
      return null;
    };
  }

  /** IN lists and ranges that rules made: a set where it is a list, otherwise the comparisons. */
  private Expression search(RexCall call) {
    RexNode operand = call.getOperands().get(0);
    Sarg<?> sarg =
        Objects.requireNonNull(((RexLiteral) call.getOperands().get(1)).getValueAs(Sarg.class));
    Expression comparisons = compile(RexUtil.expandSearch(builder, null, call));
    if (sarg.pointCount < POINTS_MIN
        || sarg.nullAs != RexUnknownAs.UNKNOWN
        || !(sarg.isPoints() || sarg.isComplementedPoints())) {
      return comparisons;
    }
    boolean negated = !sarg.isPoints();
    Sarg<?> wanted = negated ? sarg.negate() : sarg;
    Set<Object> keys = new HashSet<>();
    for (Comparable<?> value : points(wanted)) {
      RexNode node = builder.makeLiteral(value, operand.getType(), true, false);
      Object datum = node instanceof RexLiteral literal ? Datums.of(literal) : null;
      Object key = PgComparison.hashKey(datum);
      if (key == null) {
        return comparisons;
      }
      keys.add(key);
    }
    Expression sought = compile(operand);
    return (row, context) -> {
      Object datum = sought.eval(row, context);
      return datum == null
          ? null
          : keys.contains(Objects.requireNonNull(PgComparison.hashKey(datum))) != negated;
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
