package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.omendb.gateway.sql.bind.Coercion.Context;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.PgTableFunction;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.statement.SystemTable;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.logical.LogicalCorrelate;
import org.apache.calcite.rel.logical.LogicalJoin;
import org.apache.calcite.rel.logical.LogicalTableFunctionScan;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.util.ImmutableBitSet;
import org.jspecify.annotations.Nullable;

/** Binds FROM: tables, subqueries, table functions and joins, to a relation with named columns. */
final class FromBinder {
  private final QueryBinder queries;
  private final @Nullable Scope parent;
  private final Scope.@Nullable Ctes ctes;

  FromBinder(QueryBinder queries, @Nullable Scope parent, Scope.@Nullable Ctes ctes) {
    this.queries = queries;
    this.parent = parent;
    this.ctes = ctes;
  }

  Relation bind(SqlNode from) {
    Relation relation = item(from, null);
    Set<String> names = new HashSet<>();
    checkNames(from, names);
    return relation;
  }

  private static void checkNames(SqlNode node, Set<String> names) {
    if (node instanceof SqlJoin join) {
      checkNames(join.getLeft(), names);
      checkNames(join.getRight(), names);
      return;
    }
    String name = null;
    if (node.getKind() == SqlKind.AS) {
      name = ((SqlCall) node).operand(1).toString();
    } else if (node instanceof SqlIdentifier identifier) {
      name = identifier.names.get(identifier.names.size() - 1);
    }
    if (name != null && !names.add(name)) {
      throw BindErrors.error(
          ErrorCode.DUPLICATE_ALIAS,
          "table name \"%s\" specified more than once".formatted(name),
          BindErrors.position(node));
    }
  }

  /** {@code left} is what a lateral item may refer to. */
  private Relation item(SqlNode node, @Nullable Scope left) {
    switch (node.getKind()) {
      case IDENTIFIER -> {
        return table((SqlIdentifier) node);
      }
      case AS -> {
        return aliased((SqlCall) node, left);
      }
      case JOIN -> {
        return join((SqlJoin) node, left);
      }
      case TABLE_REF, EXTEND, TABLESAMPLE, SNAPSHOT, MATCH_RECOGNIZE, PIVOT, UNPIVOT ->
          throw BindErrors.notSupported("this FROM clause", BindErrors.position(node));
      case COLLECTION_TABLE -> {
        return function(((SqlCall) node).operand(0), left, null);
      }
      case LATERAL -> {
        return item(((SqlCall) node).operand(0), left);
      }
      default -> {
        if (node.isA(SqlKind.QUERY)) {
          return queries.query(node, left == null ? parent : left, ctes);
        }
        throw BindErrors.notSupported("this FROM clause", BindErrors.position(node));
      }
    }
  }

  private Relation table(SqlIdentifier name) {
    int position = BindErrors.position(name);
    List<String> names = name.names;
    if (names.size() == 1 && ctes != null) {
      Relation cte = ctes.find(names.get(0));
      if (cte != null) {
        List<ScopeColumn> columns = new ArrayList<>();
        for (ScopeColumn column : cte.columns()) {
          columns.add(column.renamed(names.get(0), column.name()));
        }
        return new Relation(cte.rel(), columns);
      }
    }
    TableSchema schema = queries.tables().find(names);
    if (schema != null) {
      return stored(schema, schema.name());
    }
    Optional<SystemTable> system = queries.tables().findSystem(names);
    if (system.isPresent()) {
      return systemTable(system.get());
    }
    throw queries.tables().undefined(names, position);
  }

