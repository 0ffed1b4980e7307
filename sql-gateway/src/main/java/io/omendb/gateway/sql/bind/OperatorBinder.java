package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Datums;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.PgCasts;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.PostgresNames;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.List;
import java.util.Locale;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.jspecify.annotations.Nullable;

/** Which operator two or one bound operands mean, by PostgreSQL's operator tables. */
final class OperatorBinder {
  private final Coercion coercion;
  private final ArrayBinder arrays;

  OperatorBinder(Coercion coercion) {
    this.coercion = coercion;
    this.arrays = new ArrayBinder(coercion);
  }

  /** A comparison; {@code kind} is one of the six or IS [NOT] DISTINCT FROM. */
  Expr compare(SqlOperator operator, Expr left, Expr right, int position) {
    if (isMidnight(right) && left.type() == PgTypes.DATE) {
      return compare(operator, left, asDate(right), position);
    } else if (isMidnight(left) && right.type() == PgTypes.DATE) {
      return compare(operator, asDate(left), right, position);
    }
    PgType type = comparisonType(left, right);
    if (type == null) {
      throw undefined(symbol(operator.getKind(), operator.getName()), left, right, position);
    }
    RexNode a = comparable(left, type);
    RexNode b = comparable(right, type);
    boolean nullable =
        operator.getKind() != SqlKind.IS_DISTINCT_FROM
            && operator.getKind() != SqlKind.IS_NOT_DISTINCT_FROM
            && (a.getType().isNullable() || b.getType().isNullable());
    return Expr.of(
        coercion.call(operator, RelTypes.rel(PgTypes.BOOL, nullable), List.of(a, b)),
        PgTypes.BOOL,
        position);
  }

  /** A timestamp that a date can be compared with as it is, so that a date column stays bare. */
  private static boolean isMidnight(Expr e) {
    return e.type() == PgTypes.TIMESTAMP
        && e.rex() instanceof RexLiteral literal
        && Datums.of(literal) instanceof Long micros
        && Math.floorMod(micros, PgCasts.MICROS_PER_DAY) == 0;
  }

  private Expr asDate(Expr timestamp) {
    return coercion.coerce(timestamp, PgTypes.DATE, Context.ASSIGNMENT);
  }

  /** char(n) compares without its padding. */
  private RexNode comparable(Expr e, PgType type) {
    if (type == PgTypes.BPCHAR) {
      RexNode text = coercion.coerce(e, PgTypes.BPCHAR, Context.IMPLICIT).rex();
      return coercion.call(Functions.exactly("bpchar_text", PgTypes.BPCHAR), PgTypes.TEXT, text);
    }
    return coercion.coerce(e, type, Context.IMPLICIT).rex();
  }

  /** The type that both sides are compared as; null where there is none. */
  static @Nullable PgType comparisonType(Expr left, Expr right) {
    PgType a = left.type();
    PgType b = right.type();
    if (a == PgTypes.UNKNOWN && b == PgTypes.UNKNOWN) {
      return PgTypes.TEXT;
    } else if (a == PgTypes.UNKNOWN) {
      return textual(b);
    } else if (b == PgTypes.UNKNOWN) {
      return textual(a);
    } else if (a == b) {
      return a == PgTypes.VARCHAR ? PgTypes.TEXT : a;
    }
    int rankA = Coercion.numericRank(a);
    int rankB = Coercion.numericRank(b);
    if (rankA >= 0 && rankB >= 0) {
      return numeric(a, b, rankA, rankB);
    }
    if (RelTypes.isString(a) && RelTypes.isString(b)) {
      // varchar has no comparison of its own and is nearer to char(n) than text is
      boolean padded =
          (a == PgTypes.BPCHAR && b == PgTypes.VARCHAR)
              || (a == PgTypes.VARCHAR && b == PgTypes.BPCHAR);
      return padded ? PgTypes.BPCHAR : PgTypes.TEXT;
    }
    if (RelTypes.isOid(a) || RelTypes.isOid(b)) {
      boolean integers = (rankA <= 2 && rankB <= 2);
      return integers && !RelTypes.isString(a) && !RelTypes.isString(b) ? PgTypes.INT8 : null;
    }
    if (Coercion.canCoerce(a, b, Context.IMPLICIT)) {
      return b;
    }
    return Coercion.canCoerce(b, a, Context.IMPLICIT) ? a : null;
  }

  private static PgType textual(PgType type) {
    boolean text = RelTypes.isString(type) && type != PgTypes.BPCHAR && type != PgTypes.CHAR;
    return text ? PgTypes.TEXT : type;
  }

