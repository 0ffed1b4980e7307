package io.omendb.gateway.sql.bind;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.Assignment;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.logical.LogicalJoin;
import org.apache.calcite.rel.logical.LogicalValues;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/** INSERT, UPDATE and DELETE: the plans that yield what is to be written. */
final class DmlPlanner {
  private final QueryBinder queries;
  private final Defaults defaults;

  DmlPlanner(QueryBinder queries) {
    this.queries = queries;
    this.defaults = new Defaults(queries);
  }

  PlannedStatement plan(Statement statement) {
    if (statement instanceof Statement.Insert insert) {
      return insert(insert);
    } else if (statement instanceof Statement.Update update) {
      return update(update);
    }
    return delete((Statement.Delete) statement);
  }

  private TableSchema table(Name name) {
    return queries.tables().require(name.parts(), name.position());
  }

  private PlannedStatement insert(Statement.Insert insert) {
    TableSchema table = table(insert.table());
    List<Integer> targets = new ArrayList<>();
    if (insert.columns() != null) {
      targets.addAll(StatementPlanner.indexes(table, insert.columns()));
    } else {
      for (int i = 0; i < table.columns().size(); i++) {
        targets.add(i);
      }
    }
    RelNode source = insertSource(insert, table, targets);
    PlannedStatement.OnConflict onConflict =
        insert.onConflict() == null ? null : onConflict(insert.onConflict(), table);
    PlannedStatement.Returning returning = returning(insert.returning(), table, insert.alias());
    return new PlannedStatement.Insert(
        table, Optimizer.optimize(source), queries.parameters().types(), onConflict, returning);
  }

  private static PlannedStatement.OnConflict onConflict(
      Statement.ConflictAction action, TableSchema table) {
    List<Name> columns = action.columns();
    if (columns != null) {
      List<Integer> indexes = new ArrayList<>(StatementPlanner.indexes(table, columns));
      List<Integer> key = table.primaryKey();
      if (indexes.size() != key.size() || !indexes.containsAll(key)) {
        throw BindErrors.error(
            ErrorCode.INVALID_COLUMN_REFERENCE,
            "there is no unique or exclusion constraint matching the ON CONFLICT specification",
            columns.get(0).position());
      }
    }
    return new PlannedStatement.OnConflict();
  }

