package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
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
 * java.math.BigDecimal}, text, varchar and bpchar {@link String}, date {@link Integer} days since
 * 1970, time {@link Long} microseconds of the day, timestamp and timestamptz {@link Long}
 * microseconds since 1970 (UTC), interval {@code PgInterval}, bytea {@code byte[]}, uuid {@link
 * java.util.UUID}. SQL's NULL is Java's null and never reaches these methods.
 */
public abstract class PgType {
  private final int oid;
  private final String name;
  private final int lengthBytes;

  protected PgType(int oid, String name, int lengthBytes) {
    this.oid = oid;
    this.name = name;
    this.lengthBytes = lengthBytes;
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
   * none.
   */
  public abstract Object readBinary(ByteBuf in, int length);

  /** The datum of a stored field; null for SQL NULL. */
  public abstract @Nullable Object fromStorage(RowData row, int field, ColumnType type);

  /**
   * The storage value of a datum for a column: checks length, precision and range (22001, 22003),
   * rounds numerics, pads char(n).
   */
  public abstract Object toStorage(Object datum, ColumnType type);
}
