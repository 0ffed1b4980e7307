package io.omendb.gateway.sql.bind;

import io.omendb.gateway.types.PgType;
import org.apache.calcite.rex.RexNode;
import org.jspecify.annotations.Nullable;

/**
 * A column that names can mean. {@code field} is its place in the scope's row. Not {@code visible}:
 * {@code *} leaves it out. A {@code merged} expression stands for a column of JOIN … USING; the two
 * columns behind it keep their qualified names only ({@code unqualified} false).
 */
record ScopeColumn(
    @Nullable String schema,
    @Nullable String table,
    String name,
    PgType type,
    int modifier,
    int field,
    boolean visible,
    boolean unqualified,
    @Nullable RexNode merged,
    int tableId,
    int columnNumber) {

  ScopeColumn shifted(int by) {
    return new ScopeColumn(
        schema,
        table,
        name,
        type,
        modifier,
        field + by,
        visible,
        unqualified,
        merged,
        tableId,
        columnNumber);
  }

  ScopeColumn hidden() {
    return new ScopeColumn(
        schema, table, name, type, modifier, field, false, false, merged, tableId, columnNumber);
  }

  ScopeColumn renamed(@Nullable String newTable, String newName) {
    return new ScopeColumn(
        null,
        newTable,
        newName,
        type,
        modifier,
        field,
        visible,
        unqualified,
        merged,
        tableId,
        columnNumber);
  }
}
