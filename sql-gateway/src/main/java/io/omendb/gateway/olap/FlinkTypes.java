package io.omendb.gateway.olap;

import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import java.util.Optional;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.jspecify.annotations.Nullable;

/**
 * How a plan's types travel through Flink: each as the storage form of its PostgreSQL type, so that
 * a row that comes from a table, from an expression or back as a result is read in one way.
 *
 * <p>Numerics need care: PostgreSQL's have a scale per value, Flink's decimals one per column.
 * Where the scale of an expression follows from its columns (sums, products) it is tracked and
 * exact; where it depends on values (division) the type is <i>dynamic</i> and the plan is cut so
 * that the gateway computes it, see {@link PlanSplit}.
 */
final class FlinkTypes {
  private FlinkTypes() {}

  /**
   * A value as it travels: its PostgreSQL type for datums, its column type for storage; {@code
   * isDynamic} numerics lose their scale.
   */
  record Carried(PgType pgType, ColumnType columnType, boolean isDynamic) {

    LogicalType logicalType() {
      return columnType.logicalType(true);
    }

    /** The type's name in Flink SQL. */
    String sql() {
      return logicalType().asSerializableString();
    }

    Kind kind() {
      return columnType.kind();
    }

    boolean isBlankPadded() {
      return pgType == PgTypes.BPCHAR;
    }

    /** Digits before the decimal point that an integer or decimal may have; -1 for other types. */
    int integerDigits() {
      return switch (kind()) {
        case SMALLINT -> 5;
        case INTEGER -> 10;
        case BIGINT -> 19;
        case NUMERIC -> columnType.precision() - columnType.scale();
        default -> -1;
      };
    }

    int scale() {
      return kind() == Kind.NUMERIC ? columnType.scale() : 0;
    }

    boolean isExactNumber() {
      return integerDigits() >= 0 && !isDynamic;
    }
  }

  /** How a table's column travels. */
  static Carried column(ColumnType type) {
    return new Carried(PgTypes.forColumn(type), type, false);
  }

  /**
   * How values of {@code type} travel where nothing more is known of them; empty for a type that
   * has no column form (interval, arrays). A plan's decimal types are estimates, so a numeric is
   * dynamic here.
   */
  static Optional<Carried> carried(RelDataType type) {
    PgType pgType = RelTypes.pgType(type);
    Kind kind = kind(pgType);
    return kind == null
        ? Optional.empty()
        : Optional.of(new Carried(pgType, ColumnType.of(kind), kind == Kind.NUMERIC));
  }

  private static @Nullable Kind kind(PgType type) {
    if (type == PgTypes.BOOL) {
      return Kind.BOOLEAN;
    } else if (type == PgTypes.INT2) {
      return Kind.SMALLINT;
    } else if (type == PgTypes.INT4) {
      return Kind.INTEGER;
    } else if (type == PgTypes.INT8) {
      return Kind.BIGINT;
    } else if (type == PgTypes.FLOAT4) {
      return Kind.REAL;
    } else if (type == PgTypes.FLOAT8) {
      return Kind.DOUBLE;
    } else if (type == PgTypes.NUMERIC) {
      return Kind.NUMERIC;
    } else if (type == PgTypes.TEXT) {
      return Kind.TEXT;
    } else if (type == PgTypes.DATE) {
      return Kind.DATE;
    } else if (type == PgTypes.TIME) {
      return Kind.TIME;
    } else if (type == PgTypes.TIMESTAMP) {
      return Kind.TIMESTAMP;
    } else if (type == PgTypes.TIMESTAMPTZ) {
      return Kind.TIMESTAMPTZ;
    } else if (type == PgTypes.BYTEA) {
      return Kind.BYTEA;
    }
    return type == PgTypes.UUID ? Kind.UUID : null;
  }

  /** As {@link #carried}, or a refusal. */
  static Carried require(RelDataType type) {
    return carried(type)
        .orElseThrow(
            () ->
                new UnsupportedPlanException(
                    "a value of type " + RelTypes.pgType(type).name() + " has no form in Flink"));
  }

  static Carried decimal(int integerDigits, int scale) {
    int boundedScale = Math.min(scale, ColumnType.NUMERIC_PRECISION_MAX);
    int precision =
        Math.max(1, Math.min(integerDigits + boundedScale, ColumnType.NUMERIC_PRECISION_MAX));
    return new Carried(
        PgTypes.NUMERIC, new ColumnType(Kind.NUMERIC, 0, precision, boundedScale), false);
  }

  /** The type of a numeric constant: exactly its own digits. */
  static Carried constant(BigDecimal value) {
    int scale = Math.max(0, value.scale());
    int integerDigits = Math.max(1, value.precision() - value.scale());
    if (integerDigits + scale > ColumnType.NUMERIC_PRECISION_MAX) {
      throw new UnsupportedPlanException(
          "the number " + value + " has more than 38 digits, which Flink cannot hold");
    }
    return decimal(integerDigits, scale);
  }
}
