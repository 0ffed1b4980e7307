package io.omendb.gateway.olap;

import io.omendb.gateway.sql.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import java.util.Optional;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * How a plan's types travel through Flink: each as the storage form of the PostgreSQL type, so that a row that comes from a table, from an
 * expression or back as a result is read in one way.
 */
final class FlinkTypes {
  private FlinkTypes() {}

  /** A plan type as it travels: its PostgreSQL type for datums, its column type for storage. */
  record Carried(PgType pgType, ColumnType columnType) {

    LogicalType logicalType() {
      return columnType.logicalType(true);
    }

    /** The type's name in Flink SQL. */
    String sql() {
      return logicalType().asSerializableString();
    }

    boolean isNumeric() {
      return columnType.kind() == ColumnType.Kind.NUMERIC;
    }
  }

  /** How values of {@code type} travel; empty for a type that has no column form (interval, arrays). */
  static Optional<Carried> carried(RelDataType type) {
    return carried(RelTypes.pgType(type), type);
  }

  private static Optional<Carried> carried(PgType pgType, RelDataType type) {
    return PgTypes.columnKind(pgType)
        .map(
            kind ->
                new Carried(
                    pgType,
                    kind == ColumnType.Kind.NUMERIC && hasFixedScale(type)
                        ? new ColumnType(kind, 0, type.getPrecision(), type.getScale())
                        : ColumnType.of(kind == ColumnType.Kind.CHAR ? ColumnType.Kind.TEXT : kind)));
  }

  /** Whether a numeric's scale is known when planned; Flink's decimals have one scale per column, PostgreSQL's one per value. */
  static boolean hasFixedScale(RelDataType type) {
    return RelTypes.isConstrainedNumeric(type)
        && type.getPrecision() <= ColumnType.NUMERIC_PRECISION_MAX;
  }
}