  private RelNode insertSource(Statement.Insert insert, TableSchema table, List<Integer> targets) {
    SqlNode source = insert.source();
    if (source == null) {
      return allColumns(new Relation(queries.plans().oneRow(), List.of()), table, List.of());
    }
    List<PgType> types = new ArrayList<>();
    for (int target : targets) {
      types.add(StatementPlanner.columnType(table, target));
    }
    Relation relation =
        source.getKind() == SqlKind.VALUES
            ? values((SqlCall) source, table, targets)
            : queries.open(source, null, null, types);
    int given = relation.columns().size();
    if (given > targets.size()) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR,
          "INSERT has more expressions than target columns",
          BindErrors.position(source));
    }
    if (given < targets.size() && insert.columns() != null) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR,
          "INSERT has more target columns than expressions",
          insert.columns().get(given).position());
    }
    return allColumns(relation, table, targets.subList(0, given));
  }

  /** Rows whose items take their column's type at once; DEFAULT is the column's default. */
  private Relation values(SqlCall values, TableSchema table, List<Integer> targets) {
    ExpressionBinder binder = new ExpressionBinder(queries, null, null, "VALUES");
    List<List<Expr>> rows = new ArrayList<>();
    for (SqlNode row : values.getOperandList()) {
      List<SqlNode> items = ((SqlCall) row).getOperandList();
      if (items.size() > targets.size()) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR,
            "INSERT has more expressions than target columns",
            BindErrors.position(items.get(targets.size())));
      }
      if (!rows.isEmpty() && rows.get(0).size() != items.size()) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR,
            "VALUES lists must all be the same length",
            BindErrors.position(row));
      }
      List<Expr> bound = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        Column column = table.columns().get(targets.get(i));
        PgType type = PgTypes.forColumn(column.type());
        SqlNode item = items.get(i);
        RexNode value =
            item.getKind() == SqlKind.DEFAULT
                ? defaults.of(column)
                : defaults.assigned(binder.bind(item), column.name(), type);
        bound.add(Expr.of(value, type, BindErrors.position(item)));
      }
      rows.add(bound);
    }
    return queries.rows(rows, null);
  }

  /** One field per table column: given ones converted, others by default. */
  private RelNode allColumns(Relation given, TableSchema table, List<Integer> targets) {
    List<RexNode> fields = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < table.columns().size(); i++) {
      Column column = table.columns().get(i);
      int source = targets.indexOf(i);
      if (source < 0) {
        fields.add(defaults.of(column));
      } else {
        ScopeColumn from = given.columns().get(source);
        PgType type = from.type() == PgTypes.UNKNOWN ? PgTypes.TEXT : from.type();
        Expr e = Expr.of(queries.rex().makeInputRef(given.rel(), source), type, 0);
        fields.add(defaults.assigned(e, column.name(), PgTypes.forColumn(column.type())));
      }
      names.add(column.name());
    }
    return queries.plans().project(given.rel(), fields, names, null);
  }

  private PlannedStatement update(Statement.Update update) {
    TableSchema table = table(update.table());
    Relation target = target(table, update.alias());
    Scope scope = filtered(target, update.from(), update.where());
    List<RexNode> fields = oldFields(scope.rel(), table);
    List<String> names = oldNames(table);
    List<Integer> assigned = new ArrayList<>();
    ExpressionBinder binder = new ExpressionBinder(queries, scope, null, "UPDATE");
    for (Assignment assignment : update.assignments()) {
      int index = StatementPlanner.index(table, assignment.column());
      Column column = table.columns().get(index);
      if (assigned.contains(index)) {
        throw BindErrors.error(
            ErrorCode.SYNTAX_ERROR,
            "multiple assignments to same column \"%s\"".formatted(column.name()),
            assignment.column().position());
      }
      assigned.add(index);
      SqlNode value = assignment.value();
      fields.add(
          value == null
              ? defaults.of(column)
              : defaults.assigned(
                  binder.bind(value), column.name(), PgTypes.forColumn(column.type())));
      names.add("new$" + column.name());
    }
    RelNode source = queries.plans().project(scope.rel(), fields, names, scope);
    return new PlannedStatement.Update(
        table,
        Optimizer.optimize(source),
        assigned,
        queries.parameters().types(),
        returning(update.returning(), table, update.alias()));
  }

  private PlannedStatement delete(Statement.Delete delete) {
    TableSchema table = table(delete.table());
    Relation target = target(table, delete.alias());
    Scope scope = filtered(target, delete.using(), delete.where());
    RelNode source =
        queries.plans().project(scope.rel(), oldFields(scope.rel(), table), oldNames(table), scope);
    return new PlannedStatement.Delete(
        table,
        Optimizer.optimize(source),
        queries.parameters().types(),
        returning(delete.returning(), table, delete.alias()));
  }

  private Relation target(TableSchema table, @Nullable String alias) {
    return new FromBinder(queries, null, null).stored(table, alias == null ? table.name() : alias);
  }

  /** The target, joined with FROM or USING, and WHERE applied. */
  private Scope filtered(Relation target, @Nullable SqlNode from, @Nullable SqlNode where) {
    RelNode rel = target.rel();
    List<ScopeColumn> columns = new ArrayList<>(target.columns());
    if (from != null) {
      Relation other = new FromBinder(queries, null, null).bind(from);
      int shift = rel.getRowType().getFieldCount();
      for (ScopeColumn column : other.columns()) {
        columns.add(column.shifted(shift));
      }
      rel =
          LogicalJoin.create(
              rel,
              other.rel(),
              ImmutableList.of(),
              queries.rex().makeLiteral(true),
              ImmutableSet.of(),
              JoinRelType.INNER);
    }
    if (where != null) {
      Scope scope = new Scope(rel, columns, null);
      RexNode condition =
          new ExpressionBinder(queries, scope, null, "WHERE").condition(where).rex();
      rel = queries.plans().filter(rel, condition, scope);
    }
    return new Scope(rel, columns, null);
  }

  /** The table's columns and {@code $row}. */
  private List<RexNode> oldFields(RelNode rel, TableSchema table) {
    List<RexNode> fields = new ArrayList<>();
    for (int i = 0; i <= table.columns().size(); i++) {
      fields.add(queries.rex().makeInputRef(rel, i));
    }
    return fields;
  }

  private static List<String> oldNames(TableSchema table) {
    List<String> names = new ArrayList<>();
    for (Column column : table.columns()) {
      names.add(column.name());
    }
    names.add(PgTable.ROW_COLUMN);
    return names;
  }

  private PlannedStatement.@Nullable Returning returning(
      @Nullable SqlNodeList list, TableSchema table, @Nullable String alias) {
    if (list == null) {
      return null;
    }
    RelDataTypeFactory.Builder row = RelTypes.FACTORY.builder();
    for (Column column : table.columns()) {
      row.add(column.name(), RelTypes.rel(PgTypes.forColumn(column.type()), column.nullable()));
    }
    RelDataType rowType = row.build();
    RelNode leaf = LogicalValues.createEmpty(queries.plans().cluster(), rowType);
    Relation scan = target(table, alias);
    SqlSelect select =
        new SqlSelect(
            SqlParserPos.ZERO,
            null,
            list,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    Relation projected =
        new SelectBinder(queries, null, null, null)
            .projection(select, new Relation(leaf, scan.columns()));
    if (Optimizer.hasSubquery(projected.rel())) {
      throw BindErrors.notSupported("a subquery in RETURNING", BindErrors.position(list));
    }
    return new PlannedStatement.Returning(projected.rel(), StatementPlanner.output(projected));
  }
}
