package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.Overload;
import io.omendb.gateway.sql.functions.PgComparison;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.PgFunction.Volatility;
import io.omendb.gateway.sql.functions.PostgresNames;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.jspecify.annotations.Nullable;

/** Calls by name: PostgreSQL's overload resolution (documentation, 10.3), casts, subscripts. */
final class FunctionBinder {
  private static final Set<String> CONTEXT_VARIABLES =
      Set.of(
          "current_date",
          "current_timestamp",
          "localtime",
          "localtimestamp",
          "current_user",
          "session_user",
          "user",
          "current_role",
          "current_catalog",
          "current_schema");

  private final Coercion coercion;

  FunctionBinder(Coercion coercion) {
    this.coercion = coercion;
  }

  /** CURRENT_DATE and its kin; null for any other name. */
  @Nullable Expr contextVariable(String name, int position) {
    if (name.equals("current_time")) {
      throw BindErrors.notSupported("CURRENT_TIME (time with time zone)", position);
    }
    return CONTEXT_VARIABLES.contains(name) ? call(name, List.of(), position) : null;
  }

  Expr call(String name, List<Expr> arguments, int position) {
    switch (name) {
      case "coalesce" -> {
        return coalesce(arguments, position);
      }
      case "nullif" -> {
        return nullIf(arguments, position);
      }
      case "greatest", "least" -> {
        return extreme(name, arguments, position);
      }
      case "row_number",
          "rank",
          "dense_rank",
          "lag",
          "lead",
          "ntile",
          "first_value",
          "last_value",
          "percent_rank",
          "cume_dist" ->
          throw BindErrors.notSupported("a window function", position);
      case "percentile_cont", "percentile_disc", "mode" ->
          throw BindErrors.notSupported("an ordered-set aggregate", position);
      case "rollup", "cube" ->
          throw BindErrors.notSupported(name.toUpperCase(Locale.ROOT), position);
      case "pg_typeof" -> {
        if (arguments.size() == 1) {
          long oid = arguments.get(0).type().oid();
          return coercion.literal(oid, PgTypes.REGTYPE, position);
        }
      }
      case "array_to_string" -> {
        return arrayToString(arguments, position);
      }
      case "age" -> {
        if (arguments.size() == 1) {
          return call(name, List.of(today(position), arguments.get(0)), position);
        }
      }
      case "quote_literal", "quote_nullable" -> {
        if (arguments.size() == 1 && arguments.get(0).type() != PgTypes.UNKNOWN) {
          Expr text = coercion.coerce(arguments.get(0), PgTypes.TEXT, Context.EXPLICIT);
          return apply(resolve(name, List.of(text), position), List.of(text), position);
        }
      }
      default -> {
        Expr array = new ArrayBinder(coercion).call(name, arguments, position);
        if (array != null) {
          return array;
        }
      }
    }
    if (arguments.size() == 1) {
      Expr cast = functionalCast(name, arguments.get(0), position);
      if (cast != null) {
        return cast;
      }
    }
    return apply(resolve(name, arguments, position), arguments, position);
  }

  /** Over arrays of anything, by the elements' text. */
  private Expr arrayToString(List<Expr> arguments, int position) {
    ArrayType texts = PgTypes.arrayOf(PgTypes.TEXT);
    if (texts == null || arguments.isEmpty()) {
      throw undefined("array_to_string", arguments, position);
    }
    List<Expr> typed = new ArrayList<>(arguments);
    typed.set(0, coercion.coerce(arguments.get(0), texts, Context.EXPLICIT));
    return apply(resolve("array_to_string", typed, position), typed, position);
  }

  /** age(x) counts from midnight of the current day. */
  private Expr today(int position) {
    return coercion.coerce(
        call("current_date", List.of(), position), PgTypes.TIMESTAMP, Context.IMPLICIT);
  }

  /** {@code int4(x)}, {@code text(x)}: a type's name used as a function of one argument. */
  private @Nullable Expr functionalCast(String name, Expr argument, int position) {
    if (!Functions.scalar(name).isEmpty()) {
      return null;
    }
    PgType type = PgTypes.byName(name);
    boolean castable =
        type != null
            && type.name().equals(name)
            && Coercion.canCoerce(argument.type(), type, Context.EXPLICIT);
    return castable && type != null
        ? cast(argument, new TypeName(type, List.of()), name, position)
        : null;
  }

