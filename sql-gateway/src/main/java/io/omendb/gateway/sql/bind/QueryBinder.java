package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import io.omendb.gateway.sql.functions.Functions;
import io.omendb.gateway.sql.functions.PgRexBuilder;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.logical.LogicalIntersect;
import org.apache.calcite.rel.logical.LogicalMinus;
import org.apache.calcite.rel.logical.LogicalUnion;
import org.apache.calcite.rel.logical.LogicalValues;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOrderBy;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlSetOperator;
import org.apache.calcite.sql.SqlWith;
import org.apache.calcite.sql.SqlWithItem;
import org.jspecify.annotations.Nullable;

/** Binds whole queries: WITH, set operations, VALUES, ORDER BY and LIMIT around SELECTs. */
final class QueryBinder {
  private static final int DEPTH_MAX = 200;

  private final Plans plans;
  private final Coercion coercion;
  private final Parameters parameters;
  private final Tables tables;
  private int depth;

  QueryBinder(Plans plans, Coercion coercion, Parameters parameters, Tables tables) {
    this.plans = plans;
    this.coercion = coercion;
    this.parameters = parameters;
    this.tables = tables;
  }

  Plans plans() {
    return plans;
  }

  Coercion coercion() {
    return coercion;
  }

  Parameters parameters() {
    return parameters;
  }

  Tables tables() {
    return tables;
  }

  PgRexBuilder rex() {
    return coercion.rex();
  }

  /** A query whose columns all have a type. */
  Relation query(SqlNode node, @Nullable Scope parent, Scope.@Nullable Ctes ctes) {
    Relation relation = open(node, parent, ctes, null);
    List<ScopeColumn> columns = new ArrayList<>();
    for (ScopeColumn column : relation.columns()) {
      columns.add(column.type() == PgTypes.UNKNOWN ? typed(column, PgTypes.TEXT) : column);
    }
    return new Relation(relation.rel(), columns);
  }

  private static ScopeColumn typed(ScopeColumn column, PgType type) {
    return new ScopeColumn(
        column.schema(),
        column.table(),
        column.name(),
        type,
        -1,
        column.field(),
        column.visible(),
        column.unqualified(),
        column.merged(),
        column.tableId(),
        column.columnNumber());
  }

  /**
   * A query whose literals may still be of type unknown; {@code targets} are the types that an
   * INSERT wants, which untyped literals and parameters of its outermost SELECT or VALUES take.
   */
  Relation open(
      SqlNode node,
      @Nullable Scope parent,
      Scope.@Nullable Ctes ctes,
      @Nullable List<PgType> targets) {
    if (++depth > DEPTH_MAX) {
      throw BindErrors.error(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "stack depth limit exceeded", 0);
    }
    try {
      return dispatch(node, parent, ctes, targets, null);
    } finally {
      depth--;
    }
  }

  private Relation dispatch(
      SqlNode node,
      @Nullable Scope parent,
      Scope.@Nullable Ctes ctes,
      @Nullable List<PgType> targets,
      @Nullable SqlOrderBy order) {
    switch (node.getKind()) {
      case ORDER_BY -> {
        SqlOrderBy orderBy = (SqlOrderBy) node;
        if (order != null) {
          Relation inner = dispatch(orderBy, parent, ctes, targets, null);
          return new SortBinder(this, ctes).sorted(inner, order);
        }
        return dispatch(orderBy.query, parent, ctes, targets, orderBy);
      }
      case SELECT -> {
        return new SelectBinder(this, parent, ctes, targets).bind((SqlSelect) node, order);
      }
      case WITH -> {
        SqlWith with = (SqlWith) node;
        return dispatch(with.body, parent, withItems(with, parent, ctes), targets, order);
      }
      default -> {
        Relation relation = leaf(node, parent, ctes, targets);
        return order == null ? relation : new SortBinder(this, ctes).sorted(relation, order);
      }
    }
  }

  private Relation leaf(
      SqlNode node,
      @Nullable Scope parent,
      Scope.@Nullable Ctes ctes,
      @Nullable List<PgType> targets) {
    return switch (node.getKind()) {
      case VALUES -> values((SqlCall) node, parent, ctes, targets);
      case UNION, INTERSECT, EXCEPT -> setOperation((SqlBasicCall) node, parent, ctes, targets);
      case EXPLICIT_TABLE -> explicitTable((SqlCall) node, parent, ctes);
      default -> throw BindErrors.notSupported("this query", BindErrors.position(node));
    };
  }

