package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.gateway.sql.functions.Datums;
import io.omendb.gateway.sql.functions.EvalContext;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.Operators;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.PgRexBuilder;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlOperator;
import org.jspecify.annotations.Nullable;

/**
 * Conversions between types by PostgreSQL's rules (documentation, chapter 10), and the making of
 * calls: a call whose arguments are all literals is evaluated at once, with the same code that the
 * executor runs, unless that fails; then the error comes when the statement runs.
 */
final class Coercion {
  private static final int FOLDED_BYTES_MAX = 4 << 10;

  /** Where a conversion stands, from the strictest to the freest. */
  enum Context {
    IMPLICIT,
    ASSIGNMENT,
    EXPLICIT
  }

  private final PgRexBuilder rex;
  private final Parameters parameters;
  private final ZoneId zone;

  Coercion(PgRexBuilder rex, Parameters parameters, ZoneId zone) {
    this.rex = rex;
    this.parameters = parameters;
    this.zone = zone;
  }

  PgRexBuilder rex() {
    return rex;
  }

  Expr literal(@Nullable Object datum, PgType type, int position) {
    return Expr.of(Datums.literal(rex, datum, type), type, position);
  }

  /** An unknown as text, anything else as it is. */
  Expr settled(Expr e) {
    return e.type() == PgTypes.UNKNOWN ? coerce(e, PgTypes.TEXT, Context.IMPLICIT) : e;
  }

  Expr coerce(Expr e, PgType target, Context context) {
    if (e.type() == target) {
      return e;
    }
    if (e.type() == PgTypes.UNKNOWN) {
      return coerceUnknown(e, target, context);
    }
    if (!canCoerce(e.type(), target, context)) {
      throw BindErrors.error(
          ErrorCode.CANNOT_COERCE,
          "cannot cast type %s to %s".formatted(e.type().sqlName(), target.sqlName()),
          e.position());
    }
    return Expr.of(convert(e, target), target, e.position());
  }

  private Expr coerceUnknown(Expr e, PgType target, Context context) {
    if (e.isUntypedParameter()) {
      Expr typed = parameters.resolve(e, target);
      return typed.type() == target ? typed : coerce(typed, target, context);
    }
    if (e.text() == null) {
      return Expr.of(rex.makeNullLiteral(RelTypes.rel(target, true)), target, e.position());
    }
    if (RelTypes.isOid(target) && target != PgTypes.OID && target != PgTypes.XID) {
      Expr text = literal(e.text(), PgTypes.TEXT, e.position());
      return Expr.of(convert(text, target), target, e.position());
    }
    try {
      return literal(target.parseText(e.text(), zone), target, e.position());
    } catch (OmenException bad) {
      throw BindErrors.error(bad.code(), String.valueOf(bad.getMessage()), e.position());
    }
  }

  private RexNode convert(Expr e, PgType target) {
    PgType from = e.type();
    RexNode node = e.rex();
    if (RelTypes.isString(target)) {
      if (from == PgTypes.BPCHAR) {
        return call(Functions.exactly("bpchar_text", PgTypes.BPCHAR), PgTypes.TEXT, node);
      } else if (target == PgTypes.CHAR && RelTypes.isString(from)) {
        return call(Functions.exactly("text_char", PgTypes.TEXT), target, node);
      } else if (RelTypes.isString(from)) {
        return node;
      } else if (from == PgTypes.BOOL && target == PgTypes.NAME) {
        // There is no cast: the value goes through its text form.
        return call(Functions.exactly("boolout", PgTypes.BOOL), PgTypes.TEXT, node);
      } else if (from == PgTypes.REGCLASS) {
        return call(Functions.exactly("regclass_text", PgTypes.REGCLASS), PgTypes.TEXT, node);
      } else if (from == PgTypes.REGTYPE) {
        return call(Functions.exactly("regtype_text", PgTypes.REGTYPE), PgTypes.TEXT, node);
      }
    } else if (RelTypes.isString(from)) {
      if (target == PgTypes.REGCLASS) {
        return call(Functions.exactly("text_regclass", PgTypes.TEXT), target, node);
      } else if (target == PgTypes.REGTYPE) {
        return call(Functions.exactly("text_regtype", PgTypes.TEXT), target, node);
      } else if (target == PgTypes.REGPROC) {
        return call(Functions.exactly("text_regproc", PgTypes.TEXT), target, node);
      } else if (target == PgTypes.REGNAMESPACE) {
        return call(Functions.exactly("text_regnamespace", PgTypes.TEXT), target, node);
      }
    } else if (from == PgTypes.INT8 && RelTypes.isOid(target)) {
      return call(Functions.exactly("int8_oid", PgTypes.INT8), target, node);
    } else if (from == PgTypes.INT2 && RelTypes.isOid(target)) {
      return convert(coerce(e, PgTypes.INT4, Context.IMPLICIT), target);
    } else if (from == PgTypes.INT4 && RelTypes.isOid(target)) {
      return call(Functions.exactly("int4_oid", PgTypes.INT4), target, node);
    } else if (RelTypes.isOid(from) && target == PgTypes.INT4) {
      return call(Functions.exactly("oid_int4", PgTypes.OID), target, node);
    } else if (isLong(from) && isLong(target)) {
      return node;
    }
    RelDataType named = RelTypes.rel(target, node.getType().isNullable());
    if (RelTypes.isString(from) && named instanceof RelTypes.Named) {
      return rex.makeCall(named, PgFunction.typeInput(target), List.of(node));
    }
    RelDataType type = castType(node, from, target);
    return folded(rex.makeAbstractCast(type, node, false));
  }

