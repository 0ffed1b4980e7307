package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.PgComparison;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.PgFunction.Volatility;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexSubQuery;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.fun.SqlQuantifyOperator;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.jspecify.annotations.Nullable;

/** IN, EXISTS, ANY, ALL, scalar and array subqueries, and their forms over lists and arrays. */
final class SubqueryBinder {
  private final QueryBinder queries;
  private final ExpressionBinder outer;
  private final OperatorBinder operators;
  private final Coercion coercion;

  SubqueryBinder(QueryBinder queries, ExpressionBinder outer, OperatorBinder operators) {
    this.queries = queries;
    this.outer = outer;
    this.operators = operators;
    this.coercion = queries.coercion();
  }

  private Relation bind(SqlNode query) {
    return queries.query(query, outer.scope(), outer.ctes());
  }

  private Relation oneColumn(SqlNode query) {
    Relation relation = bind(query);
    if (relation.columns().size() != 1) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR,
          "subquery must return only one column",
          BindErrors.position(query));
    }
    return relation;
  }

  Expr scalar(SqlNode query) {
    Relation relation = oneColumn(query);
    ScopeColumn column = relation.columns().get(0);
    return Expr.of(
        RexSubQuery.scalar(relation.rel()),
        column.type(),
        column.modifier(),
        BindErrors.position(query));
  }

  Expr exists(SqlNode query, int position) {
    return Expr.of(RexSubQuery.exists(bind(query).rel()), PgTypes.BOOL, position);
  }

  /** ARRAY(SELECT …): the rows' values; an empty array where there are none. */
  Expr array(SqlNode query, int position) {
    Relation relation = oneColumn(query);
    PgType element = relation.columns().get(0).type();
    ArrayType array = PgTypes.arrayOf(element);
    if (array == null) {
      throw BindErrors.notSupported("an array of " + element.sqlName(), position);
    }
    RelNode aggregate = queries.plans().arrayAggregate(relation.rel(), element);
    RexNode value = RexSubQuery.scalar(aggregate);
    RexNode empty = coercion.literal(List.of(), array, position).rex();
    RexNode filled =
        coercion
            .rex()
            .makeCall(
                RelTypes.rel(array, false), SqlStdOperatorTable.COALESCE, List.of(value, empty));
    return Expr.of(filled, array, position);
  }

  Expr in(SqlCall call, int position) {
    SqlNode right = call.operand(1);
    boolean negated = call.getKind() == SqlKind.NOT_IN;
    Expr result =
        right instanceof SqlNodeList list
            ? inList(call.operand(0), list, position)
            : inQuery(call.operand(0), right, position);
    return negated ? operators.not(result) : result;
  }

  /** One type for the whole list, as PostgreSQL resolves it; a disjunction of equalities. */
  private Expr inList(SqlNode left, SqlNodeList list, int position) {
    if (left.getKind() == SqlKind.ROW) {
      return rowInList((SqlCall) left, list, position);
    }
    Expr value = outer.bind(left);
    List<Expr> items = new ArrayList<>();
    for (SqlNode item : list) {
      items.add(outer.bind(item));
    }
    List<RexNode> equalities = new ArrayList<>();
    for (Expr item : items) {
      equalities.add(operators.compare(SqlStdOperatorTable.EQUALS, value, item, position).rex());
    }
    return Expr.of(anyOf(equalities), PgTypes.BOOL, position);
  }

  private RexNode anyOf(List<RexNode> conditions) {
    return conditions.size() == 1
        ? conditions.get(0)
        : coercion.rex().makeCall(SqlStdOperatorTable.OR, conditions);
  }

  private Expr rowInList(SqlCall left, SqlNodeList list, int position) {
    List<RexNode> alternatives = new ArrayList<>();
    for (SqlNode item : list) {
      alternatives.add(
          outer
              .bind(SqlStdOperatorTable.EQUALS.createCall(left.getParserPosition(), left, item))
              .rex());
    }
    return Expr.of(anyOf(alternatives), PgTypes.BOOL, position);
  }

  private Expr inQuery(SqlNode left, SqlNode query, int position) {
    List<Expr> values = new ArrayList<>();
    if (left.getKind() == SqlKind.ROW) {
      values.addAll(outer.bindAll(((SqlCall) left).getOperandList()));
    } else {
      values.add(outer.bind(left));
    }
    Relation relation = bind(query);
    if (relation.columns().size() != values.size()) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR,
          relation.columns().size() > values.size()
              ? "subquery has too many columns"
              : "subquery has too few columns",
          position);
    }
    List<RexNode> operands = new ArrayList<>();
    List<PgType> types = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      ScopeColumn column = relation.columns().get(i);
      Expr other = Expr.of(coercion.rex().makeInputRef(relation.rel(), i), column.type(), position);
      PgType type = comparison("=", values.get(i), other, position);
      types.add(type);
      operands.add(coercion.coerce(values.get(i), type, Context.IMPLICIT).rex());
    }
    RelNode rel = queries.plans().coerced(relation, types, coercion);
    return Expr.of(RexSubQuery.in(rel, ImmutableList.copyOf(operands)), PgTypes.BOOL, position);
  }

  private static PgType comparison(String symbol, Expr left, Expr right, int position) {
    PgType type = OperatorBinder.comparisonType(left, right);
    if (type == null) {
      throw OperatorBinder.undefined(symbol, left, right, position);
    }
    return type == PgTypes.BPCHAR ? PgTypes.TEXT : type;
  }

  /** {@code x op ANY (…)} and {@code x op ALL (…)} over a query or an array. */
  Expr quantified(SqlCall call, int position) {
    SqlQuantifyOperator operator = (SqlQuantifyOperator) call.getOperator();
    SqlNode right = call.operand(1);
    boolean all = call.getKind() == SqlKind.ALL;
    SqlOperator comparison = comparison(operator.comparisonKind);
    Expr left = outer.bind(call.operand(0));
    if (right instanceof SqlNodeList list) {
      if (list.size() != 1) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR, "syntax error at or near \",\"", BindErrors.position(list));
      }
      return overArray(left, comparison, all, outer.bind(list.get(0)), position);
    }
    Relation relation = oneColumn(right);
    Expr column =
        Expr.of(
            coercion.rex().makeInputRef(relation.rel(), 0),
            relation.columns().get(0).type(),
            position);
    PgType type = comparison(comparison.getName(), left, column, position);
    RexNode value = coercion.coerce(left, type, Context.IMPLICIT).rex();
    RelNode rel = queries.plans().coerced(relation, List.of(type), coercion);
    SqlKind kind = all ? operator.comparisonKind.negateNullSafe() : operator.comparisonKind;
    RexNode some =
        kind == SqlKind.EQUALS
            ? RexSubQuery.in(rel, ImmutableList.of(value))
            : RexSubQuery.some(rel, ImmutableList.of(value), SqlStdOperatorTable.some(kind));
    Expr result = Expr.of(some, PgTypes.BOOL, position);
    return all ? operators.not(result) : result;
  }

  private static SqlOperator comparison(SqlKind kind) {
    return switch (kind) {
      case EQUALS -> SqlStdOperatorTable.EQUALS;
      case NOT_EQUALS -> SqlStdOperatorTable.NOT_EQUALS;
      case LESS_THAN -> SqlStdOperatorTable.LESS_THAN;
      case LESS_THAN_OR_EQUAL -> SqlStdOperatorTable.LESS_THAN_OR_EQUAL;
      case GREATER_THAN -> SqlStdOperatorTable.GREATER_THAN;
      default -> SqlStdOperatorTable.GREATER_THAN_OR_EQUAL;
    };
  }

  private Expr overArray(Expr left, SqlOperator comparison, boolean all, Expr array, int position) {
    Expr typed = array;
    if (array.type() == PgTypes.UNKNOWN) {
      PgType element = left.type() == PgTypes.UNKNOWN ? PgTypes.TEXT : left.type();
      ArrayType type = PgTypes.arrayOf(element);
      if (type == null) {
        throw BindErrors.notSupported("an array of " + element.sqlName(), position);
      }
      typed = coercion.coerce(array, type, Context.IMPLICIT);
    }
    if (!(typed.type() instanceof ArrayType type)) {
      throw BindErrors.error(
          ErrorCode.WRONG_OBJECT_TYPE, "op ANY/ALL (array) requires array on right side", position);
    }
    Expr sample =
        Expr.of(
            coercion.rex().makeNullLiteral(RelTypes.rel(type.element(), true)),
            type.element(),
            position);
    PgType common = comparison(comparison.getName(), left, sample, position);
    boolean asLong = common == PgTypes.INT8 && RelTypes.isOid(type.element());
    if (common != type.element() && !asLong) {
      ArrayType widened = PgTypes.arrayOf(common);
      if (widened == null || (!RelTypes.isString(common) && Coercion.numericRank(common) < 0)) {
        throw OperatorBinder.undefined(comparison.getName(), left, sample, position);
      }
      if (!RelTypes.isString(common)) {
        typed = coercion.coerce(typed, widened, Context.EXPLICIT);
      }
    }
    RexNode value = coercion.coerce(left, common, Context.IMPLICIT).rex();
    SqlKind kind = comparison.getKind();
    PgFunction function =
        new PgFunction(
            (all ? "all" : "any") + "_array",
            "%s_array(%s %s)".formatted(all ? "all" : "any", comparison.getName(), common.name()),
            Volatility.IMMUTABLE,
            false,
            (context, values) -> fold(values, kind, all));
    return Expr.of(
        coercion.call(function, RelTypes.rel(PgTypes.BOOL, true), List.of(value, typed.rex())),
        PgTypes.BOOL,
        position);
  }

  private static @Nullable Object fold(@Nullable Object[] values, SqlKind kind, boolean all) {
    Object value = values[0];
    if (!(values[1] instanceof List<?> list)) {
      return null;
    }
    if (value == null) {
      return list.isEmpty() ? (Object) all : null;
    }
    boolean unknown = false;
    for (Object element : list) {
      if (element == null) {
        unknown = true;
      } else if (holds(PgComparison.compare(value, element), kind) != all) {
        return !all;
      }
    }
    return unknown ? null : (Object) all;
  }

  private static boolean holds(int order, SqlKind kind) {
    return switch (kind) {
      case EQUALS -> order == 0;
      case NOT_EQUALS -> order != 0;
      case LESS_THAN -> order < 0;
      case LESS_THAN_OR_EQUAL -> order <= 0;
      case GREATER_THAN -> order > 0;
      default -> order >= 0;
    };
  }
}
