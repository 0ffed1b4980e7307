package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.functions.PgRexBuilder;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SessionContext;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.gateway.sql.statement.SystemTables;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.table.Catalog;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.calcite.plan.ConventionTraitDef;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.plan.volcano.VolcanoPlanner;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexNode;

/** Plans one statement; made for it and used once. */
public final class StatementPlanner {
  private final Tables tables;
  private final Parameters parameters;
  private final Coercion coercion;
  private final Plans plans;
  private final QueryBinder queries;

  public StatementPlanner(
      ParsedSql parsed,
      Catalog catalog,
      SystemTables systemTables,
      int[] parameterOids,
      SessionContext context) {
    PgRexBuilder rex = new PgRexBuilder();
    VolcanoPlanner planner = new VolcanoPlanner();
    planner.addRelTraitDef(ConventionTraitDef.INSTANCE);
    planner.setExecutor((builder, expressions, results) -> results.addAll(expressions));
    RelOptCluster cluster = RelOptCluster.create(planner, rex);
    this.tables = new Tables(catalog, systemTables, context.searchPath(), context.database());
    this.parameters = new Parameters(parameterOids, parsed.parameterNumbers(), rex);
    this.coercion = new Coercion(rex, parameters, context.zone());
    this.plans = new Plans(cluster, rex);
    this.queries = new QueryBinder(plans, coercion, parameters, tables);
  }

  public PlannedStatement plan(Statement statement) {
    if (statement instanceof Statement.Ready ready) {
      return ready.plan();
    } else if (statement instanceof Statement.Query query) {
      return query(query);
    } else if (statement instanceof Statement.Explain explain) {
      return new PlannedStatement.Explain(plan(explain.statement()), explain.options());
    } else if (statement instanceof Statement.Prepare prepare) {
      return prepare(prepare);
    } else if (statement instanceof Statement.Execute execute) {
      return execute(execute);
    } else if (statement instanceof Statement.Insert
        || statement instanceof Statement.Update
        || statement instanceof Statement.Delete) {
      return new DmlPlanner(queries).plan(statement);
    }
    return new DdlPlanner(queries).plan(statement);
  }

  private PlannedStatement query(Statement.Query statement) {
    Relation relation = queries.query(statement.query(), null, null);
    Statement.Locking locking = statement.locking();
    if (locking != null) {
      throw BindErrors.notSupported(
          "SELECT FOR " + locking.strength().toUpperCase(Locale.ROOT), locking.position());
    }
    return new PlannedStatement.Query(
        Optimizer.optimize(relation.rel()), output(relation), parameters.types(), null);
  }

  static List<OutputColumn> output(Relation relation) {
    List<OutputColumn> columns = new ArrayList<>();
    for (ScopeColumn column : relation.columns()) {
      columns.add(
          new OutputColumn(
              column.name(),
              column.type(),
              column.modifier(),
              column.tableId(),
              column.columnNumber()));
    }
    return columns;
  }

  private static PlannedStatement prepare(Statement.Prepare prepare) {
    List<PgType> types = new ArrayList<>();
    for (String type : prepare.types()) {
      types.add(TypeName.parse(type, 0).type());
    }
    return new PlannedStatement.Prepare(
        prepare.name(),
        new ParsedSql(
            prepare.sql(), prepare.offset(), prepare.statement(), prepare.parameterNumbers()),
        types);
  }

  private PlannedStatement execute(Statement.Execute execute) {
    ExpressionBinder binder = new ExpressionBinder(queries, null, null, "EXECUTE");
    List<RexNode> arguments = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Expr e : binder.bindAll(execute.arguments())) {
      arguments.add(coercion.settled(e).rex());
      names.add("argument" + arguments.size());
    }
    RelNode row = plans.project(plans.oneRow(), arguments, names, null);
    return new PlannedStatement.Execute(execute.name(), Optimizer.optimize(row));
  }

  /** A table's visible columns as a relation. */
  static Relation columnsOf(QueryBinder queries, TableSchema table, List<Integer> indexes) {
    Relation scan = new FromBinder(queries, null, null).stored(table, table.name());
    List<RexNode> fields = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<ScopeColumn> columns = new ArrayList<>();
    for (int index : indexes) {
      ScopeColumn column = scan.columns().get(index);
      fields.add(queries.rex().makeInputRef(scan.rel(), index));
      names.add(column.name());
      columns.add(QueryBinder.output(column, columns.size()));
    }
    return new Relation(queries.plans().project(scan.rel(), fields, names, null), columns);
  }

  /** Column indexes of names; 42703, and 42701 for one named twice. */
  static List<Integer> indexes(TableSchema table, List<Name> names) {
    List<Integer> indexes = new ArrayList<>();
    for (Name name : names) {
      int index = index(table, name);
      if (indexes.contains(index)) {
        throw BindErrors.error(
            ErrorCode.DUPLICATE_COLUMN,
            "column \"%s\" specified more than once".formatted(name),
            name.position());
      }
      indexes.add(index);
    }
    return indexes;
  }

  static int index(TableSchema table, Name name) {
    return table
        .columnIndex(name.last())
        .orElseThrow(
            () ->
                BindErrors.error(
                    ErrorCode.UNDEFINED_COLUMN,
                    "column \"%s\" of relation \"%s\" does not exist".formatted(name, table.name()),
                    name.position()));
  }

  static PgType columnType(TableSchema table, int index) {
    return PgTypes.forColumn(table.columns().get(index).type());
  }
}
