package io.omendb.gateway.olap;

import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.IntFunction;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/**
 * The operators that Flink evaluates exactly as PostgreSQL does, on the types on which it does. An
 * expression that contains anything else is none of Flink's, as a whole: so a branch that is not
 * taken is not evaluated, and an error is raised where PostgreSQL raises it. Not here, and so
 * functions: integer arithmetic (Flink's wraps around), floats (NaN, -0, overflow), decimals of
 * more than 38 digits (NULL in Flink), and all functions.
 */
final class FlinkOperators {
  private static final Carried BOOL = Carried.stored(PgTypes.BOOL, ColumnType.of(Kind.BOOLEAN));

  private final FlinkExpressions expressions;

  FlinkOperators(FlinkExpressions expressions) {
    this.expressions = expressions;
  }

  /** Flink SQL of the same meaning; null where there is none. */
  @Nullable Rendered render(RexNode node, IntFunction<Rendered> column) {
    if (node instanceof RexInputRef ref) {
      return column.apply(ref.getIndex());
    }
    Rendered constant = expressions.constant(node, ExpressionShape.of(node));
    if (constant != null) {
      return constant;
    }
    return node instanceof RexCall call ? call(call, column) : null;
  }

  private @Nullable Rendered call(RexCall call, IntFunction<Rendered> column) {
    if (call.getKind() == SqlKind.CASE) {
      return caseExpression(call, column);
    }
    List<Rendered> operands = new ArrayList<>();
    for (RexNode operand : call.getOperands()) {
      Rendered rendered = render(operand, column);
      if (rendered == null) {
        return null;
      }
      operands.add(rendered);
    }
    return switch (call.getKind()) {
      case AND -> logical(operands, " AND ");
      case OR -> logical(operands, " OR ");
      case NOT -> new Rendered("(NOT " + operands.get(0).sql() + ")", BOOL);
      case IS_NULL -> postfix(operands, " IS NULL");
      case IS_NOT_NULL -> postfix(operands, " IS NOT NULL");
      case IS_TRUE -> postfix(operands, " IS TRUE");
      case IS_NOT_TRUE -> postfix(operands, " IS NOT TRUE");
      case IS_FALSE -> postfix(operands, " IS FALSE");
      case IS_NOT_FALSE -> postfix(operands, " IS NOT FALSE");
      case EQUALS,
          NOT_EQUALS,
          LESS_THAN,
          LESS_THAN_OR_EQUAL,
          GREATER_THAN,
          GREATER_THAN_OR_EQUAL,
          IS_NOT_DISTINCT_FROM ->
          comparison(call.getKind(), operands.get(0), operands.get(1));
      case PLUS, MINUS, TIMES -> arithmetic(call, operands, column);
      case CAST -> cast(call, operands.get(0));
      default -> null;
    };
  }

  private static Rendered logical(List<Rendered> operands, String operator) {
    StringJoiner joiner = new StringJoiner(operator, "(", ")");
    operands.forEach(operand -> joiner.add(operand.sql()));
    return new Rendered(joiner.toString(), BOOL);
  }

  private static Rendered postfix(List<Rendered> operands, String operator) {
    return new Rendered("(" + operands.get(0).sql() + operator + ")", BOOL);
  }

  /** A comparison of two rendered values; null where Flink would compare otherwise. */
  static @Nullable Rendered comparison(SqlKind kind, Rendered left, Rendered right) {
    Carried type = commonType(left.type(), right.type());
    boolean equality =
        kind == SqlKind.EQUALS
            || kind == SqlKind.NOT_EQUALS
            || kind == SqlKind.IS_NOT_DISTINCT_FROM;
    if (type == null || (!equality && (!type.hasExactOrder() || type.kind() == Kind.BOOLEAN))) {
      return null;
    }
    String text =
        "(" + left.castTo(type).sql() + " " + symbol(kind) + " " + right.castTo(type).sql() + ")";
    return new Rendered(text, BOOL);
  }

  private static String symbol(SqlKind kind) {
    return switch (kind) {
      case IS_NOT_DISTINCT_FROM -> "IS NOT DISTINCT FROM";
      default -> kind.sql;
    };
  }