  private Expr apply(Overload overload, List<Expr> arguments, int position) {
    List<RexNode> operands = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      if (i < overload.arguments().size()) {
        operands.add(
            coercion.coerce(arguments.get(i), overload.arguments().get(i), Context.IMPLICIT).rex());
      } else {
        Expr any = coercion.settled(arguments.get(i));
        boolean asText = overload.name().startsWith("concat") || overload.name().equals("format");
        operands.add(asText ? output(any) : any.rex());
      }
    }
    PgFunction function = overload.function();
    return Expr.of(
        coercion.call(function, resultType(overload, operands), operands),
        overload.result(),
        position);
  }

  /** A value as its type's output function writes it: booleans as one letter. */
  private RexNode output(Expr e) {
    return e.type() == PgTypes.BOOL
        ? coercion.call(Functions.exactly("boolout", PgTypes.BOOL), PgTypes.TEXT, e.rex())
        : coercion.coerce(e, PgTypes.TEXT, Context.EXPLICIT).rex();
  }

  private static RelDataType resultType(Overload overload, List<RexNode> operands) {
    boolean nullable = !overload.function().strict() || mayBeNull(overload);
    for (RexNode operand : operands) {
      nullable |= operand.getType().isNullable();
    }
    if (overload.result() == PgTypes.NUMERIC
        && !operands.isEmpty()
        && (overload.name().equals("abs") || overload.name().equals("mod"))) {
      RelDataType first = operands.get(0).getType();
      return RelTypes.decimal(38, first.getScale(), nullable);
    }
    return RelTypes.rel(overload.result(), nullable);
  }

  /** Strict functions that return NULL for arguments that are not. */
  private static boolean mayBeNull(Overload overload) {
    String name = overload.name();
    return name.startsWith("pg_get")
        || name.equals("substring")
        || name.startsWith("regexp_")
        || name.equals("to_regclass")
        || name.equals("current_setting");
  }

  private Overload resolve(String name, List<Expr> arguments, int position) {
    List<Overload> candidates = new ArrayList<>();
    for (Overload overload : Functions.scalar(name)) {
      if (accepts(overload, arguments)) {
        candidates.add(overload);
      }
    }
    if (candidates.isEmpty()) {
      throw undefined(name, arguments, position);
    }
    candidates = best(candidates, overload -> exactMatches(overload, arguments));
    candidates = best(candidates, overload -> preferredMatches(overload, arguments));
    if (candidates.size() > 1) {
      candidates = best(candidates, overload -> unknownMatches(overload, arguments));
    }
    if (candidates.size() > 1) {
      throw BindErrors.error(
          ErrorCode.AMBIGUOUS_FUNCTION,
          "function %s is not unique".formatted(signature(name, arguments)),
          position);
    }
    return candidates.get(0);
  }

  private static boolean accepts(Overload overload, List<Expr> arguments) {
    int declared = overload.arguments().size();
    if (overload.variadic() ? arguments.size() < declared : arguments.size() != declared) {
      return false;
    }
    for (int i = 0; i < declared; i++) {
      if (!Coercion.canCoerce(
          arguments.get(i).type(), overload.arguments().get(i), Context.IMPLICIT)) {
        return false;
      }
    }
    return true;
  }

  private interface Score {
    int of(Overload overload);
  }

  private static List<Overload> best(List<Overload> candidates, Score score) {
    int best = Integer.MIN_VALUE;
    List<Overload> kept = new ArrayList<>();
    for (Overload candidate : candidates) {
      int value = score.of(candidate);
      if (value > best) {
        kept.clear();
        best = value;
      }
      if (value == best) {
        kept.add(candidate);
      }
    }
    return kept;
  }

  private static int exactMatches(Overload overload, List<Expr> arguments) {
    int matches = 0;
    for (int i = 0; i < overload.arguments().size(); i++) {
      matches += arguments.get(i).type() == overload.arguments().get(i) ? 1 : 0;
    }
    return matches;
  }

  /** Preferred types of their category: text, float8, timestamptz, interval, oid, bool. */
  private static int preferredMatches(Overload overload, List<Expr> arguments) {
    int matches = 0;
    for (int i = 0; i < overload.arguments().size(); i++) {
      PgType declared = overload.arguments().get(i);
      PgType given = arguments.get(i).type();
      boolean preferred = given != PgTypes.UNKNOWN && isPreferred(declared);
      matches += given == declared || preferred ? 1 : 0;
    }
    return matches;
  }

  private static int unknownMatches(Overload overload, List<Expr> arguments) {
    int score = 0;
    for (int i = 0; i < overload.arguments().size(); i++) {
      if (arguments.get(i).type() == PgTypes.UNKNOWN) {
        PgType declared = overload.arguments().get(i);
        score += declared == PgTypes.TEXT ? 2 : isPreferred(declared) ? 1 : 0;
      }
    }
    return score;
  }

  private static boolean isPreferred(PgType type) {
    return type == PgTypes.TEXT
        || type == PgTypes.FLOAT8
        || type == PgTypes.TIMESTAMPTZ
        || type == PgTypes.INTERVAL
        || type == PgTypes.OID
        || type == PgTypes.BOOL;
  }

  private static String signature(String name, List<Expr> arguments) {
    StringBuilder signature = new StringBuilder(name).append('(');
    for (int i = 0; i < arguments.size(); i++) {
      signature.append(i == 0 ? "" : ", ").append(arguments.get(i).type().sqlName());
    }
    return signature.append(')').toString();
  }

  /** 0A000 for a function that PostgreSQL has, 42883 for any other. */
  static RuntimeException undefined(String name, List<Expr> arguments, int position) {
    boolean known =
        PostgresNames.hasFunction(
            name,
            arguments.stream().map(Expr::type).toList(),
            (from, to) -> Coercion.canCoerce(from, to, Context.IMPLICIT));
    if (known) {
      return BindErrors.notSupported("the function " + signature(name, arguments), position);
    }
    return BindErrors.error(
        ErrorCode.UNDEFINED_FUNCTION,
        "function %s does not exist".formatted(signature(name, arguments)),
        position);
  }

  private Expr coalesce(List<Expr> arguments, int position) {
    if (arguments.isEmpty()) {
      throw undefined("coalesce", arguments, position);
    }
    PgType type = Coercion.commonType(arguments, "COALESCE");
    List<RexNode> operands = coerceAll(arguments, type);
    boolean nullable = true;
    for (RexNode operand : operands) {
      nullable &= operand.getType().isNullable();
    }
    return Expr.of(
        coercion
            .rex()
            .makeCall(widest(operands, type, nullable, 1), SqlStdOperatorTable.COALESCE, operands),
        type,
        position);
  }

  private List<RexNode> coerceAll(List<Expr> arguments, PgType type) {
    List<RexNode> operands = new ArrayList<>();
    for (Expr e : arguments) {
      operands.add(coercion.coerce(e, type, Context.IMPLICIT).rex());
    }
    return operands;
  }

  /**
   * The type of one of several values; of numerics, the one with the most decimals. {@code step} 2
   * takes CASE's operands, whose values stand at odd places and at the end.
   */
  static RelDataType widest(List<RexNode> operands, PgType type, boolean nullable, int step) {
    if (type != PgTypes.NUMERIC) {
      return RelTypes.rel(type, nullable);
    }
    int scale = 0;
    for (int i = 0; i < operands.size(); i++) {
      boolean value = step == 1 || i % 2 == 1 || i == operands.size() - 1;
      scale = value ? Math.max(scale, operands.get(i).getType().getScale()) : scale;
    }
    return RelTypes.decimal(38, scale, nullable);
  }

  private Expr nullIf(List<Expr> arguments, int position) {
    if (arguments.size() != 2) {
      throw undefined("nullif", arguments, position);
    }
    Expr value = coercion.settled(arguments.get(0));
    Expr equal =
        new OperatorBinder(coercion)
            .compare(SqlStdOperatorTable.EQUALS, value, arguments.get(1), position);
    RelDataType type = RelTypes.FACTORY.createTypeWithNullability(value.rex().getType(), true);
    return Expr.of(
        coercion
            .rex()
            .makeCall(
                type,
                SqlStdOperatorTable.CASE,
                List.of(equal.rex(), coercion.rex().makeNullLiteral(type), value.rex())),
        value.type(),
        position);
  }

  /** NULL arguments are left out. */
  private Expr extreme(String name, List<Expr> arguments, int position) {
    if (arguments.isEmpty()) {
      throw undefined(name, arguments, position);
    }
    PgType type = Coercion.commonType(arguments, name.toUpperCase(Locale.ROOT));
    List<RexNode> operands = coerceAll(arguments, type);
    int sign = name.equals("greatest") ? 1 : -1;
    PgFunction function =
        new PgFunction(
            name,
            "%s(%s…)".formatted(name, type.sqlName()),
            Volatility.IMMUTABLE,
            false,
            (context, values) -> {
              Object best = null;
              for (Object value : values) {
                if (value != null
                    && (best == null || PgComparison.compare(value, best) * sign > 0)) {
                  best = value;
                }
              }
              return best;
            });
    return Expr.of(
        coercion.call(function, widest(operands, type, true, 1), operands), type, position);
  }

  RexNode arrayOf(ArrayType array, List<RexNode> elements) {
    PgFunction function =
        new PgFunction(
            "array",
            "array[%s]".formatted(array.element().sqlName()),
            Volatility.STABLE,
            false,
            (context, values) -> Collections.unmodifiableList(Arrays.asList(values.clone())));
    return coercion.call(function, RelTypes.rel(array, false), elements);
  }

  Expr subscript(Expr array, Expr index, int position) {
    if (!(array.type() instanceof ArrayType type)) {
      throw BindErrors.error(
          ErrorCode.DATATYPE_MISMATCH,
          "cannot subscript type %s because it does not support subscripting"
              .formatted(array.type().sqlName()),
          position);
    }
    int base = type == PgTypes.INT2VECTOR || type == PgTypes.OIDVECTOR ? 0 : 1;
    PgFunction function =
        new PgFunction(
            "array_element",
            "array_element(%s)".formatted(type.name()),
            Volatility.IMMUTABLE,
            true,
            (context, values) -> element(values, base));
    RexNode at = coercion.coerce(index, PgTypes.INT4, Context.ASSIGNMENT).rex();
    return Expr.of(
        coercion.call(function, RelTypes.rel(type.element(), true), List.of(array.rex(), at)),
        type.element(),
        position);
  }

  /** {@code (record).name}: the catalogs' records are of {@code x smallint, n integer}. */
  Expr field(Expr record, String name, int position) {
    if (record.type() != PgTypes.RECORD) {
      throw BindErrors.error(
          ErrorCode.WRONG_OBJECT_TYPE,
          "column notation .%s applied to type %s, which is not a composite type"
              .formatted(name, record.type().sqlName()),
          position);
    }
    int index = List.of("x", "n").indexOf(name);
    if (index < 0) {
      throw BindErrors.error(
          ErrorCode.UNDEFINED_COLUMN,
          "could not identify column \"%s\" in record data type".formatted(name),
          position);
    }
    PgType type = index == 0 ? PgTypes.INT2 : PgTypes.INT4;
    PgFunction function =
        new PgFunction(
            "record_" + name,
            "record_%s(record)".formatted(name),
            Volatility.IMMUTABLE,
            true,
            (context, values) -> values[0] instanceof List<?> fields ? fields.get(index) : null);
    return Expr.of(
        coercion.call(function, RelTypes.rel(type, true), List.of(record.rex())), type, position);
  }

  private static @Nullable Object element(@Nullable Object[] values, int base) {
    if (!(values[0] instanceof List<?> list) || !(values[1] instanceof Integer at)) {
      return null;
    }
    int index = at - base;
    return index >= 0 && index < list.size() ? list.get(index) : null;
  }

  /** An explicit cast, with its length, precision or scale. */
  Expr cast(Expr operand, TypeName target, String typeText, int position) {
    if (typeText.startsWith("interval ") && operand.text() != null) {
      return intervalWithFields(operand, typeText, position);
    }
    Expr value = coercion.coerce(operand, target.type(), Context.EXPLICIT);
    if (target.modifiers().isEmpty()) {
      return Expr.of(value.rex(), target.type(), -1, position);
    }
    RexNode node = value.rex();
    if (target.type() == PgTypes.NUMERIC) {
      target.columnType(position);
      int precision = target.modifiers().get(0);
      int scale = target.modifiers().size() > 1 ? target.modifiers().get(1) : 0;
      node =
          coercion.call(
              Functions.exactly("numeric_typmod", PgTypes.NUMERIC, PgTypes.INT4, PgTypes.INT4),
              RelTypes.decimal(precision, scale, node.getType().isNullable()),
              List.of(node, number(precision), number(scale)));
    } else if (target.type() == PgTypes.VARCHAR || target.type() == PgTypes.BPCHAR) {
      target.columnType(position);
      node =
          coercion.call(
              Functions.exactly(target.type().name(), PgTypes.TEXT, PgTypes.INT4),
              target.type(),
              node,
              number(target.modifiers().get(0)));
    } else if (target.modifiers().get(0) != 6) {
      throw BindErrors.notSupported("a cast to " + typeText, position);
    }
    return Expr.of(node, target.type(), target.modifier(), position);
  }

  private RexNode number(int value) {
    return coercion.literal(value, PgTypes.INT4, 0).rex();
  }

  /** {@code interval '1' day}: a bare number counts the last field named. */
  private Expr intervalWithFields(Expr operand, String typeText, int position) {
    String text = operand.text() == null ? "" : operand.text().strip();
    String[] words = typeText.split(" ");
    if (words.length == 2 && text.matches("[+-]?\\d+(\\.\\d+)?")) {
      Expr spelled =
          new Expr(operand.rex(), PgTypes.UNKNOWN, -1, position, text + " " + words[1], -1);
      return coercion.coerce(spelled, PgTypes.INTERVAL, Context.EXPLICIT);
    }
    throw BindErrors.notSupported("this form of interval literal", position);
  }
}
