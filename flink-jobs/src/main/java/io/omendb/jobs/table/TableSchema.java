package io.omendb.jobs.table;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * A table as of one catalog version. {@code tableId} is never reused (a truncated table gets a new
 * one). {@code primaryKey} holds column indexes in key order and is empty for a table without a
 * key, whose rows are addressed by commit sequence number and ordinal.
 */
public record TableSchema(
    int tableId,
    String namespace,
    String name,
    int schemaVersion,
    List<Column> columns,
    List<Integer> primaryKey,
    Map<String, String> options) {

  /** The option that holds the name of the primary key's constraint, where it was given one. */
  public static final String PRIMARY_KEY_NAME_OPTION = "primary_key_name";

  public TableSchema {
    columns = List.copyOf(columns);
    primaryKey = List.copyOf(primaryKey);
    options = Map.copyOf(options);
  }

  public boolean hasPrimaryKey() {
    return !primaryKey.isEmpty();
  }

  /** The name of the primary key's constraint. */
  public String primaryKeyName() {
    return options.getOrDefault(PRIMARY_KEY_NAME_OPTION, name + "_pkey");
  }

  /** The index of the column of that name, case-sensitive (the parser folds). */
  public OptionalInt columnIndex(String columnName) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(columnName)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /** The storage row type, one field per column, in column order. */
  public RowType rowType() {
    LogicalType[] types =
        columns.stream().map(c -> c.type().logicalType(c.nullable())).toArray(LogicalType[]::new);
    return RowType.of(types, columns.stream().map(Column::name).toArray(String[]::new));
  }
}
