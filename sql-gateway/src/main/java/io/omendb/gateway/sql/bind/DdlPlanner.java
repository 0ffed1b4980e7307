package io.omendb.gateway.sql.bind;

import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.gateway.sql.statement.Statement;
import io.omendb.gateway.sql.statement.Statement.ColumnDefinition;
import io.omendb.gateway.sql.statement.Statement.Name;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.runtime.LakeSchemas;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/** CREATE, DROP, TRUNCATE, ALTER, COPY and VACUUM. */
final class DdlPlanner {
  private static final int COLUMNS_MAX = 1_600;

  private final QueryBinder queries;
  private final Tables tables;

  DdlPlanner(QueryBinder queries) {
    this.queries = queries;
    this.tables = queries.tables();
  }

  PlannedStatement plan(Statement statement) {
    if (statement instanceof Statement.CreateTable create) {
      return create(create);
    } else if (statement instanceof Statement.CreateTableAs create) {
      return createAs(create);
    } else if (statement instanceof Statement.DropTable drop) {
      return drop(drop);
    } else if (statement instanceof Statement.Truncate truncate) {
      List<TableSchema> truncated = new ArrayList<>();
      for (Name name : truncate.names()) {
        truncated.add(tables.require(name.parts(), name.position()));
      }
      return new PlannedStatement.Truncate(truncated);
    } else if (statement instanceof Statement.AddPrimaryKey add) {
      return addPrimaryKey(add);
    } else if (statement instanceof Statement.Copy copy) {
      return copy(copy);
    } else if (statement instanceof Statement.Maintenance maintenance) {
      for (Name name : maintenance.tables()) {
        if (tables.findSystem(name.parts()).isEmpty()) {
          tables.require(name.parts(), name.position());
        }
      }
      return new PlannedStatement.NoOperation(maintenance.tag(), maintenance.outsideBlocks());
    }
    throw new IllegalArgumentException("no DDL: " + statement);
  }