  /** A numeric made from an integer has its digits and no decimals. */
  private static RelDataType castType(RexNode node, PgType from, PgType target) {
    boolean nullable = node.getType().isNullable();
    if (target == PgTypes.NUMERIC) {
      if (from == PgTypes.INT2) {
        return RelTypes.decimal(5, 0, nullable);
      } else if (from == PgTypes.INT4) {
        return RelTypes.decimal(10, 0, nullable);
      } else if (from == PgTypes.INT8) {
        return RelTypes.decimal(19, 0, nullable);
      }
    }
    return RelTypes.rel(target, nullable);
  }

  private static boolean isLong(PgType type) {
    return type == PgTypes.INT8 || RelTypes.isOid(type);
  }

  /** A call of that exact type, nullable where an argument is; folded where it is constant. */
  RexNode call(SqlOperator operator, PgType type, RexNode... operands) {
    return call(operator, type, List.of(operands));
  }

  RexNode call(SqlOperator operator, PgType type, List<RexNode> operands) {
    boolean nullable = operator instanceof PgFunction function && !function.strict();
    for (RexNode operand : operands) {
      nullable |= operand.getType().isNullable();
    }
    return call(operator, RelTypes.rel(type, nullable), operands);
  }

  RexNode call(SqlOperator operator, RelDataType type, List<RexNode> operands) {
    return folded(rex.makeCall(type, operator, operands));
  }

  private RexNode folded(RexNode node) {
    if (!(node instanceof RexCall call)
        || (call.getOperator() instanceof PgFunction function
            && function.volatility() != PgFunction.Volatility.IMMUTABLE)) {
      return node;
    }
    List<@Nullable Object> arguments = new ArrayList<>();
    for (RexNode operand : call.getOperands()) {
      if (operand instanceof RexLiteral literal) {
        arguments.add(Datums.of(literal));
      } else if (RelTypes.isSpelledLiteral(operand)) {
        arguments.add(Datums.ofSpelled(operand, zone));
      } else {
        return node;
      }
    }
    try {
      Object value = Operators.of(call).eval(new ConstantContext(zone), arguments.toArray());
      if (isLarge(value)) {
        return node; // a plan that is kept must not keep it, too
      }
      RexNode literal = Datums.literal(rex, value, RelTypes.pgType(call.getType()));
      return value == null ? rex.makeNullLiteral(call.getType()) : literal;
    } catch (OmenException | IllegalArgumentException e) {
      return node; // it fails, if it is reached, when the statement runs
    }
  }

  private static boolean isLarge(@Nullable Object value) {
    return value instanceof String text
        ? text.length() > FOLDED_BYTES_MAX
        : value instanceof byte[] bytes && bytes.length > FOLDED_BYTES_MAX;
  }

