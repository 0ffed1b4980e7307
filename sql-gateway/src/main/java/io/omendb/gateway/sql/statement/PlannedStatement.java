package io.omendb.gateway.sql.statement;

import io.omendb.gateway.types.PgType;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import java.util.Map;
import org.apache.calcite.rel.RelNode;
import org.jspecify.annotations.Nullable;

/**
 * A statement that is ready to run. Immutable; relational plans are logical, decorrelated, contain
 * no subquery expressions, and hold parameters as {@code RexDynamicParam} (index 0 is $1).
 *
 * <p>A scan's row type is the table's columns followed by one hidden column {@code $row}; system
 * tables have none. Its datum is the {@link io.omendb.jobs.serve.StoredRow} that was read, by which
 * the row is locked, updated and deleted; its type, VARBINARY, only fills the place. Scans unwrap
 * to {@link TableSchema} or {@link SystemTable}. The datum class of any other expression is that of
 * {@code RelTypes.pgType(rex.getType())}.
 */
public sealed interface PlannedStatement {

  /** The types of $1, $2, ...; every parameter has one. */
  default List<PgType> parameterTypes() {
    return List.of();
  }

  /** A statement that returns the plan's rows; {@code columns} are the plan's fields in order. */
  record Query(
      RelNode rel, List<OutputColumn> columns, List<PgType> parameterTypes, @Nullable RowLock lock)
      implements PlannedStatement {
    public Query {
      columns = List.copyOf(columns);
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /**
   * FOR UPDATE and its weaker kin on one table: the plan's rows end in that table's columns and
   * {@code $row}, beyond {@link Query#columns()}, and are locked before they are returned.
   */
  record RowLock(TableSchema table, boolean noWait, boolean skipLocked) {}

  /**
   * {@code source} yields one datum per table column, in column order, defaults filled in; values
   * are of the column's type but not yet checked against its length, precision or NOT NULL.
   */
  record Insert(
      TableSchema table,
      RelNode source,
      List<PgType> parameterTypes,
      @Nullable OnConflict onConflict,
      @Nullable Returning returning)
      implements PlannedStatement {
    public Insert {
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /** ON CONFLICT on the primary key; only DO NOTHING. */
  record OnConflict() {}

  /**
   * What RETURNING gives: {@code projection} is over a {@code LogicalValues} leaf without rows
   * whose fields are the table's columns; the executor replaces that leaf by the written rows.
   */
  record Returning(RelNode projection, List<OutputColumn> columns) {
    public Returning {
      columns = List.copyOf(columns);
    }
  }

  /**
   * {@code source} yields all old columns, {@code $row}, then one new value per entry of {@code
   * assignedColumns} (column indexes).
   */
  record Update(
      TableSchema table,
      RelNode source,
      List<Integer> assignedColumns,
      List<PgType> parameterTypes,
      @Nullable Returning returning)
      implements PlannedStatement {
    public Update {
      assignedColumns = List.copyOf(assignedColumns);
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /** {@code source} yields all old columns, then {@code $row}. */
  record Delete(
      TableSchema table, RelNode source, List<PgType> parameterTypes, @Nullable Returning returning)
      implements PlannedStatement {
    public Delete {
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /** {@code definition}'s ids and version are 0; its default expressions have been validated. */
  record CreateTable(TableSchema definition, boolean ifNotExists) implements PlannedStatement {}

  /** CREATE TABLE AS and SELECT INTO: the table, then the rows that fill it. */
  record CreateTableAs(
      TableSchema definition, boolean ifNotExists, RelNode source, List<PgType> parameterTypes)
      implements PlannedStatement {
    public CreateTableAs {
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /**
   * ALTER TABLE … ADD PRIMARY KEY: {@code definition} is the table with its key. (The rows are
   * keyed anew.)
   */
  record AddPrimaryKey(TableSchema table, TableSchema definition) implements PlannedStatement {}

  /** {@code missing} names relations that do not exist, for a notice (only with IF EXISTS). */
  record DropTable(List<TableSchema> tables, List<String> missing) implements PlannedStatement {
    public DropTable {
      tables = List.copyOf(tables);
      missing = List.copyOf(missing);
    }
  }

  record Truncate(List<TableSchema> tables) implements PlannedStatement {
    public Truncate {
      tables = List.copyOf(tables);
    }
  }

  /** {@code isolation} is lower case ("serializable"), null where the statement says nothing. */
  record Begin(@Nullable String isolation, @Nullable Boolean readOnly, @Nullable Boolean deferrable)
      implements PlannedStatement {}

  record Commit(boolean chain) implements PlannedStatement {}

  record Rollback(boolean chain) implements PlannedStatement {}

  /**
   * SET TRANSACTION ({@code session} false) and SET SESSION CHARACTERISTICS AS TRANSACTION (true).
   */
  record SetTransaction(Begin modes, boolean session) implements PlannedStatement {}

  /** Savepoint statements; {@code name} as written, folded. */
  record Savepoint(Action action, String name) implements PlannedStatement {
    public enum Action {
      DEFINE,
      RELEASE,
      ROLLBACK_TO
    }
  }

  /** {@code value} null is SET … TO DEFAULT; a list of values is joined with ", ". */
  record SetSetting(String name, @Nullable String value, boolean local)
      implements PlannedStatement {}

  /** {@code name} null is RESET ALL. */
  record ResetSetting(@Nullable String name) implements PlannedStatement {}

  /** {@code name} "all" is SHOW ALL. */
  record Show(String name) implements PlannedStatement {}

  /** {@code options} are EXPLAIN's, lower case, with their values ("analyze" to "true"). */
  record Explain(PlannedStatement statement, Map<String, String> options)
      implements PlannedStatement {
    public Explain {
      options = Map.copyOf(options);
    }

    @Override
    public List<PgType> parameterTypes() {
      return statement.parameterTypes();
    }
  }

  /**
   * COPY. From STDIN: {@code columns} are the table's column indexes in input order, and {@code
   * defaults} yields one row of one datum per table column, null or the default. To STDOUT: {@code
   * query} yields the rows.
   */
  record Copy(
      boolean from,
      @Nullable TableSchema table,
      List<Integer> columns,
      @Nullable RelNode defaults,
      @Nullable Query query,
      CopyOptions options)
      implements PlannedStatement {
    public Copy {
      columns = List.copyOf(columns);
    }
  }

  /** COPY's options, PostgreSQL's defaults filled in. {@code forceQuote} null is all columns. */
  record CopyOptions(
      Format format,
      char delimiter,
      String nullText,
      boolean header,
      char quote,
      char escape,
      boolean freeze,
      @Nullable List<String> forceQuote) {
    public enum Format {
      TEXT,
      CSV
    }
  }

  /** SQL-level PREPARE; {@code text} is the statement's own text. */
  record Prepare(String name, ParsedSql statement, List<PgType> declaredTypes)
      implements PlannedStatement {}

  /** SQL-level EXECUTE; {@code arguments} yields one row of one datum per argument. */
  record Execute(String name, RelNode arguments) implements PlannedStatement {}

  /** {@code name} null is DEALLOCATE ALL. */
  record Deallocate(@Nullable String name) implements PlannedStatement {}

  record Discard(String what) implements PlannedStatement {}

  /**
   * VACUUM, ANALYZE and CHECKPOINT, where what they ask for is looked after without being asked;
   * {@code outsideBlocks}: it is refused inside a transaction block.
   */
  record NoOperation(String tag, boolean outsideBlocks) implements PlannedStatement {}

  /** What IF EXISTS found nothing for: the tag, and what the client is told. */
  record Skipped(String tag, String notice) implements PlannedStatement {}

  /** An empty query. */
  record Empty() implements PlannedStatement {}
}