  private static PgType numeric(PgType a, PgType b, int rankA, int rankB) {
    if (rankA >= 4 || rankB >= 4) {
      return a == PgTypes.FLOAT4 && b == PgTypes.FLOAT4 ? PgTypes.FLOAT4 : PgTypes.FLOAT8;
    }
    return rankA > rankB ? a : b;
  }

  /** {@code symbol} as written: + - * / % ^ || ~ and so on. */
  Expr binary(String symbol, Expr left, Expr right, int position) {
    return switch (symbol) {
      case "+", "-", "*", "/", "%" -> arithmetic(symbol, left, right, position);
      case "^" -> power(left, right, position);
      case "&", "|", "#" -> bitwise(symbol, left, right, position);
      case "<<", ">>" -> shift(symbol, left, right, position);
      case "@>", "<@", "&&" -> {
        Expr sets = arrays.sets(symbol, left, right, position);
        if (sets == null) {
          throw undefined(symbol, left, right, position);
        }
        yield sets;
      }
      case "^@" -> match("starts_with", left, right, position);
      case "||" -> concatenate(left, right, position);
      case "~~" -> match("like", left, right, position);
      case "~~*" -> match("ilike", left, right, position);
      case "!~~" -> not(match("like", left, right, position));
      case "!~~*" -> not(match("ilike", left, right, position));
      case "~" -> match("textregexeq", left, right, position);
      case "~*" -> match("texticregexeq", left, right, position);
      case "!~" -> not(match("textregexeq", left, right, position));
      case "!~*" -> not(match("texticregexeq", left, right, position));
      default -> throw undefined(symbol, left, right, position);
    };
  }

  /** Of an integer by a number of bits. */
  private Expr shift(String symbol, Expr left, Expr right, int position) {
    PgType type = left.type() == PgTypes.UNKNOWN ? PgTypes.INT4 : left.type();
    boolean integers =
        Coercion.numericRank(type) >= 0
            && Coercion.numericRank(type) <= 2
            && Coercion.canCoerce(right.type(), PgTypes.INT4, Context.IMPLICIT);
    if (!integers) {
      throw undefined(symbol, left, right, position);
    }
    String name = type.name() + (symbol.equals("<<") ? "shl" : "shr");
    return function(name, type, position, left, type, right, PgTypes.INT4);
  }

  /** A prefix operator other than + and -. */
  Expr prefix(String symbol, Expr operand, int position) {
    Expr e = operand;
    PgType type = e.type();
    int rank = Coercion.numericRank(type);
    if (symbol.equals("~") && rank >= 0 && rank <= 2) {
      return unary(type.name() + "not", type, e, position);
    } else if (symbol.equals("@") && rank >= 0) {
      return unary("abs", type, e, position);
    } else if ((symbol.equals("|/") || symbol.equals("||/"))
        && Coercion.canCoerce(type, PgTypes.FLOAT8, Context.IMPLICIT)) {
      return unary(symbol.equals("|/") ? "sqrt" : "cbrt", PgTypes.FLOAT8, e, position);
    }
    throw undefined(symbol, e, position);
  }

  private Expr unary(String name, PgType type, Expr operand, int position) {
    RexNode x = coercion.coerce(operand, type, Context.IMPLICIT).rex();
    RelDataType result =
        type == PgTypes.NUMERIC ? x.getType() : RelTypes.rel(type, x.getType().isNullable());
    return Expr.of(
        coercion.call(Functions.exactly(name, type), result, List.of(x)), type, position);
  }

  /** And, or and exclusive or of integers of one type. */
  private Expr bitwise(String symbol, Expr left, Expr right, int position) {
    PgType type = comparisonType(left, right);
    if (type != PgTypes.INT2 && type != PgTypes.INT4 && type != PgTypes.INT8) {
      throw undefined(symbol, left, right, position);
    }
    PgFunction function = bits(symbol, type);
    RexNode a = coercion.coerce(left, type, Context.IMPLICIT).rex();
    RexNode b = coercion.coerce(right, type, Context.IMPLICIT).rex();
    return Expr.of(coercion.call(function, type, a, b), type, position);
  }

  private static PgFunction bits(String symbol, PgType type) {
    String name =
        type.name()
            + switch (symbol) {
              case "&" -> "and";
              case "|" -> "or";
              default -> "xor";
            };
    return new PgFunction(
        name,
        "%s(%s, %2$s)".formatted(name, type.sqlName()),
        PgFunction.Volatility.IMMUTABLE,
        true,
        (context, values) -> {
          if (!(values[0] instanceof Number a) || !(values[1] instanceof Number b)) {
            return null;
          }
          long x = a.longValue();
          long y = b.longValue();
          long bits = symbol.equals("&") ? x & y : symbol.equals("|") ? x | y : x ^ y;
          return type == PgTypes.INT2
              ? (Object) (short) bits
              : type == PgTypes.INT4 ? (Object) (int) bits : (Object) bits;
        });
  }

