package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.PgAggregateFunction;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.jspecify.annotations.Nullable;

/**
 * Aggregate calls. avg is a sum and a count divided above the aggregate, so that the division is
 * the same code whichever engine sums.
 */
final class AggregateBinder {
  private final Coercion coercion;
  private final AggregateCollector collector;
  private final ExpressionBinder binder;

  /** {@code binder} binds arguments, which may contain no aggregates themselves. */
  AggregateBinder(Coercion coercion, AggregateCollector collector, ExpressionBinder binder) {
    this.coercion = coercion;
    this.collector = collector;
    this.binder = binder;
  }

  Expr bind(SqlCall call, @Nullable SqlNode filter, int position) {
    List<String> names = call.getOperator().getNameAsId().names;
    String name = names.get(names.size() - 1);
    boolean distinct =
        call.getFunctionQuantifier() != null
            && call.getFunctionQuantifier().getValue() == SqlSelectKeyword.DISTINCT;
    RexNode condition = filter == null ? null : binder.condition(filter).rex();
    List<Expr> arguments = new ArrayList<>();
    for (SqlNode operand : call.getOperandList()) {
      if (operand instanceof SqlNodeList) {
        throw BindErrors.notSupported("ORDER BY in an aggregate", position);
      }
      if (operand instanceof SqlIdentifier star && star.isStar()) {
        if (!name.equals("count")) {
          throw undefined(name + "(*)", position);
        }
        continue;
      }
      Expr argument = binder.bind(operand);
      boolean separator = name.equals("string_agg") && arguments.size() == 1;
      arguments.add(
          separator
                  && argument.type() == PgTypes.UNKNOWN
                  && arguments.get(0).type() == PgTypes.BYTEA
              ? coercion.coerce(argument, PgTypes.BYTEA, Context.IMPLICIT)
              : coercion.settled(argument));
    }
    return bound(name, arguments, distinct, condition, position);
  }

  private Expr bound(
      String name, List<Expr> arguments, boolean distinct, @Nullable RexNode filter, int position) {
    if (name.equals("count")) {
      if (arguments.size() > 1) {
        throw FunctionBinder.undefined(name, arguments, position);
      }
      RelDataType bigint = RelTypes.rel(PgTypes.INT8, false);
      return add(
          SqlStdOperatorTable.COUNT, arguments, distinct, filter, PgTypes.INT8, bigint, position);
    }
    int expected = name.equals("string_agg") ? 2 : 1;
    if (arguments.size() != expected) {
      throw FunctionBinder.undefined(name, arguments, position);
    }
    Expr argument = arguments.get(0);
    return switch (name) {
      case "sum" -> sum(argument, distinct, filter, position);
      case "avg" -> average(argument, distinct, filter, position);
      case "min", "max" -> extreme(name, argument, filter, position);
      default -> {
        List<Expr> typed = new ArrayList<>();
        for (Expr e : arguments) {
          typed.add(typedArgument(name, e, arguments, position));
        }
        PgAggregateFunction function = Functions.aggregate(name, typed.get(0).type());
        RelDataType type = function.inferReturnType(RelTypes.FACTORY, List.of());
        yield add(function, typed, distinct, filter, RelTypes.pgType(type), type, position);
      }
    };
  }

  private Expr typedArgument(String name, Expr e, List<Expr> all, int position) {
    PgType wanted = wanted(name, e.type(), all.get(0).type());
    if (!Coercion.canCoerce(e.type(), wanted, Context.IMPLICIT)) {
      throw FunctionBinder.undefined(name, all, position);
    }
    return coercion.coerce(e, wanted, Context.IMPLICIT);
  }

  private static PgType wanted(String name, PgType given, PgType first) {
    if (Functions.isBoolAggregate(name)) {
      return PgTypes.BOOL;
    } else if (Functions.isDeviation(name)) {
      int rank = Coercion.numericRank(given);
      return rank >= 0 && rank <= Coercion.numericRank(PgTypes.NUMERIC)
          ? PgTypes.NUMERIC
          : PgTypes.FLOAT8;
    } else if (name.equals("string_agg")) {
      return first == PgTypes.BYTEA ? PgTypes.BYTEA : PgTypes.TEXT;
    } else if (Functions.isBitAggregate(name)) {
      int rank = Coercion.numericRank(given);
      return rank >= 0 && rank <= Coercion.numericRank(PgTypes.INT8) ? given : PgTypes.INT8;
    }
    return given;
  }