  private Scope.Ctes withItems(SqlWith with, @Nullable Scope parent, Scope.@Nullable Ctes outer) {
    Scope.Ctes ctes = new Scope.Ctes(outer);
    for (SqlNode node : with.withList) {
      SqlWithItem item = (SqlWithItem) node;
      if (item.recursive.booleanValue()) {
        throw BindErrors.notSupported("WITH RECURSIVE", BindErrors.position(item));
      }
      String name = item.name.getSimple();
      if (ctes.declares(name)) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR,
            "WITH query name \"%s\" specified more than once".formatted(name),
            BindErrors.position(item));
      }
      Relation relation = query(item.query, parent, ctes);
      List<ScopeColumn> columns = new ArrayList<>();
      for (int i = 0; i < relation.columns().size(); i++) {
        ScopeColumn column = relation.columns().get(i);
        boolean named = item.columnList != null && i < item.columnList.size();
        String columnName =
            named ? ((SqlIdentifier) item.columnList.get(i)).getSimple() : column.name();
        columns.add(column.renamed(name, columnName));
      }
      ctes.add(name, new Relation(relation.rel(), columns));
    }
    return ctes;
  }

  private Relation explicitTable(SqlCall node, @Nullable Scope parent, Scope.@Nullable Ctes ctes) {
    Relation table = new FromBinder(this, parent, ctes).bind(node.operand(0));
    List<RexNode> fields = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<ScopeColumn> columns = new ArrayList<>();
    for (ScopeColumn column : table.columns()) {
      columns.add(output(column, columns.size()));
      fields.add(rex().makeInputRef(table.rel(), column.field()));
      names.add(column.name());
    }
    return new Relation(plans.project(table.rel(), fields, names, null), columns);
  }

  static ScopeColumn output(ScopeColumn column, int field) {
    return new ScopeColumn(
        null,
        column.table(),
        column.name(),
        column.type(),
        column.modifier(),
        field,
        true,
        true,
        null,
        column.tableId(),
        column.columnNumber());
  }

  private Relation setOperation(
      SqlBasicCall call,
      @Nullable Scope parent,
      Scope.@Nullable Ctes ctes,
      @Nullable List<PgType> targets) {
    boolean all = ((SqlSetOperator) call.getOperator()).isAll();
    List<Relation> sides = new ArrayList<>();
    for (SqlNode operand : call.getOperandList()) {
      sides.add(open(operand, parent, ctes, targets));
    }
    String name = call.getKind().name();
    int width = sides.get(0).columns().size();
    for (Relation side : sides) {
      if (side.columns().size() != width) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR,
            "each %s query must have the same number of columns".formatted(name),
            BindErrors.position(call.operand(1)));
      }
    }
    List<PgType> types = new ArrayList<>();
    List<ScopeColumn> columns = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      List<Expr> column = new ArrayList<>();
      for (Relation side : sides) {
        ScopeColumn c = side.columns().get(i);
        column.add(
            Expr.of(
                rex().makeInputRef(side.rel(), i), c.type(), BindErrors.position(call.operand(1))));
      }
      PgType type = Coercion.commonType(column, name);
      types.add(type);
      ScopeColumn first = sides.get(0).columns().get(i);
      columns.add(new ScopeColumn(null, null, first.name(), type, -1, i, true, true, null, 0, 0));
    }
    List<RelNode> inputs = new ArrayList<>();
    for (Relation side : sides) {
      inputs.add(plans.coerced(side, types, coercion));
    }
    inputs = sameDecimals(inputs);
    RelNode rel =
        switch (call.getKind()) {
          case UNION -> LogicalUnion.create(inputs, all);
          case INTERSECT -> LogicalIntersect.create(inputs, all);
          default -> LogicalMinus.create(inputs, all);
        };
    return new Relation(rel, columns);
  }

  /** Set operations want one type a column; numerics may differ in their estimated scale. */
  private List<RelNode> sameDecimals(List<RelNode> inputs) {
    RelDataType row = inputs.get(0).getRowType();
    boolean same = true;
    for (RelNode input : inputs) {
      for (int i = 0; i < row.getFieldCount(); i++) {
        same &= sqlType(input, i).equals(sqlType(inputs.get(0), i));
      }
    }
    if (same) {
      return inputs;
    }
    List<RelNode> adjusted = new ArrayList<>();
    for (RelNode input : inputs) {
      List<RexNode> fields = new ArrayList<>();
      for (int i = 0; i < row.getFieldCount(); i++) {
        RexNode field = rex().makeInputRef(input, i);
        int scale = 0;
        for (RelNode other : inputs) {
          scale = Math.max(scale, Math.max(0, sqlType(other, i).getScale()));
        }
        boolean decimal = RelTypes.pgType(field.getType()) == PgTypes.NUMERIC;
        fields.add(
            decimal
                ? coercion.call(
                    Functions.exactly("numeric_relabel", PgTypes.NUMERIC),
                    RelTypes.decimal(38, scale, field.getType().isNullable()),
                    List.of(field))
                : field);
      }
      adjusted.add(plans.project(input, fields, row.getFieldNames(), null));
    }
    return adjusted;
  }

  private static RelDataType sqlType(RelNode input, int field) {
    return RelTypes.FACTORY.createTypeWithNullability(
        input.getRowType().getFieldList().get(field).getType(), true);
  }

  private Relation values(
      SqlCall call,
      @Nullable Scope parent,
      Scope.@Nullable Ctes ctes,
      @Nullable List<PgType> targets) {
    ExpressionBinder binder = new ExpressionBinder(this, values0(parent), ctes, "VALUES");
    List<List<Expr>> rows = new ArrayList<>();
    for (SqlNode row : call.getOperandList()) {
      List<Expr> bound = new ArrayList<>();
      for (SqlNode item : ((SqlCall) row).getOperandList()) {
        if (item.getKind() == SqlKind.DEFAULT) {
          throw BindErrors.error(
              ErrorCode.SYNTAX_ERROR,
              "DEFAULT is not allowed in this context",
              BindErrors.position(item));
        }
        bound.add(binder.bind(item));
      }
      if (!rows.isEmpty() && rows.get(0).size() != bound.size()) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR,
            "VALUES lists must all be the same length",
            BindErrors.position(row));
      }
      rows.add(bound);
    }
    return rows(rows, targets);
  }

  private static @Nullable Scope values0(@Nullable Scope parent) {
    return parent == null ? null : new Scope(parent.rel(), List.of(), parent);
  }

  /** Bound rows as a relation; each column gets the target's or the rows' common type. */
  Relation rows(List<List<Expr>> rows, @Nullable List<PgType> targets) {
    int width = rows.get(0).size();
    List<ScopeColumn> columns = new ArrayList<>();
    List<List<RexNode>> nodes = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      nodes.add(new ArrayList<>());
    }
    for (int i = 0; i < width; i++) {
      List<Expr> column = new ArrayList<>();
      for (List<Expr> row : rows) {
        Expr e = row.get(i);
        boolean takesTarget = targets != null && i < targets.size() && e.type() == PgTypes.UNKNOWN;
        column.add(
            takesTarget && targets != null
                ? coercion.coerce(e, targets.get(i), Coercion.Context.IMPLICIT)
                : e);
      }
      PgType type = Coercion.commonType(column, "VALUES");
      for (int r = 0; r < rows.size(); r++) {
        nodes.get(r).add(coercion.coerce(column.get(r), type, Coercion.Context.IMPLICIT).rex());
      }
      columns.add(
          new ScopeColumn(null, null, "column" + (i + 1), type, -1, i, true, true, null, 0, 0));
    }
    return new Relation(rowsOf(nodes, columns), columns);
  }

  private RelNode rowsOf(List<List<RexNode>> rows, List<ScopeColumn> columns) {
    RelDataTypeFactory.Builder type = RelTypes.FACTORY.builder();
    boolean literals = true;
    for (int i = 0; i < columns.size(); i++) {
      List<RexNode> column = new ArrayList<>();
      boolean nullable = false;
      for (List<RexNode> row : rows) {
        column.add(row.get(i));
        nullable |= row.get(i).getType().isNullable();
        literals &= row.get(i) instanceof RexLiteral;
      }
      type.add(
          columns.get(i).name(), FunctionBinder.widest(column, columns.get(i).type(), nullable, 1));
    }
    RelDataType rowType = type.build();
    if (literals) {
      return literalRows(rows, rowType);
    }
    List<RelNode> inputs = new ArrayList<>();
    for (List<RexNode> row : rows) {
      inputs.add(plans.project(plans.oneRow(), row, rowType.getFieldNames(), null));
    }
    return inputs.size() == 1 ? inputs.get(0) : LogicalUnion.create(sameDecimals(inputs), true);
  }

  private RelNode literalRows(List<List<RexNode>> rows, RelDataType rowType) {
    ImmutableList.Builder<ImmutableList<RexLiteral>> tuples = ImmutableList.builder();
    for (List<RexNode> row : rows) {
      ImmutableList.Builder<RexLiteral> tuple = ImmutableList.builder();
      for (RexNode node : row) {
        tuple.add((RexLiteral) node);
      }
      tuples.add(tuple.build());
    }
    return LogicalValues.create(plans.cluster(), rowType, tuples.build());
  }
}
