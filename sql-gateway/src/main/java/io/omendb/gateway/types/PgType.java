package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import java.time.ZoneId;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL type: its catalog facts and its value's text, binary and storage forms. Immutable;
 * one instance per type.
 *
 * <p>A value in this JVM (a <i>datum</i>) is: boolean {@link Boolean}, int2 {@link Short}, int4
 * {@link Integer}, int8 {@link Long}, float4 {@link Float}, float8 {@link Double}, numeric {@link
 * java.math.BigDecimal}, text, varchar, bpchar, name, "char" and unknown {@link String}, date
 * {@link Integer} days since 1970, time {@link Long} microseconds of the day, timestamp and
 * timestamptz {@link Long} microseconds since 1970 (UTC), interval {@link PgInterval}, bytea {@code
 * byte[]}, uuid {@link java.util.UUID}, oid and the reg types {@link Long} (unsigned 32 bits), an
 * array, int2vector and oidvector {@link java.util.List} of datums and nulls. SQL's NULL is Java's
 * null and never reaches these methods.
 */
public abstract class PgType {
  private final int oid;
  private final String name;
  private final int lengthBytes;
  private final String sqlName;
  private final char category;

  /** {@code category} is {@code pg_type.typcategory}. */
  protected PgType(int oid, String name, int lengthBytes, String sqlName, char category) {
    this.oid = oid;
    this.name = name;
    this.lengthBytes = lengthBytes;
    this.sqlName = sqlName;
    this.category = category;
  }

  /** {@code pg_type.oid}. */
  public final int oid() {
    return oid;
  }

  /** {@code pg_type.typname}. */
  public final String name() {
    return name;
  }

  /** {@code pg_type.typlen}: -1 for variable length. */
  public final int lengthBytes() {
    return lengthBytes;
  }

  /** The name that {@code format_type(oid, NULL)} and error messages show, as "integer". */
  public final String sqlName() {
    return sqlName;
  }

  /** {@code pg_type.typcategory}, as N for numbers. */
  public final char category() {
    return category;
  }

  /** Appends the text output form. {@code zone} is the session's TimeZone, used by timestamptz. */
  public abstract void appendText(StringBuilder out, Object datum, ZoneId zone);

  /**
   * Parses the text input form; INVALID_TEXT_REPRESENTATION or the type's own error, naming type
   * and input.
   */
  public abstract Object parseText(String text, ZoneId zone);

  /** Writes the binary send form, without the length word. */
  public abstract void writeBinary(ByteBuf out, Object datum);

  /**
   * Reads the binary receive form of {@code length} bytes; INVALID_BINARY_REPRESENTATION if it is
   * none. The caller has checked that {@code length} bytes are readable.
   */
  public abstract Object readBinary(ByteBuf in, int length);

  /** The datum of a stored field; null for SQL NULL. */
  public abstract @Nullable Object fromStorage(RowData row, int field, ColumnType type);

  /**
   * The storage value of a datum for a column: checks length, precision and range (22001, 22003),
   * rounds numerics, pads char(n).
   */
  public abstract Object toStorage(Object datum, ColumnType type);

  /** The text output form as a string of its own. */
  public final String text(Object datum, ZoneId zone) {
    StringBuilder out = new StringBuilder();
    appendText(out, datum, zone);
    return out.toString();
  }

  @Override
  public final String toString() {
    return name;
  }

  /** 22P02 in PostgreSQL's words. */
  protected final OmenException invalidText(String text) {
    return new OmenException(
        ErrorCode.INVALID_TEXT_REPRESENTATION,
        "invalid input syntax for type %s: \"%s\"".formatted(sqlName, text));
  }

  /** 22003 in PostgreSQL's words. */
  protected final OmenException outOfRange(String text) {
    return new OmenException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        "value \"%s\" is out of range for type %s".formatted(text, sqlName));
  }

  /** 22P03: the bytes of a binary parameter are no value of this type. */
  protected final OmenException invalidBinary(String reason) {
    return new OmenException(
        ErrorCode.INVALID_BINARY_REPRESENTATION,
        "incorrect binary data format for type %s: %s".formatted(sqlName, reason));
  }

  protected final void requireLength(int length, int expected) {
    if (length != expected) {
      throw invalidBinary("expected %d bytes, got %d".formatted(expected, length));
    }
  }

  /** For the types that no column can have. */
  protected final OmenException notStorable() {
    return new OmenException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "columns of type %s are not supported".formatted(sqlName));
  }
}