  private PlannedStatement create(Statement.CreateTable create) {
    String namespace = tables.creationNamespace(create.name().parts(), create.name().position());
    List<Column> columns = new ArrayList<>();
    List<Name> key = new ArrayList<>(create.primaryKey());
    for (ColumnDefinition definition : create.columns()) {
      if (definition.primaryKey()) {
        if (!key.isEmpty()) {
          throw BindErrors.error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "multiple primary keys for table \"%s\" are not allowed"
                  .formatted(create.name().last()),
              definition.name().position());
        }
        key.add(definition.name());
      }
    }
    Set<String> names = new HashSet<>();
    for (ColumnDefinition definition : create.columns()) {
      if (!names.add(definition.name().last())) {
        throw duplicateColumn(definition.name());
      }
      columns.add(column(definition, columns.size() + 1, key));
    }
    checkCount(columns, create.name());
    TableSchema definition =
        new TableSchema(
            0,
            namespace,
            create.name().last(),
            0,
            columns,
            keyIndexes(columns, key),
            options(create, !key.isEmpty()));
    return new PlannedStatement.CreateTable(definition, create.ifNotExists());
  }

  private static void checkCount(List<Column> columns, Name name) {
    if (columns.isEmpty()) {
      throw BindErrors.notSupported("a table without columns", name.position());
    }
    if (columns.size() > COLUMNS_MAX) {
      throw BindErrors.error(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "tables can have at most %d columns".formatted(COLUMNS_MAX),
          name.position());
    }
  }

  private static SqlException duplicateColumn(Name name) {
    return BindErrors.error(
        ErrorCode.DUPLICATE_COLUMN,
        "column \"%s\" specified more than once".formatted(name),
        name.position());
  }

  private Column column(ColumnDefinition definition, int id, List<Name> key) {
    ColumnType type =
        TypeName.parse(definition.type(), definition.typePosition())
            .columnType(definition.typePosition());
    String name = definition.name().last();
    SqlNode defaultValue = definition.defaultValue();
    if (defaultValue != null) {
      new Defaults(queries).bound(defaultValue, name, PgTypes.forColumn(type));
    }
    boolean inKey = key.stream().anyMatch(k -> k.last().equals(name));
    return new Column(id, name, type, !definition.notNull() && !inKey, definition.defaultText());
  }

  private static List<Integer> keyIndexes(List<Column> columns, List<Name> key) {
    List<Integer> indexes = new ArrayList<>();
    for (Name name : key) {
      int index = -1;
      for (int i = 0; i < columns.size(); i++) {
        index = columns.get(i).name().equals(name.last()) ? i : index;
      }
      if (index < 0) {
        throw BindErrors.error(
            ErrorCode.UNDEFINED_COLUMN,
            "column \"%s\" named in key does not exist".formatted(name),
            name.position());
      }
      if (indexes.contains(index)) {
        throw BindErrors.error(
            ErrorCode.DUPLICATE_COLUMN,
            "column \"%s\" appears twice in primary key constraint".formatted(name),
            name.position());
      }
      indexes.add(index);
    }
    return indexes;
  }

  /** Ours are kept, under one spelling. */
  private static Map<String, String> options(Statement.CreateTable create, boolean hasKey) {
    Map<String, String> options = new HashMap<>();
    if (hasKey && create.primaryKeyName() != null) {
      options.put(TableSchema.PRIMARY_KEY_NAME_OPTION, create.primaryKeyName());
    }
    create
        .options()
        .forEach(
            (given, value) -> {
              String name = given.replace('-', '_');
              if (name.equals(LakeSchemas.FORMAT_VERSION_OPTION)) {
                LakeSchemas.checkFormatVersion(value);
                options.put(name, value);
              } else if (!StorageParameters.isKnown(given, value, create.name().position())) {
                throw BindErrors.error(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "unrecognized parameter \"%s\"".formatted(given),
                    create.name().position());
              }
            });
    return options;
  }

  private PlannedStatement createAs(Statement.CreateTableAs create) {
    String namespace = tables.creationNamespace(create.name().parts(), create.name().position());
    Relation relation = queries.query(create.query(), null, null);
    List<Column> columns = new ArrayList<>();
    List<Name> names = create.columns();
    if (names != null && names.size() > relation.columns().size()) {
      throw BindErrors.error(
          ErrorCode.SYNTAX_ERROR, "too many column names were specified", create.name().position());
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < relation.columns().size(); i++) {
      ScopeColumn column = relation.columns().get(i);
      String name = names != null && i < names.size() ? names.get(i).last() : column.name();
      if (!seen.add(name)) {
        throw duplicateColumn(new Name(List.of(name), create.name().position()));
      }
      columns.add(new Column(i + 1, name, columnType(column), true, null));
    }
    checkCount(columns, create.name());
    TableSchema definition =
        new TableSchema(0, namespace, create.name().last(), 0, columns, List.of(), Map.of());
    RelNode source =
        create.withData()
            ? relation.rel()
            : queries.plans().filter(relation.rel(), queries.rex().makeLiteral(false), null);
    return new PlannedStatement.CreateTableAs(
        definition, create.ifNotExists(), Optimizer.optimize(source), queries.parameters().types());
  }

  private static ColumnType columnType(ScopeColumn column) {
    int modifier = column.modifier() - 4;
    List<Integer> modifiers = List.of();
    if (column.modifier() >= 4) {
      modifiers =
          column.type() == PgTypes.NUMERIC
              ? List.of(modifier >> 16 & 0xFFFF, modifier & 0xFFFF)
              : List.of(modifier);
    }
    return new TypeName(column.type(), modifiers).columnType(0);
  }

  private PlannedStatement drop(Statement.DropTable drop) {
    List<TableSchema> dropped = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Name name : drop.names()) {
      TableSchema table = tables.find(name.parts());
      if (table == null && tables.findSystem(name.parts()).isPresent()) {
        tables.require(name.parts(), name.position());
      }
      if (table != null) {
        if (!dropped.contains(table)) {
          dropped.add(table);
        }
      } else if (drop.ifExists()) {
        missing.add(name.last());
      } else {
        throw BindErrors.error(
            ErrorCode.UNDEFINED_TABLE,
            "table \"%s\" does not exist".formatted(name.last()),
            name.position());
      }
    }
    return new PlannedStatement.DropTable(dropped, missing);
  }

  private PlannedStatement addPrimaryKey(Statement.AddPrimaryKey add) {
    if (add.ifExists()
        && tables.find(add.table().parts()) == null
        && tables.findSystem(add.table().parts()).isEmpty()) {
      return new PlannedStatement.Skipped(
          "ALTER TABLE", "relation \"%s\" does not exist, skipping".formatted(add.table().last()));
    }
    TableSchema table = tables.require(add.table().parts(), add.table().position());
    if (table.hasPrimaryKey()) {
      throw BindErrors.error(
          ErrorCode.INVALID_TABLE_DEFINITION,
          "multiple primary keys for table \"%s\" are not allowed".formatted(table.name()),
          add.table().position());
    }
    List<Integer> key = keyIndexes(table.columns(), add.columns());
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < table.columns().size(); i++) {
      Column column = table.columns().get(i);
      columns.add(
          key.contains(i)
              ? new Column(
                  column.id(), column.name(), column.type(), false, column.defaultExpression())
              : column);
    }
    Map<String, String> options = new HashMap<>(table.options());
    if (add.primaryKeyName() != null) {
      options.put(TableSchema.PRIMARY_KEY_NAME_OPTION, add.primaryKeyName());
    }
    TableSchema definition =
        new TableSchema(0, table.namespace(), table.name(), 0, columns, key, options);
    return new PlannedStatement.AddPrimaryKey(table, definition);
  }

  private PlannedStatement copy(Statement.Copy copy) {
    Name name = copy.table();
    if (name == null) {
      SqlNode query = copy.query();
      if (query == null) {
        throw new IllegalArgumentException("COPY has a table or a query");
      }
      Relation relation = queries.query(query, null, null);
      return new PlannedStatement.Copy(
          false, null, List.of(), null, planned(relation), copy.options());
    }
    TableSchema table = tables.require(name.parts(), name.position());
    List<Integer> columns = new ArrayList<>();
    if (copy.columns() != null) {
      columns.addAll(StatementPlanner.indexes(table, copy.columns()));
    } else {
      for (int i = 0; i < table.columns().size(); i++) {
        columns.add(i);
      }
    }
    if (!copy.from()) {
      Relation relation = StatementPlanner.columnsOf(queries, table, columns);
      return new PlannedStatement.Copy(
          false, table, columns, null, planned(relation), copy.options());
    }
    return new PlannedStatement.Copy(true, table, columns, defaultRow(table), null, copy.options());
  }

  private PlannedStatement.Query planned(Relation relation) {
    return new PlannedStatement.Query(
        Optimizer.optimize(relation.rel()),
        StatementPlanner.output(relation),
        queries.parameters().types(),
        null);
  }

  private @Nullable RelNode defaultRow(TableSchema table) {
    Defaults defaults = new Defaults(queries);
    List<RexNode> fields = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Column column : table.columns()) {
      fields.add(defaults.of(column));
      names.add(column.name());
    }
    return queries.plans().project(queries.plans().oneRow(), fields, names, null);
  }
}
