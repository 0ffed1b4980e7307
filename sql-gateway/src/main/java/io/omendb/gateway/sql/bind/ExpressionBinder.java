package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.PgFunction;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.parser.Collations;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlBinaryOperator;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlDynamicParam;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.fun.SqlTrimFunction;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.util.Litmus;
import org.jspecify.annotations.Nullable;

/**
 * Binds the expressions of one query level: one method per kind of syntax node. Where the level is
 * grouped, aggregate calls go to its {@link AggregateCollector}.
 */
final class ExpressionBinder {
  private static final int DEPTH_MAX = 1_000;

  private final QueryBinder queries;
  private final Coercion coercion;
  private final OperatorBinder operators;
  private final FunctionBinder functions;
  private final SubqueryBinder subqueries;
  private final @Nullable Scope scope;
  private final Scope.@Nullable Ctes ctes;
  private final String clause;
  private @Nullable AggregateCollector aggregates;
  private @Nullable WindowCollector windows;
  private @Nullable SqlCall series;
  private @Nullable Expr seriesValue;
  private int depth;

  /** {@code clause} names the place for errors: "WHERE". */
  ExpressionBinder(
      QueryBinder queries, @Nullable Scope scope, Scope.@Nullable Ctes ctes, String clause) {
    this.queries = queries;
    this.coercion = queries.coercion();
    this.operators = new OperatorBinder(coercion);
    this.functions = new FunctionBinder(coercion);
    this.subqueries = new SubqueryBinder(queries, this, operators);
    this.scope = scope;
    this.ctes = ctes;
    this.clause = clause;
  }

  ExpressionBinder collecting(AggregateCollector collector) {
    aggregates = collector;
    return this;
  }

  ExpressionBinder collecting(WindowCollector collector) {
    windows = collector;
    return this;
  }

  /** From now on each call that reads like {@code call} is that value. */
  ExpressionBinder replacing(@Nullable SqlCall call, @Nullable Expr value) {
    series = call;
    seriesValue = value;
    return this;
  }

  @Nullable Scope scope() {
    return scope;
  }

  Scope.@Nullable Ctes ctes() {
    return ctes;
  }

  /** As a condition. */
  Expr condition(SqlNode node) {
    Expr e = bind(node);
    if (e.type() != PgTypes.BOOL && e.type() != PgTypes.UNKNOWN) {
      throw BindErrors.error(
          ErrorCode.DATATYPE_MISMATCH,
          "argument of %s must be type boolean, not type %s".formatted(clause, e.type().sqlName()),
          e.position());
    }
    return coercion.coerce(e, PgTypes.BOOL, Context.IMPLICIT);
  }

  Expr bind(SqlNode node) {
    if (++depth > DEPTH_MAX) {
      throw BindErrors.error(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "stack depth limit exceeded", 0);
    }
    try {
      return dispatch(node);
    } finally {
      depth--;
    }
  }

  private Expr dispatch(SqlNode node) {
    if (node instanceof SqlLiteral literal) {
      return literal(literal);
    } else if (node instanceof SqlIdentifier identifier) {
      return identifier(identifier);
    } else if (node instanceof SqlDynamicParam parameter) {
      return queries.parameters().bind(parameter);
    } else if (node instanceof SqlCase sqlCase) {
      return caseExpression(sqlCase);
    } else if (node.isA(SqlKind.QUERY)) {
      return subqueries.scalar(node);
    } else if (node instanceof SqlNodeList list && list.size() == 1) {
      return bind(list.get(0));
    } else if (node instanceof SqlCall call) {
      Expr value = seriesValue;
      return value != null && call.equalsDeep(series, Litmus.IGNORE) ? value : call(call);
    }
    throw BindErrors.notSupported("this expression", BindErrors.position(node));
  }

  private Expr literal(SqlLiteral literal) {
    int position = BindErrors.position(literal);
    if (literal.getTypeName() == SqlTypeName.NULL) {
      return new Expr(
          coercion.rex().makeNullLiteral(RelTypes.rel(PgTypes.TEXT, true)),
          PgTypes.UNKNOWN,
          -1,
          position,
          null,
          -1);
    }
    if (literal.getTypeName() == SqlTypeName.BOOLEAN) {
      return coercion.literal(literal.booleanValue(), PgTypes.BOOL, position);
    }
    if (literal instanceof SqlNumericLiteral number) {
      return number(number, position);
    }
    if (literal.getTypeName() == SqlTypeName.CHAR) {
      String text = literal.getValueAs(String.class);
      return new Expr(
          coercion.literal(text, PgTypes.TEXT, position).rex(),
          PgTypes.UNKNOWN,
          -1,
          position,
          text,
          -1);
    }
    throw BindErrors.notSupported("the literal " + literal, position);
  }