  Expr not(Expr e) {
    RexNode node = coercion.call(SqlStdOperatorTable.NOT, PgTypes.BOOL, e.rex());
    return Expr.of(node, PgTypes.BOOL, e.position());
  }

  private Expr match(String function, Expr left, Expr right, int position) {
    if (!isTextual(left) || !isTextual(right)) {
      throw undefined(matchSymbol(function), left, right, position);
    }
    RexNode text = subject(function, left);
    RexNode pattern = coercion.coerce(right, PgTypes.TEXT, Context.IMPLICIT).rex();
    PgFunction match = Functions.exactly(function, PgTypes.TEXT, PgTypes.TEXT);
    return Expr.of(coercion.call(match, PgTypes.BOOL, text, pattern), PgTypes.BOOL, position);
  }

  /** char(n) is matched with its padding: PostgreSQL has these operators for it. */
  RexNode subject(String function, Expr left) {
    return left.type() == PgTypes.BPCHAR && !function.equals("starts_with")
        ? left.rex()
        : coercion.coerce(left, PgTypes.TEXT, Context.IMPLICIT).rex();
  }

  private static String matchSymbol(String function) {
    return switch (function) {
      case "like" -> "~~";
      case "ilike" -> "~~*";
      case "textregexeq" -> "~";
      case "starts_with" -> "^@";
      default -> "~*";
    };
  }

  private static boolean isTextual(Expr e) {
    return RelTypes.isString(e.type());
  }

  private Expr concatenate(Expr left, Expr right, int position) {
    if (left.type() == PgTypes.BYTEA || right.type() == PgTypes.BYTEA) {
      return function(
          "byteacat", PgTypes.BYTEA, position, left, PgTypes.BYTEA, right, PgTypes.BYTEA);
    }
    Expr concatenated = arrays.concatenation(left, right, position);
    if (concatenated != null) {
      return concatenated;
    }
    if (left.type() instanceof ArrayType || right.type() instanceof ArrayType) {
      throw undefined("||", left, right, position);
    }
    if (!isTextual(left) && !isTextual(right)) {
      throw undefined("||", left, right, position);
    }
    RexNode a = coercion.coerce(left, PgTypes.TEXT, Context.EXPLICIT).rex();
    RexNode b = coercion.coerce(right, PgTypes.TEXT, Context.EXPLICIT).rex();
    PgFunction concat = Functions.exactly("textcat", PgTypes.TEXT, PgTypes.TEXT);
    return Expr.of(coercion.call(concat, PgTypes.TEXT, a, b), PgTypes.TEXT, position);
  }

  private Expr power(Expr left, Expr right, int position) {
    boolean numeric =
        (left.type() == PgTypes.NUMERIC || right.type() == PgTypes.NUMERIC)
            && Coercion.numericRank(left.type()) <= 3
            && Coercion.numericRank(right.type()) <= 3;
    PgType type = numeric ? PgTypes.NUMERIC : PgTypes.FLOAT8;
    if (!Coercion.canCoerce(left.type(), type, Context.IMPLICIT)
        || !Coercion.canCoerce(right.type(), type, Context.IMPLICIT)) {
      throw undefined("^", left, right, position);
    }
    return function("power", type, position, left, type, right, type);
  }

  private Expr arithmetic(String symbol, Expr left, Expr right, int position) {
    Expr dates = dateTime(symbol, left, right, position);
    if (dates != null) {
      return dates;
    }
    PgType a = left.type();
    PgType b = right.type();
    int rankA = Coercion.numericRank(a);
    int rankB = Coercion.numericRank(b);
    PgType type;
    if (rankA >= 0 && rankB >= 0) {
      type = numeric(a, b, rankA, rankB);
    } else if (rankA >= 0 && b == PgTypes.UNKNOWN) {
      type = a;
    } else if (rankB >= 0 && a == PgTypes.UNKNOWN) {
      type = b;
    } else if (a == PgTypes.UNKNOWN && b == PgTypes.UNKNOWN) {
      throw BindErrors.error(
          ErrorCode.AMBIGUOUS_FUNCTION,
          "operator is not unique: unknown %s unknown".formatted(symbol),
          position);
    } else {
      throw undefined(symbol, left, right, position);
    }
    if (symbol.equals("%") && Coercion.numericRank(type) > 3) {
      throw undefined(symbol, left, right, position);
    }
    RexNode x = coercion.coerce(left, type, Context.IMPLICIT).rex();
    RexNode y = coercion.coerce(right, type, Context.IMPLICIT).rex();
    RexNode call =
        coercion.call(
            operator(symbol),
            arithmeticType(symbol, type, x.getType(), y.getType()),
            List.of(x, y));
    return Expr.of(call, type, position);
  }

