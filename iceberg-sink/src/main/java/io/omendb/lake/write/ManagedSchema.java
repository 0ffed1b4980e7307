package io.omendb.lake.write;

import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;

/**
 * The columns that the table was created with, which are those of its rows. Another program may
 * have added, dropped, renamed or reordered columns in the lake since: field ids stay, so files are
 * written and read by the first schema, and other readers see them through the newest.
 */
public final class ManagedSchema {

  private static final int FIRST_SCHEMA_ID = 0;

  private ManagedSchema() {}

  /** Throws FOREIGN_SCHEMA where the first schema is gone and the newest does not fit. */
  public static Schema of(Table table, RowType rowType) {
    Schema first = table.schemas().get(FIRST_SCHEMA_ID);
    Schema schema = first == null ? table.schema() : first;
    if (schema.columns().size() != rowType.getFieldCount()) {
      throw new LakeException(
          Reason.FOREIGN_SCHEMA,
          "lake table %s has %d columns, expected %d: somebody else changed them"
              .formatted(table.name(), schema.columns().size(), rowType.getFieldCount()));
    }
    return schema;
  }
}
