package io.omendb.jobs.table;

import java.util.Objects;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.SmallIntType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * A column's PostgreSQL type, and how its values are stored as Flink {@code RowData} fields.
 *
 * <p>{@code length} is n of varchar(n) and char(n), 0 for unlimited; {@code precision} and {@code
 * scale} are numeric's. A numeric without both is stored as DECIMAL(38, 16), with its exact value
 * in {@link StoredNumerics}.
 */
public record ColumnType(Kind kind, int length, int precision, int scale) {

  /** PostgreSQL's types as far as a column can have them. */
  public enum Kind {
    BOOLEAN,
    SMALLINT,
    INTEGER,
    BIGINT,
    REAL,
    DOUBLE,
    NUMERIC,
    TEXT,
    VARCHAR,
    CHAR,
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    BYTEA,
    UUID
  }

  public static final int NUMERIC_PRECISION_MAX = 38;
  public static final int NUMERIC_SCALE_DEFAULT = 16;

  /** The length that tells a declared numeric(38, 16) from an unconstrained one. */
  private static final int DECLARED = 1;

  public ColumnType {
    Objects.requireNonNull(kind, "kind");
    if (kind == Kind.NUMERIC
        && (precision < 1 || precision > NUMERIC_PRECISION_MAX || scale < 0 || scale > precision)) {
      throw new IllegalArgumentException(
          "numeric precision must be 1 to 38 and scale 0 to precision, got (%d, %d)"
              .formatted(precision, scale));
    }
  }

  /** numeric(precision, scale) as it was declared. */
  public static ColumnType numeric(int precision, int scale) {
    boolean likeUnconstrained =
        precision == NUMERIC_PRECISION_MAX && scale == NUMERIC_SCALE_DEFAULT;
    return new ColumnType(Kind.NUMERIC, likeUnconstrained ? DECLARED : 0, precision, scale);
  }

  /** Whether it is a numeric without precision and scale, whose values keep their own. */
  public boolean isUnconstrainedNumeric() {
    return equals(of(Kind.NUMERIC));
  }

  /** A type without parameters; an unconstrained numeric gets its storage precision and scale. */
  public static ColumnType of(Kind kind) {
    return kind == Kind.NUMERIC
        ? new ColumnType(kind, 0, NUMERIC_PRECISION_MAX, NUMERIC_SCALE_DEFAULT)
        : new ColumnType(kind, 0, 0, 0);
  }

  /**
   * The storage type. TIME is a BIGINT of microseconds of the day (Flink's own TIME has
   * milliseconds only), UUID a BINARY(16), char(n) a string blank-padded to n.
   */
  public LogicalType logicalType(boolean nullable) {
    return switch (kind) {
      case BOOLEAN -> new BooleanType(nullable);
      case SMALLINT -> new SmallIntType(nullable);
      case INTEGER -> new IntType(nullable);
      case BIGINT, TIME -> new BigIntType(nullable);
      case REAL -> new FloatType(nullable);
      case DOUBLE -> new DoubleType(nullable);
      case NUMERIC -> new DecimalType(nullable, precision, scale);
      case TEXT, VARCHAR, CHAR -> new VarCharType(nullable, VarCharType.MAX_LENGTH);
      case DATE -> new DateType(nullable);
      case TIMESTAMP -> new TimestampType(nullable, 6);
      case TIMESTAMPTZ -> new LocalZonedTimestampType(nullable, 6);
      case BYTEA -> new VarBinaryType(nullable, VarBinaryType.MAX_LENGTH);
      case UUID -> new BinaryType(nullable, 16);
    };
  }
}