  private static SqlOperator operator(String symbol) {
    return switch (symbol) {
      case "+" -> SqlStdOperatorTable.PLUS;
      case "-" -> SqlStdOperatorTable.MINUS;
      case "*" -> SqlStdOperatorTable.MULTIPLY;
      case "/" -> SqlStdOperatorTable.DIVIDE;
      default -> SqlStdOperatorTable.MOD;
    };
  }

  /** numeric's display scale where it is the same for all values. */
  private static RelDataType arithmeticType(
      String symbol, PgType type, RelDataType a, RelDataType b) {
    boolean nullable = a.isNullable() || b.isNullable();
    if (type != PgTypes.NUMERIC) {
      return RelTypes.rel(type, nullable);
    }
    int scaleMax = Math.max(a.getScale(), b.getScale());
    return switch (symbol) {
      case "*" -> RelTypes.decimal(38, a.getScale() + b.getScale(), nullable);
      case "/" -> RelTypes.decimal(38, Math.max(RelTypes.SCALE_ANY, scaleMax), nullable);
      default -> RelTypes.decimal(38, scaleMax, nullable);
    };
  }

  Expr negate(Expr e, int position) {
    if (e.type() == PgTypes.INTERVAL || Coercion.numericRank(e.type()) >= 0) {
      RexNode call =
          coercion.call(SqlStdOperatorTable.UNARY_MINUS, e.rex().getType(), List.of(e.rex()));
      return Expr.of(call, e.type(), position);
    }
    if (e.type() == PgTypes.UNKNOWN) {
      return negate(coercion.coerce(e, PgTypes.FLOAT8, Context.IMPLICIT), position);
    }
    throw undefined("-", e, position);
  }

  /** Arithmetic of dates, times and intervals; null where neither side is one. */
  private @Nullable Expr dateTime(String symbol, Expr left, Expr right, int position) {
    String a = left.type().name();
    String b = right.type().name();
    boolean involved =
        left.type().category() == 'D'
            || right.type().category() == 'D'
            || left.type() == PgTypes.INTERVAL
            || right.type() == PgTypes.INTERVAL;
    if (!involved) {
      return null;
    }
    if (symbol.equals("+") && !isTimestamp(left) && (isTimestamp(right) || swaps(a, b))) {
      return dateTime(symbol, right, left, position);
    }
    Expr l = left;
    Expr r = right;
    if (symbol.equals("+") && (isAmbiguousWithUnknown(a, b) || isAmbiguousWithUnknown(b, a))) {
      throw BindErrors.error(
          ErrorCode.AMBIGUOUS_FUNCTION,
          "operator is not unique: %s + %s"
              .formatted(left.type().sqlName(), right.type().sqlName()),
          position);
    }
    if (b.equals("unknown")) {
      boolean point = symbol.equals("-") && !a.equals("interval");
      r = coercion.coerce(right, point ? left.type() : PgTypes.INTERVAL, Context.IMPLICIT);
    } else if (a.equals("unknown")) {
      l = coercion.coerce(left, right.type(), Context.IMPLICIT);
    }
    return switch (symbol) {
      case "+", "-" -> plusMinus(symbol, l, r, position);
      case "*" -> scaled(l, r, symbol, position);
      case "/" -> {
        if (l.type() != PgTypes.INTERVAL) {
          throw undefined(symbol, l, r, position);
        }
        yield function(
            "interval_div", PgTypes.INTERVAL, position, l, PgTypes.INTERVAL, r, PgTypes.FLOAT8);
      }
      default -> throw undefined(symbol, l, r, position);
    };
  }

  /** An integer, an interval or a time could be meant beside a date. */
  private static boolean isAmbiguousWithUnknown(String point, String other) {
    return other.equals("unknown") && point.equals("date");
  }

  private static boolean isTimestamp(Expr e) {
    return e.type() == PgTypes.TIMESTAMP || e.type() == PgTypes.TIMESTAMPTZ;
  }

  /** Whether the operands of + stand the other way round than the functions take them. */
  private static boolean swaps(String a, String b) {
    boolean pointAfterAmount =
        (a.equals("interval") || a.startsWith("int")) && (b.equals("date") || b.equals("time"));
    return pointAfterAmount || (a.equals("time") && b.equals("date"));
  }

