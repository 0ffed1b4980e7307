package io.omendb.gateway.olap;

import io.omendb.gateway.sql.functions.Datums;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/**
 * Finds the digits of a number from the expression that computes it, where they follow from the
 * types: of columns, constants, sums, differences, products, and of what chooses between values of
 * one scale. Null where the scale depends on values, as a quotient's does.
 */
final class NumericDigits {
  private static final String WITH_TYPE_MODIFIER = "numeric_typmod";
  private static final String EXTRACT = "extract";

  /** The fields of a date or time that are integers whatever the value. */
  private static final Set<String> INTEGER_FIELDS =
      Set.of("year", "quarter", "month", "week", "day", "dow", "doy", "isodow", "hour", "minute");

  private static final Digits FIELD = new Digits(7, 0);

  private final IntFunction<Rendered> columns;
  private final Function<RexNode, @Nullable Digits> constants;

  /** {@code constants} gives the digits of an expression over no columns; null where it is none. */
  NumericDigits(IntFunction<Rendered> columns, Function<RexNode, @Nullable Digits> constants) {
    this.columns = columns;
    this.constants = constants;
  }

  @Nullable Digits of(RexNode node) {
    if (node instanceof RexInputRef ref) {
      return columns.apply(ref.getIndex()).type().digits();
    }
    Digits constant = constants.apply(node);
    if (constant != null) {
      return constant;
    }
    PgType type = RelTypes.pgType(node.getType());
    if (type != PgTypes.NUMERIC) {
      return ofInteger(type);
    }
    return node instanceof RexCall call ? ofCall(call) : null;
  }

  private static @Nullable Digits ofInteger(PgType type) {
    if (type == PgTypes.INT2) {
      return Digits.INT2;
    } else if (type == PgTypes.INT4) {
      return Digits.INT4;
    }
    return type == PgTypes.INT8 ? Digits.INT8 : null;
  }

  private @Nullable Digits ofCall(RexCall call) {
    List<RexNode> operands = call.getOperands();
    return switch (call.getKind()) {
      case PLUS, MINUS, TIMES -> arithmetic(call);
      case MINUS_PREFIX, PLUS_PREFIX, CAST -> of(operands.get(0));
      case CASE -> choice(call);
      case OTHER_FUNCTION -> ofFunction(call);
      default -> null;
    };
  }

  private @Nullable Digits arithmetic(RexCall call) {
    Digits left = of(call.getOperands().get(0));
    Digits right = of(call.getOperands().get(1));
    if (left == null || right == null) {
      return null;
    }
    return switch (call.getKind()) {
      case TIMES -> left.product(right);
      default -> left.sum(right);
    };
  }

  private @Nullable Digits choice(RexCall call) {
    Digits all = null;
    int last = call.getOperands().size() - 1;
    for (int i = 0; i <= last; i++) {
      RexNode operand = call.getOperands().get(i);
      boolean isValue = i % 2 == 1 || i == last;
      if (!isValue || isNull(operand)) {
        continue;
      }
      Digits digits = of(operand);
      all = digits == null ? null : all == null ? digits : all.either(digits);
      if (all == null) {
        return null;
      }
    }
    return all;
  }

  static boolean isNull(RexNode node) {
    return node instanceof RexLiteral literal && literal.isNull();
  }

  /** {@code x::numeric(p, s)} and {@code extract(year from x)}. */
  private static @Nullable Digits ofFunction(RexCall call) {
    if (!(call.getOperator() instanceof PgFunction function)) {
      return null;
    }
    if (function.getName().equals(EXTRACT)
        && call.getOperands().get(0) instanceof RexLiteral field) {
      return INTEGER_FIELDS.contains(String.valueOf(Datums.of(field))) ? FIELD : null;
    }
    if (!function.getName().equals(WITH_TYPE_MODIFIER)
        || !(call.getOperands().get(1) instanceof RexLiteral precision)
        || !(call.getOperands().get(2) instanceof RexLiteral scale)
        || !(Datums.of(precision) instanceof Integer p)
        || !(Datums.of(scale) instanceof Integer s)) {
      return null;
    }
    return s >= 0 && s <= p ? new Digits(p - s, s) : null;
  }

  /** Of a constant's datum. */
  static @Nullable Digits ofDatum(@Nullable Object datum) {
    if (datum instanceof BigDecimal number) {
      return Digits.of(number);
    } else if (datum instanceof Short) {
      return Digits.INT2;
    } else if (datum instanceof Integer) {
      return Digits.INT4;
    }
    return datum instanceof Long ? Digits.INT8 : null;
  }
}
