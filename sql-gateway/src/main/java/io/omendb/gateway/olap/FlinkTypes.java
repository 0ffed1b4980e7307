package io.omendb.gateway.olap;

import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.ArrayType;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.util.Map;
import java.util.Optional;
import org.apache.calcite.rel.type.RelDataType;
import org.jspecify.annotations.Nullable;

/**
 * How a plan's types travel through Flink: most as the storage form of their PostgreSQL type, so
 * that a row that comes from a table, from an expression or back as a result is read in one way;
 * what has no storage form, or loses something in it, as text.
 */
final class FlinkTypes {
  private static final Map<PgType, Kind> STORED =
      Map.ofEntries(
          Map.entry(PgTypes.BOOL, Kind.BOOLEAN),
          Map.entry(PgTypes.INT2, Kind.SMALLINT),
          Map.entry(PgTypes.INT4, Kind.INTEGER),
          Map.entry(PgTypes.INT8, Kind.BIGINT),
          Map.entry(PgTypes.FLOAT4, Kind.REAL),
          Map.entry(PgTypes.FLOAT8, Kind.DOUBLE),
          Map.entry(PgTypes.TEXT, Kind.TEXT),
          Map.entry(PgTypes.DATE, Kind.DATE),
          Map.entry(PgTypes.TIME, Kind.TIME),
          Map.entry(PgTypes.TIMESTAMP, Kind.TIMESTAMP),
          Map.entry(PgTypes.TIMESTAMPTZ, Kind.TIMESTAMPTZ),
          Map.entry(PgTypes.BYTEA, Kind.BYTEA),
          Map.entry(PgTypes.UUID, Kind.UUID));

  private FlinkTypes() {}

  /** How a table's column travels. */
  static Carried column(ColumnType type) {
    PgType pgType = PgTypes.forColumn(type);
    return type.equals(ColumnType.of(Kind.NUMERIC))
        ? Carried.rounded(pgType, type)
        : Carried.stored(pgType, type);
  }

  /**
   * How values of {@code type} travel where nothing more is known of them; empty for a type without
   * a text that gives the value back. A plan's decimal types are estimates, so a numeric is text.
   */
  static Optional<Carried> carried(RelDataType type) {
    PgType pgType;
    try {
      pgType = RelTypes.pgType(type);
    } catch (IllegalArgumentException unknown) {
      return Optional.empty();
    }
    @Nullable Kind kind = STORED.get(pgType);
    if (kind != null) {
      return Optional.of(Carried.stored(pgType, ColumnType.of(kind)));
    }
    return hasText(pgType) ? Optional.of(Carried.asText(pgType)) : Optional.empty();
  }

  private static boolean hasText(PgType type) {
    return type == PgTypes.NUMERIC
        || type == PgTypes.INTERVAL
        || (type instanceof ArrayType && PgTypes.all().contains(type));
  }

  /** As {@link #carried}, or a refusal. */
  static Carried require(RelDataType type) {
    return carried(type)
        .orElseThrow(
            () ->
                new UnsupportedPlanException(
                    "a value of type %s has no form in Flink".formatted(type.getSqlTypeName())));
  }
}