  private Expr scaled(Expr left, Expr right, String symbol, int position) {
    boolean intervalFirst = left.type() == PgTypes.INTERVAL;
    Expr interval = intervalFirst ? left : right;
    Expr factor = intervalFirst ? right : left;
    if (interval.type() != PgTypes.INTERVAL || Coercion.numericRank(factor.type()) < 0) {
      throw undefined(symbol, left, right, position);
    }
    return function(
        "interval_mul",
        PgTypes.INTERVAL,
        position,
        interval,
        PgTypes.INTERVAL,
        factor,
        PgTypes.FLOAT8);
  }

  private Expr plusMinus(String symbol, Expr left, Expr right, int position) {
    boolean plus = symbol.equals("+");
    PgType a = left.type();
    PgType b = right.type();
    String verb = plus ? "pl" : "mi";
    if (a == PgTypes.INTERVAL && b == PgTypes.INTERVAL) {
      SqlOperator operator = plus ? SqlStdOperatorTable.PLUS : SqlStdOperatorTable.MINUS;
      return Expr.of(
          coercion.call(operator, PgTypes.INTERVAL, left.rex(), right.rex()),
          PgTypes.INTERVAL,
          position);
    }
    if (b == PgTypes.INTERVAL && (isTimestamp(left) || a == PgTypes.DATE)) {
      PgType point = a == PgTypes.DATE ? PgTypes.TIMESTAMP : a;
      return function(
          "%s_%s_interval".formatted(point.name(), verb), point, position, left, point, right, b);
    }
    if (b == PgTypes.INTERVAL && a == PgTypes.TIME) {
      return function(
          "time_%s_interval".formatted(verb), PgTypes.TIME, position, left, a, right, b);
    }
    if (a == PgTypes.DATE && Coercion.numericRank(b) >= 0 && Coercion.numericRank(b) <= 1) {
      return function(
          plus ? "date_pli" : "date_mii", PgTypes.DATE, position, left, a, right, PgTypes.INT4);
    }
    if (plus && a == PgTypes.DATE && b == PgTypes.TIME) {
      return function("datetime_pl", PgTypes.TIMESTAMP, position, left, a, right, b);
    }
    if (!plus) {
      if (a == PgTypes.DATE && b == PgTypes.DATE) {
        return function("date_mi", PgTypes.INT4, position, left, a, right, b);
      } else if (a == PgTypes.TIME && b == PgTypes.TIME) {
        return function("time_mi", PgTypes.INTERVAL, position, left, a, right, b);
      }
      PgType common = comparisonType(left, right);
      if (common == PgTypes.TIMESTAMP || common == PgTypes.TIMESTAMPTZ) {
        return function(
            common.name() + "_mi", PgTypes.INTERVAL, position, left, common, right, common);
      }
    }
    throw undefined(symbol, left, right, position);
  }

  private Expr function(
      String name, PgType result, int position, Expr a, PgType typeA, Expr b, PgType typeB) {
    RexNode x = coercion.coerce(a, typeA, Context.IMPLICIT).rex();
    RexNode y = coercion.coerce(b, typeB, Context.IMPLICIT).rex();
    PgFunction function = Functions.exactly(name, typeA, typeB);
    return Expr.of(coercion.call(function, result, x, y), result, position);
  }

  /** 0A000 for an operator that PostgreSQL has, 42883 for any other. */
  static RuntimeException undefined(String symbol, Expr left, Expr right, int position) {
    String operator = "%s %s %s".formatted(left.type().sqlName(), symbol, right.type().sqlName());
    return missing(symbol, operator, List.of(left.type(), right.type()), position);
  }

  private static RuntimeException undefined(String symbol, Expr operand, int position) {
    String operator = "%s %s".formatted(symbol, operand.type().sqlName());
    return missing(symbol, operator, List.of(operand.type()), position);
  }

  private static RuntimeException missing(
      String symbol, String operator, List<PgType> operands, int position) {
    boolean known =
        PostgresNames.hasOperator(
            symbol, operands, (from, to) -> Coercion.canCoerce(from, to, Context.IMPLICIT));
    return known
        ? BindErrors.notSupported("the operator " + operator, position)
        : BindErrors.error(
            ErrorCode.UNDEFINED_FUNCTION, "operator does not exist: " + operator, position);
  }

  private static String symbol(SqlKind kind, String name) {
    return switch (kind) {
      case IS_DISTINCT_FROM, IS_NOT_DISTINCT_FROM -> "=";
      default -> name.toLowerCase(Locale.ROOT);
    };
  }
}
