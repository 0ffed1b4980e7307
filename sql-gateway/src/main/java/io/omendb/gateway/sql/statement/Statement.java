package io.omendb.gateway.sql.statement;

import java.util.List;
import java.util.Map;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/** A statement's syntax tree; names are folded, positions are in the whole query string. */
public sealed interface Statement {

  /** A name of one to three parts. {@code position} is 1-based. */
  record Name(List<String> parts, int position) {
    public Name {
      parts = List.copyOf(parts);
    }

    public String last() {
      return parts.get(parts.size() - 1);
    }

    @Override
    public String toString() {
      return String.join(".", parts);
    }
  }

  record Query(SqlNode query, @Nullable Locking locking) implements Statement {}

  /** FOR UPDATE and its kin; {@code of} is null for all tables. */
  record Locking(
      String strength,
      @Nullable List<String> of,
      boolean noWait,
      boolean skipLocked,
      int position) {}

  /** {@code source} null is DEFAULT VALUES; {@code columns} null is all of them. */
  record Insert(
      Name table,
      @Nullable String alias,
      @Nullable List<Name> columns,
      @Nullable SqlNode source,
      @Nullable ConflictAction onConflict,
      @Nullable SqlNodeList returning)
      implements Statement {}

  /** ON CONFLICT (columns) DO NOTHING; {@code columns} null for any conflict. */
  record ConflictAction(@Nullable List<Name> columns) {}

  /** {@code value} null is DEFAULT. */
  record Assignment(Name column, @Nullable SqlNode value) {}

  record Update(
      Name table,
      @Nullable String alias,
      List<Assignment> assignments,
      @Nullable SqlNode from,
      @Nullable SqlNode where,
      @Nullable SqlNodeList returning)
      implements Statement {}

  record Delete(
      Name table,
      @Nullable String alias,
      @Nullable SqlNode using,
      @Nullable SqlNode where,
      @Nullable SqlNodeList returning)
      implements Statement {}

  /** {@code defaultText} is the expression's own text. */
  record ColumnDefinition(
      Name name,
      String type,
      int typePosition,
      boolean notNull,
      boolean primaryKey,
      @Nullable SqlNode defaultValue,
      @Nullable String defaultText) {}

  record CreateTable(
      Name name,
      boolean ifNotExists,
      List<ColumnDefinition> columns,
      List<Name> primaryKey,
      @Nullable String primaryKeyName,
      Map<String, String> options)
      implements Statement {}

  record CreateTableAs(
      Name name, boolean ifNotExists, @Nullable List<Name> columns, SqlNode query, boolean withData)
      implements Statement {}

  record AddPrimaryKey(
      Name table, boolean ifExists, List<Name> columns, @Nullable String primaryKeyName)
      implements Statement {}

  /** VACUUM and ANALYZE of these tables, or of all where there are none. */
  record Maintenance(String tag, List<Name> tables, boolean outsideBlocks) implements Statement {
    public Maintenance {
      tables = List.copyOf(tables);
    }
  }

  record DropTable(List<Name> names, boolean ifExists) implements Statement {}

  record Truncate(List<Name> names) implements Statement {}

  record Explain(Statement statement, Map<String, String> options) implements Statement {}

  record Copy(
      boolean from,
      @Nullable Name table,
      @Nullable List<Name> columns,
      @Nullable SqlNode query,
      PlannedStatement.CopyOptions options)
      implements Statement {}

  record Execute(String name, List<SqlNode> arguments) implements Statement {}

  /** A statement that needs no planning. */
  record Ready(PlannedStatement plan) implements Statement {}

  /** PREPARE: {@code types} are the declared types' names. */
  record Prepare(
      String name,
      List<String> types,
      String sql,
      int offset,
      Statement statement,
      Map<Integer, Integer> parameterNumbers)
      implements Statement {}
}