  /** The type that both have or can be given without loss; null where there is none. */
  static @Nullable Carried commonType(Carried left, Carried right) {
    if (!left.hasExactEquality() || !right.hasExactEquality()) {
      return null;
    }
    Digits a = left.digits();
    Digits b = right.digits();
    if (a == null || b == null) {
      boolean same = left.kind() == right.kind() || (left.isString() && right.isString());
      return same ? left : null;
    }
    if (left.isInteger() && right.isInteger()) {
      return a.integer() >= b.integer() ? left : right;
    }
    Digits common = a.common(b);
    return common.fit() ? common.decimal() : null;
  }

  private @Nullable Rendered caseExpression(RexCall call, IntFunction<Rendered> column) {
    int last = call.getOperands().size() - 1;
    List<@Nullable Rendered> parts = new ArrayList<>();
    Carried type = null;
    for (int i = 0; i <= last; i++) {
      RexNode operand = call.getOperands().get(i);
      boolean isValue = i % 2 == 1 || i == last;
      if (isValue && NumericDigits.isNull(operand)) {
        parts.add(null);
        continue;
      }
      Rendered part = render(operand, column);
      if (part == null) {
        return null;
      }
      parts.add(part);
      if (isValue) {
        type = type == null ? part.type() : oneType(type, part.type());
        if (type == null) {
          return null;
        }
      }
    }
    if (type == null) {
      return null;
    }
    StringBuilder out = new StringBuilder("(CASE");
    for (int i = 0; i < last; i += 2) {
      out.append(" WHEN ").append(sql(parts.get(i), BOOL));
      out.append(" THEN ").append(sql(parts.get(i + 1), type));
    }
    out.append(" ELSE ").append(sql(parts.get(last), type)).append(" END)");
    return new Rendered(out.toString(), type);
  }

  private static String sql(@Nullable Rendered part, Carried type) {
    return part == null ? "CAST(NULL AS " + type.sql() + ")" : part.castTo(type).sql();
  }

  /** As {@link #commonType}, but no value may get another scale. */
  static @Nullable Carried oneType(Carried left, Carried right) {
    if (left.equals(right)) {
      return left;
    }
    Carried common = commonType(left, right);
    Digits a = left.digits();
    Digits b = right.digits();
    boolean sameScale = a == null || b == null || a.scale() == b.scale();
    return common != null && sameScale && left.isInteger() == right.isInteger() ? common : null;
  }

  /** Exact decimals whose result surely fits, and nothing else. */
  private @Nullable Rendered arithmetic(
      RexCall call, List<Rendered> operands, IntFunction<Rendered> column) {
    if (!FlinkTypes.require(call.getType()).pgType().equals(PgTypes.NUMERIC)) {
      return null;
    }
    Digits left = operands.get(0).type().digits();
    Digits right = operands.get(1).type().digits();
    Digits result = expressions.digits(column).of(call);
    // Flink counts one digit more for a product, and rounds where it counts more than it has.
    if (left == null
        || right == null
        || result == null
        || result.total() >= ColumnType.NUMERIC_PRECISION_MAX) {
      return null;
    }
    String text =
        "(%s %s %s)"
            .formatted(
                operands.get(0).castTo(left.decimal()).sql(),
                call.getKind() == SqlKind.TIMES ? "*" : call.getKind() == SqlKind.PLUS ? "+" : "-",
                operands.get(1).castTo(right.decimal()).sql());
    Carried type = result.decimal();
    return new Rendered("CAST(" + text + " AS " + type.sql() + ")", type);
  }

  /** Casts that can neither round nor fail. */
  private static @Nullable Rendered cast(RexCall call, Rendered operand) {
    Carried from = operand.type();
    Carried to = FlinkTypes.require(call.getType());
    if (to.pgType() == PgTypes.NUMERIC) {
      // To numeric without a scale: the value keeps the scale it has.
      Digits digits = from.digits();
      return digits == null ? null : operand.castTo(digits.decimal());
    }
    if (from.isInteger() && to.isInteger()) {
      Digits a = from.digits();
      Digits b = to.digits();
      return a != null && b != null && a.integer() <= b.integer() ? operand.castTo(to) : null;
    }
    boolean same = !from.isText() && from.kind() == to.kind();
    boolean text =
        (from.kind() == Kind.TEXT || from.kind() == Kind.VARCHAR) && to.kind() == Kind.TEXT;
    return same || (text && !from.isText()) ? new Rendered(operand.sql(), to) : null;
  }
}