  /** A scan of a stored table under a name, {@code $row} last. */
  Relation stored(TableSchema schema, String alias) {
    RelNode scan = PgTable.of(schema).scan(queries.plans().cluster());
    List<ScopeColumn> columns = new ArrayList<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      Column column = schema.columns().get(i);
      columns.add(
          new ScopeColumn(
              schema.namespace(),
              alias,
              column.name(),
              PgTypes.forColumn(column.type()),
              PgTypes.typeModifier(column.type()),
              i,
              true,
              true,
              null,
              schema.tableId(),
              i + 1));
    }
    return new Relation(scan, columns);
  }

  private Relation systemTable(SystemTable system) {
    RelNode scan = PgTable.of(system).scan(queries.plans().cluster());
    List<ScopeColumn> columns = new ArrayList<>();
    for (int i = 0; i < system.columns().size(); i++) {
      SystemTable.SystemColumn column = system.columns().get(i);
      columns.add(
          new ScopeColumn(
              system.namespace(),
              system.name(),
              column.name(),
              column.type(),
              -1,
              i,
              true,
              true,
              null,
              system.oid(),
              i + 1));
    }
    return new Relation(scan, columns);
  }

  private Relation aliased(SqlCall as, @Nullable Scope left) {
    SqlNode item = as.operand(0);
    String alias = ((SqlIdentifier) as.operand(1)).getSimple();
    SqlNode inner = item.getKind() == SqlKind.LATERAL ? ((SqlCall) item).operand(0) : item;
    Relation relation =
        inner.getKind() == SqlKind.COLLECTION_TABLE
            ? function(((SqlCall) inner).operand(0), left, alias)
            : item.getKind() == SqlKind.LATERAL ? item(inner, left) : item(item, null);
    List<SqlNode> names = as.getOperandList().subList(2, as.operandCount());
    List<ScopeColumn> columns = new ArrayList<>();
    int visible = 0;
    for (ScopeColumn column : relation.columns()) {
      boolean named = column.visible() && visible < names.size();
      String name = named ? ((SqlIdentifier) names.get(visible)).getSimple() : column.name();
      visible += column.visible() ? 1 : 0;
      columns.add(column.renamed(alias, name));
    }
    if (names.size() > visible) {
      throw BindErrors.error(
          ErrorCode.INVALID_COLUMN_REFERENCE,
          "table \"%s\" has %d columns available but %d columns specified"
              .formatted(alias, visible, names.size()),
          BindErrors.position(as));
    }
    return new Relation(relation.rel(), columns);
  }

  /** A set-returning function as a table of one column named after its alias. */
  private Relation function(SqlNode node, @Nullable Scope left, @Nullable String alias) {
    int position = BindErrors.position(node);
    if (!(node instanceof SqlCall call) || call.getOperator().getNameAsId() == null) {
      throw BindErrors.notSupported("this table function", position);
    }
    List<String> names = call.getOperator().getNameAsId().names;
    String name = names.get(names.size() - 1);
    Scope around = left == null ? parent : left;
    Scope none = around == null ? null : new Scope(around.rel(), List.of(), around);
    ExpressionBinder binder = new ExpressionBinder(queries, none, ctes, "FROM");
    return function(name, binder.bindAll(call.getOperandList()), alias, position);
  }

  /** As {@link #function} over bound arguments. */
  Relation function(String name, List<Expr> arguments, @Nullable String alias, int position) {
    Coercion coercion = queries.coercion();
    PgTableFunction function;
    PgType element;
    List<RexNode> operands = new ArrayList<>();
    if (name.equals("unnest")
        && arguments.size() == 1
        && arguments.get(0).type() instanceof ArrayType array) {
      function = Functions.unnest(array);
      element = array.element();
      operands.add(arguments.get(0).rex());
    } else if (name.equals("_pg_expandarray")
        && arguments.size() == 1
        && arguments.get(0).type() instanceof ArrayType array
        && array.element() == PgTypes.INT2) {
      function = Functions.expandArray(array);
      element = PgTypes.RECORD;
      operands.add(arguments.get(0).rex());
    } else if (name.equals("generate_series") && (arguments.size() == 2 || arguments.size() == 3)) {
      element = seriesType(arguments, position);
      function = Functions.generateSeries(element);
      boolean time = element == PgTypes.TIMESTAMP || element == PgTypes.TIMESTAMPTZ;
      for (int i = 0; i < arguments.size(); i++) {
        PgType type = time && i == 2 ? PgTypes.INTERVAL : element;
        operands.add(coercion.coerce(arguments.get(i), type, Context.IMPLICIT).rex());
      }
    } else {
      throw BindErrors.error(
          ErrorCode.UNDEFINED_FUNCTION,
          "function %s with %d arguments does not exist or is not supported in FROM"
              .formatted(name, arguments.size()),
          position);
    }
    String column = alias == null ? name : alias;
    RelDataType row =
        RelTypes.FACTORY
            .builder()
            .add(column, RelTypes.rel(element, name.equals("unnest")))
            .build();
    RexNode call = coercion.rex().makeCall(row, function, operands);
    RelNode scan =
        LogicalTableFunctionScan.create(
            queries.plans().cluster(), ImmutableList.of(), call, null, row, ImmutableSet.of());
    return new Relation(
        scan,
        List.of(new ScopeColumn(null, column, column, element, -1, 0, true, true, null, 0, 0)));
  }

  private static PgType seriesType(List<Expr> arguments, int position) {
    PgType type = Coercion.commonType(arguments.subList(0, 2), "generate_series");
    if (type == PgTypes.TEXT && arguments.get(0).type() == PgTypes.UNKNOWN) {
      type = PgTypes.INT4;
    }
    boolean withStep = arguments.size() == 3;
    if (type == PgTypes.DATE && withStep) {
      return PgTypes.TIMESTAMPTZ;
    }
    if (withStep && Coercion.numericRank(type) >= 0) {
      type = Coercion.commonType(arguments, "generate_series");
    }
    if (type == PgTypes.INT2) {
      return PgTypes.INT4;
    }
    boolean time = type == PgTypes.TIMESTAMP || type == PgTypes.TIMESTAMPTZ;
    if (type == PgTypes.INT4
        || type == PgTypes.INT8
        || type == PgTypes.NUMERIC
        || (time && withStep)) {
      return type;
    }
    throw BindErrors.error(
        ErrorCode.UNDEFINED_FUNCTION,
        "function generate_series(%s, …) does not exist".formatted(type.sqlName()),
        position);
  }

  private Relation join(SqlJoin join, @Nullable Scope outerLeft) {
    Relation left = item(join.getLeft(), outerLeft);
    Scope leftScope = new Scope(left.rel(), left.columns(), parent);
    Relation right = item(join.getRight(), leftScope);
    int shift = left.rel().getRowType().getFieldCount();
    List<ScopeColumn> columns = new ArrayList<>(left.columns());
    for (ScopeColumn column : right.columns()) {
      columns.add(column.shifted(shift));
    }
    JoinRelType type = joinType(join);
    CorrelationId lateral = leftScope.usedCorrelation();
    RexNode always = queries.coercion().rex().makeLiteral(true);
    RelNode crossed =
        LogicalJoin.create(
            left.rel(), right.rel(), ImmutableList.of(), always, ImmutableSet.of(), type);
    Scope both = new Scope(crossed, columns, parent);
    List<String> using = usingColumns(join, left, right);
    RexNode condition = always;
    List<ScopeColumn> named = columns;
    if (!using.isEmpty()) {
      UsingColumns merged = new UsingColumns(queries.coercion(), both, left.columns().size(), type);
      for (String name : using) {
        merged.add(name, BindErrors.position(join));
      }
      condition = merged.condition();
      named = merged.columns();
    } else if (join.getCondition() != null) {
      condition =
          new ExpressionBinder(queries, both, ctes, "JOIN/ON").condition(join.getCondition()).rex();
    }
    if (lateral != null) {
      return new Relation(
          correlated(left.rel(), right.rel(), lateral, condition, type, join), named);
    }
    CorrelationId used = both.usedCorrelation();
    RelNode joined =
        LogicalJoin.create(
            left.rel(),
            right.rel(),
            ImmutableList.of(),
            RexUtil.flatten(queries.rex(), condition),
            used == null ? ImmutableSet.of() : ImmutableSet.of(used),
            type);
    return new Relation(joined, named);
  }

  private RelNode correlated(
      RelNode left,
      RelNode right,
      CorrelationId id,
      RexNode condition,
      JoinRelType type,
      SqlJoin join) {
    boolean trivial = condition.isAlwaysTrue();
    if (type != JoinRelType.INNER && !(type == JoinRelType.LEFT && trivial)) {
      throw BindErrors.notSupported("this LATERAL join", BindErrors.position(join));
    }
    ImmutableBitSet required = RelOptUtil.correlationColumns(id, right);
    RelNode correlate =
        LogicalCorrelate.create(left, right, ImmutableList.of(), id, required, type);
    return trivial ? correlate : queries.plans().filter(correlate, condition, null);
  }

  private static JoinRelType joinType(SqlJoin join) {
    return switch (join.getJoinType()) {
      case COMMA, CROSS, INNER -> JoinRelType.INNER;
      case LEFT -> JoinRelType.LEFT;
      case RIGHT -> JoinRelType.RIGHT;
      case FULL -> JoinRelType.FULL;
      default ->
          throw BindErrors.notSupported(join.getJoinType() + " JOIN", BindErrors.position(join));
    };
  }

  private static List<String> usingColumns(SqlJoin join, Relation left, Relation right) {
    List<String> names = new ArrayList<>();
    if (join.isNatural()) {
      for (ScopeColumn column : left.columns()) {
        boolean common =
            column.visible()
                && right.columns().stream()
                    .anyMatch(c -> c.visible() && c.name().equals(column.name()));
        if (common) {
          names.add(column.name());
        }
      }
    } else if (join.getCondition() instanceof SqlNodeList list) {
      for (SqlNode name : list) {
        names.add(((SqlIdentifier) name).getSimple());
      }
    }
    return names;
  }

  /** All conditions together. */
  static RexNode conjunction(Coercion coercion, List<RexNode> conditions) {
    if (conditions.isEmpty()) {
      return coercion.rex().makeLiteral(true);
    }
    return conditions.size() == 1
        ? conditions.get(0)
        : coercion.rex().makeCall(SqlStdOperatorTable.AND, conditions);
  }
}
