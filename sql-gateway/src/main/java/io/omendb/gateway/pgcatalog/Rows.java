package io.omendb.gateway.pgcatalog;

import io.omendb.gateway.sql.statement.SystemTable.SystemColumn;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the rows of one system table, set by column name; what is not set is NULL. */
final class Rows {
  private final Map<String, Integer> positions = new HashMap<>();
  private final List<SystemColumn> columns;
  private final List<@Nullable Object[]> rows = new ArrayList<>();
  private @Nullable Object[] current = new Object[0];

  Rows(List<SystemColumn> columns) {
    this.columns = columns;
    for (int i = 0; i < columns.size(); i++) {
      positions.put(columns.get(i).name(), i);
    }
  }

  /** Begins a row. */
  Rows add() {
    current = new Object[columns.size()];
    rows.add(current);
    return this;
  }

  /** Sets one column of the row; integers become the column's own kind of number. */
  Rows set(String column, @Nullable Object value) {
    Integer position = positions.get(column);
    if (position == null) {
      throw new IllegalArgumentException("no column " + column);
    }
    current[position] = value == null ? null : datum(columns.get(position).type(), value);
    return this;
  }

  private static Object datum(PgType type, Object value) {
    if (!(value instanceof Number number)) {
      return value;
    }
    if (type == PgTypes.INT2) {
      return number.shortValue();
    }
    if (type == PgTypes.INT4) {
      return number.intValue();
    }
    if (type == PgTypes.FLOAT4) {
      return number.floatValue();
    }
    return type == PgTypes.FLOAT8 ? (Object) number.doubleValue() : (Object) number.longValue();
  }

  List<@Nullable Object[]> list() {
    return rows;
  }
}
