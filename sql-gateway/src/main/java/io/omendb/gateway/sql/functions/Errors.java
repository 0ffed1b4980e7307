package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;

/** The errors that functions raise, in PostgreSQL's words. */
public final class Errors {
  private Errors() {}

  public static OmenException outOfRange(PgType type) {
    return new OmenException(
        type.name().equals("interval")
            ? ErrorCode.DATETIME_FIELD_OVERFLOW
            : ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        switch (type.name()) {
          case "float4", "float8" -> "value out of range: overflow";
          case "numeric" -> "value overflows numeric format";
          case "oid" -> "OID out of range";
          default -> type.sqlName() + " out of range";
        });
  }

  public static OmenException divisionByZero() {
    return new OmenException(ErrorCode.DIVISION_BY_ZERO, "division by zero");
  }

  public static OmenException underflow() {
    return new OmenException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
  }

  public static OmenException timestampOutOfRange() {
    return new OmenException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range");
  }

  public static OmenException invalidParameter(String message) {
    return new OmenException(ErrorCode.INVALID_PARAMETER_VALUE, message);
  }

  public static OmenException notSupported(String what) {
    return new OmenException(ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported");
  }
}