  private Expr sum(Expr argument, boolean distinct, @Nullable RexNode filter, int position) {
    if (argument.type() == PgTypes.INTERVAL) {
      PgAggregateFunction function = Functions.aggregate("sum", PgTypes.INTERVAL);
      RelDataType type = RelTypes.rel(PgTypes.INTERVAL, true);
      return add(function, List.of(argument), distinct, filter, PgTypes.INTERVAL, type, position);
    }
    if (Coercion.numericRank(argument.type()) < 0) {
      throw FunctionBinder.undefined("sum", List.of(argument), position);
    }
    RelDataType type =
        collector.resultType(
            RelTypes.SYSTEM.deriveSumType(RelTypes.FACTORY, argument.rex().getType()),
            filter != null);
    return add(
        SqlStdOperatorTable.SUM,
        List.of(argument),
        distinct,
        filter,
        RelTypes.pgType(type),
        type,
        position);
  }

  private Expr average(Expr argument, boolean distinct, @Nullable RexNode filter, int position) {
    Expr summed =
        argument.type() == PgTypes.FLOAT4
            ? coercion.coerce(argument, PgTypes.FLOAT8, Context.IMPLICIT)
            : argument;
    if (summed.type() != PgTypes.INTERVAL && Coercion.numericRank(summed.type()) < 0) {
      throw FunctionBinder.undefined("avg", List.of(argument), position);
    }
    Expr sum = sum(summed, distinct, filter, position);
    Expr count =
        add(
            SqlStdOperatorTable.COUNT,
            List.of(summed),
            distinct,
            filter,
            PgTypes.INT8,
            RelTypes.rel(PgTypes.INT8, false),
            position);
    String function = "numeric_avg";
    PgType type = PgTypes.NUMERIC;
    if (sum.type() == PgTypes.INTERVAL) {
      function = "interval_avg";
      type = PgTypes.INTERVAL;
    } else if (sum.type() == PgTypes.FLOAT8) {
      function = "float_avg";
      type = PgTypes.FLOAT8;
    }
    RexNode total = coercion.coerce(sum, type, Context.IMPLICIT).rex();
    RexNode quotient =
        coercion.call(Functions.exactly(function, type, PgTypes.INT8), type, total, count.rex());
    return Expr.of(quotient, type, position);
  }

  private Expr extreme(String name, Expr argument, @Nullable RexNode filter, int position) {
    if (argument.type() == PgTypes.BOOL
        || argument.type() == PgTypes.UUID
        || argument.type() == PgTypes.BYTEA) {
      throw FunctionBinder.undefined(name, List.of(argument), position);
    }
    RelDataType type = collector.resultType(argument.rex().getType(), filter != null);
    SqlAggFunction function =
        name.equals("min") ? SqlStdOperatorTable.MIN : SqlStdOperatorTable.MAX;
    return add(function, List.of(argument), false, filter, argument.type(), type, position);
  }

  private Expr add(
      SqlAggFunction function,
      List<Expr> arguments,
      boolean distinct,
      @Nullable RexNode filter,
      PgType type,
      RelDataType relType,
      int position) {
    List<RexNode> operands = new ArrayList<>();
    for (Expr argument : arguments) {
      operands.add(argument.rex());
    }
    boolean duplicatesMatter =
        function.getKind() != SqlKind.MIN && function.getKind() != SqlKind.MAX;
    // What depends on order takes distinct values in theirs.
    boolean ordered = distinct && function instanceof PgAggregateFunction;
    RexNode reference =
        collector.add(
            new AggregateCollector.Call(
                function,
                operands,
                distinct && duplicatesMatter,
                filter,
                ordered ? operands : List.of(),
                ordered ? Collections.nCopies(operands.size(), false) : List.of(),
                type,
                relType));
    return Expr.of(reference, type, position);
  }

  private static RuntimeException undefined(String signature, int position) {
    return BindErrors.error(
        ErrorCode.UNDEFINED_FUNCTION, "function %s does not exist".formatted(signature), position);
  }
}
