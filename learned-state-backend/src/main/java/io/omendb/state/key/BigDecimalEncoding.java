package io.omendb.state.key;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BigDecimal} by value, equal values by scale: 2.0 comes before 2.00.
 *
 * <p>A value that is not zero is written as ±0.d₁d₂d₃… × 10^e with d₁ ≠ 0:
 *
 * <pre>
 * bytes     field
 * 1         0 null (and nothing more), 1 negative, 2 zero, 3 positive
 * 1–9       e, a {@link CompactLong}; absent for zero
 * n         two digits per byte, plus 1, without zeros at the end; absent for zero
 * 1         0, the end of the digits; absent for zero
 * 1–5       the scale, a {@link CompactLong}
 * </pre>
 *
 * For a negative value e is negated, and digits and their end are complemented.
 */
final class BigDecimalEncoding implements OrderedEncoding<BigDecimal> {

  static final BigDecimalEncoding INSTANCE = new BigDecimalEncoding();

  private static final int NULL = 0;
  private static final int NEGATIVE = 1;
  private static final int ZERO = 2;
  private static final int POSITIVE = 3;

  private BigDecimalEncoding() {}

  @Override
  public void encode(@Nullable BigDecimal value, DataOutputSerializer out) throws IOException {
    if (value == null) {
      out.write(NULL);
      return;
    }
    out.write(ZERO + value.signum());
    if (value.signum() != 0) {
      String digits = value.unscaledValue().abs().toString();
      long exponent = (long) digits.length() - value.scale();
      boolean negative = value.signum() < 0;
      CompactLong.write(negative ? -exponent : exponent, out);
      writeDigits(digits, negative ? 0xFF : 0, out);
    }
    CompactLong.write(value.scale(), out);
  }

  private static void writeDigits(String digits, int flip, DataOutputSerializer out)
      throws IOException {
    int length = digits.length();
    while (digits.charAt(length - 1) == '0') {
      length--;
    }
    for (int i = 0; i < length; i += 2) {
      int tens = digits.charAt(i) - '0';
      int ones = i + 1 < length ? digits.charAt(i + 1) - '0' : 0;
      out.write((10 * tens + ones + 1) ^ flip);
    }
    out.write(flip);
  }

  @Override
  public @Nullable BigDecimal decode(DataInputDeserializer in) throws IOException {
    int sign = in.readUnsignedByte();
    return switch (sign) {
      case NULL -> null;
      case ZERO -> new BigDecimal(BigInteger.ZERO, readScale(in));
      case NEGATIVE -> read(-CompactLong.read(in), 0xFF, in).negate();
      case POSITIVE -> read(CompactLong.read(in), 0, in);
      default ->
          throw new IOException(String.format("No decimal is encoded with the byte %02x", sign));
    };
  }

  private static BigDecimal read(long exponent, int flip, DataInputDeserializer in)
      throws IOException {
    StringBuilder digits = new StringBuilder();
    for (int b = in.readUnsignedByte() ^ flip; b != 0; b = in.readUnsignedByte() ^ flip) {
      digits.append((char) ('0' + (b - 1) / 10)).append((char) ('0' + (b - 1) % 10));
    }
    int scale = readScale(in);
    // The digits of the unscaled value: fewer than were written if a zero filled the last byte,
    // more if it ends with zeros.
    int precision = Math.toIntExact(exponent + scale);
    if (precision < 1) {
      throw new IOException("expected a decimal of at least 1 digit, got one of " + precision);
    }
    if (digits.length() > precision) {
      digits.setLength(precision);
    }
    digits.append("0".repeat(precision - digits.length()));
    return new BigDecimal(new BigInteger(digits.toString()), scale);
  }

  private static int readScale(DataInputDeserializer in) throws IOException {
    return Math.toIntExact(CompactLong.read(in));
  }

  @Override
  public String form() {
    return "bigdecimal";
  }
}