  private Expr number(SqlNumericLiteral number, int position) {
    BigDecimal value =
        number.isInteger() || number.getScale() != null
            ? number.bigDecimalValue()
            : new BigDecimal(number.toValue());
    if (value == null) {
      throw BindErrors.notSupported("the literal " + number, position);
    }
    if (value.precision() - (long) value.scale() > 131_072 || value.scale() > 16_383) {
      throw BindErrors.error(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format", position);
    }
    if (number.isInteger() && value.scale() <= 0 && value.precision() - value.scale() <= 19) {
      BigInteger whole = value.toBigIntegerExact();
      if (whole.bitLength() < 32) {
        return coercion.literal(whole.intValue(), PgTypes.INT4, position);
      } else if (whole.bitLength() < 64) {
        return coercion.literal(whole.longValue(), PgTypes.INT8, position);
      }
    }
    BigDecimal plain = value.scale() < 0 ? value.setScale(0) : value;
    return coercion.literal(plain, PgTypes.NUMERIC, position);
  }

  private Expr identifier(SqlIdentifier identifier) {
    int position = BindErrors.position(identifier);
    if (identifier.isStar()) {
      throw BindErrors.error(ErrorCode.SYNTAX_ERROR, "syntax error at or near \"*\"", position);
    }
    if (identifier.isSimple() && !identifier.isComponentQuoted(0)) {
      Expr context = functions.contextVariable(identifier.getSimple(), position);
      if (context != null) {
        return context;
      }
    }
    return new NameResolver(coercion.rex()).column(identifier.names, scope, position);
  }

  private Expr caseExpression(SqlCase sqlCase) {
    List<Expr> conditions = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    SqlNode subject = sqlCase.getValueOperand();
    Expr value = subject == null ? null : bind(subject);
    for (SqlNode when : sqlCase.getWhenOperands()) {
      Expr condition = bind(when);
      conditions.add(
          value == null
              ? boolOperand(condition, "CASE/WHEN")
              : operators.compare(
                  SqlStdOperatorTable.EQUALS, value, condition, condition.position()));
    }
    for (SqlNode then : sqlCase.getThenOperands()) {
      values.add(bind(then));
    }
    SqlNode otherwise = sqlCase.getElseOperand();
    if (otherwise != null) {
      values.add(bind(otherwise));
    }
    PgType type = Coercion.commonType(values, "CASE");
    List<RexNode> operands = new ArrayList<>();
    boolean nullable = false;
    for (int i = 0; i < values.size(); i++) {
      if (i < conditions.size()) {
        operands.add(conditions.get(i).rex());
      }
      RexNode branch = coercion.coerce(values.get(i), type, Context.IMPLICIT).rex();
      nullable |= branch.getType().isNullable();
      operands.add(branch);
    }
    if (values.size() == conditions.size()) {
      operands.add(coercion.rex().makeNullLiteral(RelTypes.rel(type, true)));
      nullable = true;
    }
    return Expr.of(
        coercion
            .rex()
            .makeCall(
                FunctionBinder.widest(operands, type, nullable, 2),
                SqlStdOperatorTable.CASE,
                operands),
        type,
        BindErrors.position(sqlCase));
  }

  private Expr boolOperand(Expr e, String where) {
    if (e.type() != PgTypes.BOOL && e.type() != PgTypes.UNKNOWN) {
      throw BindErrors.error(
          ErrorCode.DATATYPE_MISMATCH,
          "argument of %s must be type boolean, not type %s".formatted(where, e.type().sqlName()),
          e.position());
    }
    return coercion.coerce(e, PgTypes.BOOL, Context.IMPLICIT);
  }

  private Expr call(SqlCall call) {
    int position = BindErrors.position(call);
    switch (call.getKind()) {
      case AND, OR -> {
        Expr left = boolOperand(bind(call.operand(0)), call.getOperator().getName());
        Expr right = boolOperand(bind(call.operand(1)), call.getOperator().getName());
        boolean nullable = left.rex().getType().isNullable() || right.rex().getType().isNullable();
        return Expr.of(
            coercion
                .rex()
                .makeCall(
                    RelTypes.rel(PgTypes.BOOL, nullable),
                    call.getOperator(),
                    List.of(left.rex(), right.rex())),
            PgTypes.BOOL,
            position);
      }
      case NOT -> {
        return operators.not(boolOperand(bind(call.operand(0)), "NOT"));
      }
      case EQUALS,
          NOT_EQUALS,
          LESS_THAN,
          LESS_THAN_OR_EQUAL,
          GREATER_THAN,
          GREATER_THAN_OR_EQUAL,
          IS_DISTINCT_FROM,
          IS_NOT_DISTINCT_FROM -> {
        return comparison(call, position);
      }
      case IS_NULL, IS_NOT_NULL -> {
        Expr operand = coercion.settled(bind(call.operand(0)));
        SqlOperator operator =
            call.getKind() == SqlKind.IS_NULL
                ? SqlStdOperatorTable.IS_NULL
                : SqlStdOperatorTable.IS_NOT_NULL;
        return Expr.of(
            coercion.call(operator, RelTypes.rel(PgTypes.BOOL, false), List.of(operand.rex())),
            PgTypes.BOOL,
            position);
      }
      case IS_TRUE, IS_FALSE, IS_NOT_TRUE, IS_NOT_FALSE -> {
        Expr operand = boolOperand(bind(call.operand(0)), call.getOperator().getName());
        return Expr.of(
            coercion.call(
                call.getOperator(), RelTypes.rel(PgTypes.BOOL, false), List.of(operand.rex())),
            PgTypes.BOOL,
            position);
      }
      default -> {
        return otherCall(call, position);
      }
    }
  }

  private Expr comparison(SqlCall call, int position) {
    SqlNode left = call.operand(0);
    SqlNode right = call.operand(1);
    if (left.getKind() == SqlKind.ROW && right.getKind() == SqlKind.ROW) {
      return rowComparison(call, (SqlCall) left, (SqlCall) right, position);
    }
    return operators.compare(call.getOperator(), bind(left), bind(right), position);
  }

  /** Rows compare column by column; only equality, which most queries mean. */
  private Expr rowComparison(SqlCall call, SqlCall left, SqlCall right, int position) {
    if (left.operandCount() != right.operandCount()) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR, "unequal number of entries in row expressions", position);
    }
    boolean equals = call.getKind() == SqlKind.EQUALS;
    if (!equals && call.getKind() != SqlKind.NOT_EQUALS) {
      throw BindErrors.notSupported("an ordering comparison of rows", position);
    }
    List<RexNode> parts = new ArrayList<>();
    for (int i = 0; i < left.operandCount(); i++) {
      parts.add(
          operators
              .compare(call.getOperator(), bind(left.operand(i)), bind(right.operand(i)), position)
              .rex());
    }
    RexNode node =
        coercion.rex().makeCall(equals ? SqlStdOperatorTable.AND : SqlStdOperatorTable.OR, parts);
    return Expr.of(node, PgTypes.BOOL, position);
  }

  private Expr otherCall(SqlCall call, int position) {
    String name = call.getOperator().getName();
    switch (call.getKind()) {
      case PLUS, MINUS, TIMES, DIVIDE, MOD -> {
        String symbol = call.getKind() == SqlKind.MOD ? "%" : name;
        return operators.binary(symbol, bind(call.operand(0)), bind(call.operand(1)), position);
      }
      case MINUS_PREFIX -> {
        return operators.negate(bind(call.operand(0)), position);
      }
      case PLUS_PREFIX -> {
        return bind(call.operand(0));
      }
      case BETWEEN -> {
        return between(call, position);
      }
      case LIKE -> {
        return like(call, name, position);
      }
      case IN, NOT_IN -> {
        return subqueries.in(call, position);
      }
      case EXISTS -> {
        return subqueries.exists(call.operand(0), position);
      }
      case SOME, ALL -> {
        return subqueries.quantified(call, position);
      }
      case ARRAY_QUERY_CONSTRUCTOR -> {
        return subqueries.array(call.operand(0), position);
      }
      case ARRAY_VALUE_CONSTRUCTOR -> {
        return array(call, position);
      }
      case CAST -> {
        return cast(bind(call.operand(0)), call.operand(1), position);
      }
      case ITEM -> {
        return functions.subscript(bind(call.operand(0)), bind(call.operand(1)), position);
      }
      case DOT -> {
        String field = ((SqlIdentifier) call.operand(1)).getSimple();
        return functions.field(bind(call.operand(0)), field, position);
      }
      case OVER -> {
        WindowCollector collector = windows;
        if (collector == null) {
          throw BindErrors.notSupported("a window function here", position);
        }
        return collector.add(call, this, coercion);
      }
      case FILTER -> {
        return aggregate((SqlCall) call.operand(0), call.operand(1), position);
      }
      case SIMILAR -> throw BindErrors.notSupported("SIMILAR TO", position);
      case ROW -> throw BindErrors.notSupported("a row value here", position);
      case LITERAL_CHAIN ->
          throw BindErrors.error(
              ErrorCode.SYNTAX_ERROR,
              "syntax error at or near \"'%s'\""
                  .formatted(((SqlLiteral) call.operand(1)).getValueAs(String.class)),
              BindErrors.position(call.operand(1)));
      default -> {
        return namedCall(call, name, position);
      }
    }
  }

  private Expr namedCall(SqlCall call, String name, int position) {
    switch (name) {
      case "EXTRACT" -> {
        SqlIntervalQualifier unit = call.operand(0);
        String field =
            unit.timeFrameName != null
                ? unit.timeFrameName
                : unit.getUnit().name().toLowerCase(Locale.ROOT);
        Expr text = coercion.literal(field.toLowerCase(Locale.ROOT), PgTypes.TEXT, position);
        return functions.call("extract", List.of(text, bind(call.operand(1))), position);
      }
      case "POSITION" -> {
        if (call.operandCount() != 2) {
          throw BindErrors.notSupported("POSITION with FROM", position);
        }
        return functions.call(
            "strpos", List.of(bind(call.operand(1)), bind(call.operand(0))), position);
      }
      case "SUBSTRING", "OVERLAY" -> {
        return functions.call(
            name.toLowerCase(Locale.ROOT), overlayArguments(call, name), position);
      }
      case "TRIM" -> {
        return trim(call, position);
      }
      case "COLLATE" -> {
        SqlIdentifier collation = call.operand(1);
        Collations.require(collation.names, position);
        return bind(call.operand(0));
      }
      case "AT TIME ZONE" -> {
        return functions.call(
            "timezone", List.of(bind(call.operand(1)), bind(call.operand(0))), position);
      }
      default -> {
        return call.getOperator() instanceof SqlBinaryOperator
            ? operators.binary(name, bind(call.operand(0)), bind(call.operand(1)), position)
            : function(call, position);
      }
    }
  }

  private List<Expr> overlayArguments(SqlCall call, String name) {
    List<Expr> arguments = bindAll(call.getOperandList());
    if (name.equals("OVERLAY") && arguments.size() == 3) {
      Expr length =
          functions.call("length", List.of(arguments.get(1)), arguments.get(1).position());
      arguments.add(length);
    }
    return arguments;
  }

  private Expr trim(SqlCall call, int position) {
    SqlTrimFunction.Flag flag =
        ((SqlLiteral) call.operand(0)).getValueAs(SqlTrimFunction.Flag.class);
    String function =
        switch (flag) {
          case BOTH -> "btrim";
          case LEADING -> "ltrim";
          case TRAILING -> "rtrim";
        };
    List<Expr> arguments = new ArrayList<>();
    arguments.add(bind(call.operand(2)));
    if (call.getOperandList().get(1) != null) {
      arguments.add(bind(call.operand(1)));
    }
    return functions.call(function, arguments, position);
  }

  private Expr between(SqlCall call, int position) {
    Expr value = bind(call.operand(0));
    Expr lower = bind(call.operand(1));
    Expr upper = bind(call.operand(2));
    String name = call.getOperator().getName();
    Expr inside = inRange(value, lower, upper, position);
    if (name.contains("SYMMETRIC") && !name.contains("ASYMMETRIC")) {
      inside = logical(SqlStdOperatorTable.OR, inside, inRange(value, upper, lower, position));
    }
    return name.startsWith("NOT") ? operators.not(inside) : inside;
  }

  private Expr inRange(Expr value, Expr lower, Expr upper, int position) {
    return logical(
        SqlStdOperatorTable.AND,
        operators.compare(SqlStdOperatorTable.GREATER_THAN_OR_EQUAL, value, lower, position),
        operators.compare(SqlStdOperatorTable.LESS_THAN_OR_EQUAL, value, upper, position));
  }

  Expr logical(SqlOperator operator, Expr left, Expr right) {
    return Expr.of(
        coercion.rex().makeCall(operator, left.rex(), right.rex()), PgTypes.BOOL, left.position());
  }

  private Expr like(SqlCall call, String name, int position) {
    boolean ignoreCase = name.contains("ILIKE");
    Expr match;
    if (call.operandCount() == 3) {
      PgFunction function =
          Functions.exactly(
              ignoreCase ? "ilike" : "like", PgTypes.TEXT, PgTypes.TEXT, PgTypes.TEXT);
      List<RexNode> operands = new ArrayList<>();
      for (SqlNode operand : call.getOperandList()) {
        operands.add(coercion.coerce(bind(operand), PgTypes.TEXT, Context.IMPLICIT).rex());
      }
      match = Expr.of(coercion.call(function, PgTypes.BOOL, operands), PgTypes.BOOL, position);
    } else {
      match =
          operators.binary(
              ignoreCase ? "~~*" : "~~", bind(call.operand(0)), bind(call.operand(1)), position);
    }
    return name.startsWith("NOT") ? operators.not(match) : match;
  }

  private Expr array(SqlCall call, int position) {
    List<Expr> elements = bindAll(call.getOperandList());
    PgType element = Coercion.commonType(elements, "ARRAY");
    ArrayType array = PgTypes.arrayOf(element);
    if (array == null) {
      throw BindErrors.notSupported("an array of " + element.sqlName(), position);
    }
    List<RexNode> operands = new ArrayList<>();
    for (Expr e : elements) {
      operands.add(coercion.coerce(e, element, Context.IMPLICIT).rex());
    }
    return Expr.of(functions.arrayOf(array, operands), array, position);
  }

  List<Expr> bindAll(List<SqlNode> nodes) {
    List<Expr> bound = new ArrayList<>();
    for (SqlNode node : nodes) {
      bound.add(bind(node));
    }
    return bound;
  }

  private Expr cast(Expr operand, SqlNode typeNode, int position) {
    if (!(typeNode instanceof SqlDataTypeSpec spec)) {
      throw BindErrors.notSupported("this cast", position);
    }
    SqlIdentifier name = spec.getTypeName();
    TypeName type = TypeName.parse(name.toString().replace("`", ""), BindErrors.position(name));
    return functions.cast(operand, type, name.toString(), position);
  }

  private Expr function(SqlCall call, int position) {
    SqlIdentifier id = call.getOperator().getNameAsId();
    List<String> names = id.names;
    if (names.size() > 2
        || (names.size() == 2
            && !names.get(0).equals("pg_catalog")
            && !names.get(0).equals("public")
            && !names.get(0).equals("information_schema"))) {
      throw BindErrors.error(
          ErrorCode.INVALID_SCHEMA_NAME,
          "schema \"%s\" does not exist".formatted(names.get(0)),
          position);
    }
    String name = names.get(names.size() - 1);
    if (Functions.isAggregate(name)) {
      return aggregate(call, null, position);
    }
    if (call.getFunctionQuantifier() != null) {
      throw BindErrors.error(
          ErrorCode.WRONG_OBJECT_TYPE,
          "DISTINCT specified, but %s is not an aggregate function".formatted(name),
          position);
    }
    for (SqlNode operand : call.getOperandList()) {
      if (operand instanceof SqlIdentifier star && star.isStar()) {
        throw BindErrors.error(
            ErrorCode.UNDEFINED_FUNCTION, "function %s() does not exist".formatted(name), position);
      }
    }
    return functions.call(name, bindAll(call.getOperandList()), position);
  }

  private Expr aggregate(SqlCall call, @Nullable SqlNode filter, int position) {
    AggregateCollector collector = aggregates;
    if (collector == null) {
      throw BindErrors.error(
          ErrorCode.GROUPING_ERROR, "aggregate functions are not allowed in " + clause, position);
    }
    if (!(call instanceof SqlBasicCall)) {
      throw BindErrors.notSupported("this aggregate call", position);
    }
    ExpressionBinder arguments =
        new ExpressionBinder(queries, scope, ctes, "an aggregate function's argument");
    return new AggregateBinder(coercion, collector, arguments).bind(call, filter, position);
  }
}
