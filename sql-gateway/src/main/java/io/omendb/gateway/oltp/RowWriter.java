package io.omendb.gateway.oltp;

import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.Column;
import io.omendb.jobs.table.TableSchema;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** Turns datums into a table's stored rows, checking NOT NULL, lengths and ranges. Immutable. */
public final class RowWriter {
  private final TableSchema table;
  private final Column[] columns;
  private final PgType[] types;
  private final RowData.FieldGetter[] getters;

  public RowWriter(TableSchema table) {
    this.table = table;
    List<Column> all = table.columns();
    columns = all.toArray(new Column[0]);
    types = new PgType[columns.length];
    getters = new RowData.FieldGetter[columns.length];
    for (int i = 0; i < columns.length; i++) {
      types[i] = PgTypes.forColumn(columns[i].type());
      getters[i] =
          RowData.createFieldGetter(columns[i].type().logicalType(columns[i].nullable()), i);
    }
  }

  /** The stored row of one datum per column. */
  public RowData row(@Nullable Object[] datums) {
    GenericRowData row = new GenericRowData(columns.length);
    for (int i = 0; i < columns.length; i++) {
      row.setField(i, storage(i, datums[i]));
    }
    return row;
  }

  /** The old row with new datums in the assigned columns. */
  RowData updated(RowData old, List<Integer> assigned, @Nullable Object[] source, int offset) {
    GenericRowData row = new GenericRowData(columns.length);
    for (int i = 0; i < columns.length; i++) {
      row.setField(i, getters[i].getFieldOrNull(old));
    }
    for (int i = 0; i < assigned.size(); i++) {
      int column = assigned.get(i);
      row.setField(column, storage(column, source[offset + i]));
    }
    return row;
  }

  /** The datums of a stored row, as written. */
  @Nullable Object[] datums(RowData row) {
    @Nullable Object[] datums = new Object[columns.length];
    for (int i = 0; i < columns.length; i++) {
      datums[i] = types[i].fromStorage(row, i, columns[i].type());
    }
    return datums;
  }

  private @Nullable Object storage(int index, @Nullable Object datum) {
    if (datum == null) {
      if (!columns[index].nullable()) {
        throw new OmenException(
            ErrorCode.NOT_NULL_VIOLATION,
            "null value in column \"%s\" of relation \"%s\" violates not-null constraint"
                .formatted(columns[index].name(), table.name()));
      }
      return null;
    }
    return types[index].toStorage(datum, columns[index].type());
  }
}
