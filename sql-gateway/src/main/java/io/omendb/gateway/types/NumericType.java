package io.omendb.gateway.types;

import io.netty.buffer.ByteBuf;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.StoredNumerics;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.ZoneId;
import java.util.Locale;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * {@code numeric}. The datum's scale is PostgreSQL's display scale and never negative. NaN and the
 * infinities have no place in a BigDecimal and are refused (0A000).
 *
 * <p>Binary form, 16-bit words: digit count, weight of the first digit, sign, display scale, then
 * base-10000 digits, most significant first.
 */
final class NumericType extends PgType {
  private static final int INTEGER_DIGITS_MAX = 131_072;
  private static final int SCALE_MAX = 16_383;
  private static final int POSITIVE = 0x0000;
  private static final int NEGATIVE = 0x4000;
  private static final BigInteger BASE = BigInteger.valueOf(10_000);

  NumericType() {
    super(1700, "numeric", -1, "numeric", 'N');
  }

  @Override
  public void appendText(StringBuilder out, Object datum, ZoneId zone) {
    out.append(((BigDecimal) datum).toPlainString());
  }

  @Override
  public Object parseText(String text, ZoneId zone) {
    String word = text.strip();
    switch (word.toLowerCase(Locale.ROOT)) {
      case "nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity":
        throw notFinite(word);
      default:
        break;
    }
    if (!Float8Type.isDecimal(word)) {
      throw invalidText(text);
    }
    BigDecimal value;
    try {
      value = new BigDecimal(word);
    } catch (NumberFormatException exponentTooLarge) {
      throw overflow();
    }
    // Checked before any digit is written out: 1e1000000000 is ten characters.
    if ((long) value.precision() - value.scale() > INTEGER_DIGITS_MAX
        || value.scale() > SCALE_MAX) {
      throw overflow();
    }
    return value.scale() < 0 ? value.setScale(0) : value;
  }

  @Override
  public void writeBinary(ByteBuf out, Object datum) {
    BigDecimal value = (BigDecimal) datum;
    int scale = Math.max(value.scale(), 0);
    // A multiple of four fraction digits, so that base-10000 digits align with the point.
    int alignedScale = (scale + 3) / 4 * 4;
    BigInteger unscaled = value.setScale(alignedScale).unscaledValue().abs();
    short[] digits = base10000(unscaled);
    int weight = digits.length - 1 - alignedScale / 4;
    int end = digits.length;
    while (end > 0 && digits[end - 1] == 0) {
      end--;
    }
    out.writeShort(end);
    out.writeShort(end == 0 ? 0 : weight);
    out.writeShort(value.signum() < 0 ? NEGATIVE : POSITIVE);
    out.writeShort(scale);
    for (int i = 0; i < end; i++) {
      out.writeShort(digits[i]);
    }
  }

  /** Most significant first; none for zero. */
  private static short[] base10000(BigInteger value) {
    if (value.bitLength() < 64) {
      long rest = value.longValue();
      int count = 0;
      for (long v = rest; v != 0; v /= 10_000) {
        count++;
      }
      short[] digits = new short[count];
      for (int i = count - 1; i >= 0; i--) {
        digits[i] = (short) (rest % 10_000);
        rest /= 10_000;
      }
      return digits;
    }
    String decimal = value.toString();
    int count = (decimal.length() + 3) / 4;
    short[] digits = new short[count];
    int from = 0;
    int to = decimal.length() - (count - 1) * 4;
    for (int i = 0; i < count; i++) {
      digits[i] = Short.parseShort(decimal.substring(from, to));
      from = to;
      to += 4;
    }
    return digits;
  }

  @Override
  public Object readBinary(ByteBuf in, int length) {
    if (length < 8) {
      throw invalidBinary("expected at least 8 bytes, got " + length);
    }
    int count = in.readUnsignedShort();
    int weight = in.readShort();
    int sign = in.readUnsignedShort();
    int scale = in.readUnsignedShort();
    if (sign == 0xC000 || sign == 0xD000 || sign == 0xF000) {
      in.skipBytes(length - 8);
      throw notFinite(sign == 0xC000 ? "NaN" : sign == 0xD000 ? "Infinity" : "-Infinity");
    }
    if (length != 8 + 2 * count || (sign != POSITIVE && sign != NEGATIVE) || scale > SCALE_MAX) {
      throw invalidBinary(
          "%d digits, sign %x, scale %d in %d bytes".formatted(count, sign, scale, length));
    }
    BigInteger unscaled = BigInteger.ZERO;
    long chunk = 0;
    long chunkBase = 1;
    for (int i = 0; i < count; i++) {
      int digit = in.readUnsignedShort();
      if (digit >= 10_000) {
        throw invalidBinary("digit " + digit);
      }
      chunk = chunk * 10_000 + digit;
      chunkBase *= 10_000;
      if (chunkBase == 10_000_000_000_000_000L || i == count - 1) {
        unscaled = unscaled.multiply(BigInteger.valueOf(chunkBase)).add(BigInteger.valueOf(chunk));
        chunk = 0;
        chunkBase = 1;
      }
    }
    int fractionDigits = 4 * (count - 1 - weight);
    if (fractionDigits < 0) {
      unscaled = unscaled.multiply(BASE.pow(-fractionDigits / 4));
      fractionDigits = 0;
    }
    BigDecimal value =
        new BigDecimal(sign == NEGATIVE ? unscaled.negate() : unscaled, fractionDigits);
    // As numeric_recv: digits beyond the display scale are cut off.
    return value.setScale(scale, RoundingMode.DOWN);
  }

  @Override
  public @Nullable Object fromStorage(RowData row, int field, ColumnType type) {
    if (row.isNullAt(field)) {
      return null;
    }
    return type.isUnconstrainedNumeric()
        ? StoredNumerics.value(row, field, type)
        : row.getDecimal(field, type.precision(), type.scale()).toBigDecimal();
  }

  @Override
  public Object toStorage(Object datum, ColumnType type) {
    if (type.isUnconstrainedNumeric()) {
      return unconstrained((BigDecimal) datum, type);
    }
    BigDecimal value = ((BigDecimal) datum).setScale(type.scale(), RoundingMode.HALF_UP);
    DecimalData stored = DecimalData.fromBigDecimal(value, type.precision(), type.scale());
    if (stored == null) {
      throw new OmenException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "numeric field overflow: a field with precision %d, scale %d cannot hold %s"
              .formatted(type.precision(), type.scale(), abbreviated(value)));
    }
    return stored;
  }

  /** With its own scale, as long as the column's DECIMAL can hold what is before the point. */
  private static DecimalData unconstrained(BigDecimal value, ColumnType type) {
    BigDecimal rounded = value.setScale(type.scale(), RoundingMode.HALF_UP);
    DecimalData exact =
        rounded.precision() > type.precision()
            ? null
            : DecimalData.fromBigDecimal(
                value, Math.max(type.precision(), value.precision()), value.scale());
    if (exact == null) {
      throw new OmenException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "more than %d digits before the point in a column of type numeric are not supported: %s"
              .formatted(type.precision() - type.scale(), abbreviated(value)));
    }
    return exact;
  }

  private static String abbreviated(BigDecimal value) {
    String digits = value.toPlainString();
    return digits.length() <= 60 ? digits : digits.substring(0, 60) + "…";
  }

  private OmenException notFinite(String word) {
    return new OmenException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "%s is not supported for type numeric".formatted(word));
  }

  private OmenException overflow() {
    return new OmenException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
  }
}