  /** Whether a conversion exists. */
  static boolean canCoerce(PgType from, PgType to, Context context) {
    if (from == to || from == PgTypes.UNKNOWN) {
      return true;
    }
    int rankFrom = numericRank(from);
    int rankTo = numericRank(to);
    if (rankFrom >= 0 && rankTo >= 0) {
      return rankFrom <= rankTo || context != Context.IMPLICIT;
    }
    if (RelTypes.isString(from) && RelTypes.isString(to)) {
      return to != PgTypes.CHAR || context != Context.IMPLICIT;
    }
    if (isLong(to) && RelTypes.isOid(to) && (rankFrom >= 0 && rankFrom <= 2)) {
      return true;
    }
    if (RelTypes.isOid(from) && RelTypes.isOid(to)) {
      return to == PgTypes.OID || context != Context.IMPLICIT;
    }
    if (RelTypes.isOid(from) && (to == PgTypes.INT8 || to == PgTypes.INT4)) {
      return context != Context.IMPLICIT || to == PgTypes.INT8;
    }
    if (from == PgTypes.INT2VECTOR || from == PgTypes.OIDVECTOR) {
      return RelTypes.isArray(to) || context == Context.EXPLICIT;
    }
    if (dateTimeCoercible(from, to, context)) {
      return true;
    }
    if (RelTypes.isString(to)) {
      boolean none = from == PgTypes.BOOL && to == PgTypes.CHAR;
      return context != Context.IMPLICIT && !none;
    }
    if (context != Context.EXPLICIT) {
      return false;
    }
    boolean boolAndInt =
        (from == PgTypes.BOOL && to == PgTypes.INT4)
            || (from == PgTypes.INT4 && to == PgTypes.BOOL);
    boolean arrays = RelTypes.isArray(from) && RelTypes.isArray(to);
    return boolAndInt || arrays || RelTypes.isString(from);
  }

  private static boolean dateTimeCoercible(PgType from, PgType to, Context context) {
    return switch (from.name() + ">" + to.name()) {
      case "date>timestamp", "date>timestamptz", "timestamp>timestamptz", "time>interval" -> true;
      case "timestamptz>timestamp",
          "timestamp>date",
          "timestamptz>date",
          "timestamp>time",
          "timestamptz>time",
          "interval>time" ->
          context != Context.IMPLICIT;
      default -> false;
    };
  }

  /** int2, int4, int8, numeric, float4, float8: 0 to 5; -1 for what is no number. */
  static int numericRank(PgType type) {
    return switch (type.name()) {
      case "int2" -> 0;
      case "int4" -> 1;
      case "int8" -> 2;
      case "numeric" -> 3;
      case "float4" -> 4;
      case "float8" -> 5;
      default -> -1;
    };
  }

  /** What CASE, UNION, VALUES and their kin agree on (documentation, 10.5). */
  static PgType commonType(List<Expr> expressions, String construct) {
    PgType common = PgTypes.UNKNOWN;
    for (Expr e : expressions) {
      PgType type = e.type();
      if (type == PgTypes.UNKNOWN || type == common) {
        continue;
      }
      if (common == PgTypes.UNKNOWN) {
        common = type;
      } else if (canCoerce(common, type, Context.IMPLICIT)
          && !canCoerce(type, common, Context.IMPLICIT)) {
        common = type;
      } else if (!canCoerce(type, common, Context.IMPLICIT)) {
        throw BindErrors.error(
            ErrorCode.DATATYPE_MISMATCH,
            "%s types %s and %s cannot be matched"
                .formatted(construct, common.sqlName(), type.sqlName()),
            e.position());
      }
    }
    return common == PgTypes.UNKNOWN ? PgTypes.TEXT : common;
  }

  /** What folding knows: nothing that changes. */
  private record ConstantContext(ZoneId zone) implements EvalContext {
    private static IllegalArgumentException notConstant() {
      return new IllegalArgumentException("not constant");
    }

    @Override
    public long transactionMicros() {
      throw notConstant();
    }

    @Override
    public long statementMicros() {
      throw notConstant();
    }

    @Override
    public long clockMicros() {
      throw notConstant();
    }

    @Override
    public String user() {
      throw notConstant();
    }

    @Override
    public String database() {
      throw notConstant();
    }

    @Override
    public String schema() {
      throw notConstant();
    }

    @Override
    public int backendProcessId() {
      throw notConstant();
    }

    @Override
    public long transactionId() {
      throw notConstant();
    }

    @Override
    public @Nullable String setting(String name) {
      throw notConstant();
    }

    @Override
    public CatalogLookup catalog() {
      throw notConstant();
    }

    @Override
    public EvalContext frozen() {
      return this;
    }
  }
}
