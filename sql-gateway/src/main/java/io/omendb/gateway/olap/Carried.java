package io.omendb.gateway.olap;

import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.VarCharType;
import org.jspecify.annotations.Nullable;

/**
 * A value as it travels through Flink: as a datum of {@code pgType} in {@code form}. What Flink may
 * do with it by itself, beyond passing it on, is told by {@link #hasExactEquality()} and {@link
 * #hasExactOrder()}: only where it does as PostgreSQL does.
 *
 * @param columnType the storage type; for {@link Form#TEXT} it is text
 */
record Carried(PgType pgType, ColumnType columnType, Form form) {

  /** How the datum is laid out. */
  enum Form {
    /** As a table stores it. */
    STORAGE,
    /**
     * As the lake stores a numeric without precision: without its display scale, and rounded. What
     * reads the value is not Flink's; what passes by it, or counts it, may be.
     */
    ROUNDED,
    /** Its PostgreSQL text: Flink passes it on and nothing else. */
    TEXT
  }

  static Carried stored(PgType pgType, ColumnType columnType) {
    return new Carried(pgType, columnType, Form.STORAGE);
  }

  static Carried rounded(PgType pgType, ColumnType columnType) {
    return new Carried(pgType, columnType, Form.ROUNDED);
  }

  static Carried asText(PgType pgType) {
    return new Carried(pgType, ColumnType.of(Kind.TEXT), Form.TEXT);
  }

  LogicalType logicalType() {
    return form == Form.TEXT
        ? new VarCharType(true, VarCharType.MAX_LENGTH)
        : columnType.logicalType(true);
  }

  /** The type's name in Flink SQL. */
  String sql() {
    return logicalType().asSerializableString();
  }

  Kind kind() {
    return columnType.kind();
  }

  boolean isText() {
    return form == Form.TEXT;
  }

  /** This, or a refusal where the value has been rounded. */
  Carried requireExact() {
    if (form == Form.ROUNDED) {
      throw new UnsupportedPlanException(
          "a column of type numeric without a precision loses its display scale in the lake");
    }
    return this;
  }

  /**
   * Whether Flink finds two values equal exactly where PostgreSQL does: not for floats (its -0 and
   * 0 differ in bytes, its NaN does not equal itself), nor for numerics that have a scale each.
   */
  boolean hasExactEquality() {
    if (isText()) {
      return false;
    }
    return switch (kind()) {
      case BOOLEAN, SMALLINT, INTEGER, BIGINT, TEXT, VARCHAR, CHAR -> true;
      case DATE, TIME, TIMESTAMP, TIMESTAMPTZ, BYTEA, UUID -> true;
      case NUMERIC -> isExactNumber();
      case REAL, DOUBLE -> false;
    };
  }

  /** Whether Flink sorts values, and finds the least and the greatest, as PostgreSQL does. */
  boolean hasExactOrder() {
    return hasExactEquality() && kind() != Kind.BYTEA && kind() != Kind.UUID;
  }

  boolean isInteger() {
    return !isText()
        && (kind() == Kind.SMALLINT || kind() == Kind.INTEGER || kind() == Kind.BIGINT);
  }

  boolean isString() {
    return !isText() && (kind() == Kind.TEXT || kind() == Kind.VARCHAR || kind() == Kind.CHAR);
  }

  /** An integer, or a numeric all of whose values have the type's scale. */
  boolean isExactNumber() {
    return digits() != null;
  }

  /** The digits of an exact number; null for all else. */
  @Nullable Digits digits() {
    if (isText()) {
      return null;
    }
    return switch (kind()) {
      case SMALLINT -> Digits.INT2;
      case INTEGER -> Digits.INT4;
      case BIGINT -> Digits.INT8;
      case NUMERIC ->
          form == Form.ROUNDED
              ? null
              : new Digits(columnType.precision() - columnType.scale(), columnType.scale());
      default -> null;
    };
  }

  /** The datum in a field that is not null. */
  @Nullable Object datum(RowData row, int field) {
    return isText()
        ? pgType.parseText(row.getString(field).toString(), ZoneOffset.UTC)
        : pgType.fromStorage(row, field, columnType);
  }

  /** The field's value for a datum; FEATURE_NOT_SUPPORTED for a number that would be rounded. */
  Object internal(Object datum) {
    if (isText()) {
      return StringData.fromString(pgType.text(datum, ZoneOffset.UTC));
    }
    if (datum instanceof BigDecimal number && !holds(number)) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "a Flink job carries a number here with %d digits, %d of them decimals, and cannot carry %s: SET omendb.route = 'state'"
              .formatted(columnType.precision(), columnType.scale(), abbreviated(number)));
    }
    return pgType.toStorage(datum, columnType);
  }

  private boolean holds(BigDecimal number) {
    return number.scale() == columnType.scale() && number.precision() <= columnType.precision();
  }

  private static String abbreviated(BigDecimal number) {
    String text = number.toPlainString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
