package io.omendb.gateway.olap;

import io.omendb.gateway.sql.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import java.util.Optional;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * How a plan's types travel through Flink: each as the storage form of its PostgreSQL type, so that a row that comes from a table, from an
 * expression or back as a result is read in one way.
 *
 * <p>Numerics need care: PostgreSQL's have a scale per value, Flink's decimals one per column. Where the scale of an expression follows from its
 * columns (sums, products) it is tracked and exact; where it depends on values (division) the type is <i>dynamic</i> and the plan is cut
 * so that the gateway computes it, see {@link PlanSplit}.
 */
final class FlinkTypes {
  private FlinkTypes() {}

  /** A value as it travels: its PostgreSQL type for datums, its column type for storage; {@code isDynamic} numerics lose their scale. */
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

  /** How values of {@code type} travel; empty for a type that has no column form (interval, arrays). */
  static Optional<Carried> carried(RelDataType type) {
    PgType pgType = RelTypes.pgType(type);
    return PgTypes.columnKind(pgType)
        .map(
            kind -> {
              if (kind != Kind.NUMERIC) {
                return new Carried(pgType, ColumnType.of(kind), false);
              }
              Optional<ColumnType> declared = RelTypes.numericColumnType(type);
              return new Carried(
                  pgType, declared.orElse(ColumnType.of(Kind.NUMERIC)), declared.isEmpty());
            });
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
