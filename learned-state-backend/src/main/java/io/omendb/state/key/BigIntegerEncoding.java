package io.omendb.state.key;

import java.io.IOException;
import java.math.BigInteger;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BigInteger}: the length n of its shortest two's complement form, negated for negative
 * numbers, then these n bytes.
 *
 * <pre>
 * bytes       length
 * 00          null, and nothing more
 * 40 ~n(4)    a negative number of 64 bytes and more
 * 80 - n      a negative number of 1 to 63 bytes
 * 80 + n      zero or a positive number of 1 to 63 bytes
 * C0 n(4)     a positive number of 64 bytes and more
 * </pre>
 */
final class BigIntegerEncoding implements OrderedEncoding<BigInteger> {

  static final BigIntegerEncoding INSTANCE = new BigIntegerEncoding();

  private static final int NULL = 0;
  private static final int NEGATIVE_LONG = 0x40;
  private static final int ZERO = 0x80;
  private static final int POSITIVE_LONG = 0xC0;

  private BigIntegerEncoding() {}

  @Override
  public void encode(@Nullable BigInteger value, DataOutputSerializer out) throws IOException {
    if (value == null) {
      out.write(NULL);
      return;
    }
    byte[] bytes = value.toByteArray();
    boolean negative = value.signum() < 0;
    if (bytes.length < POSITIVE_LONG - ZERO) {
      out.write(negative ? ZERO - bytes.length : ZERO + bytes.length);
    } else {
      out.write(negative ? NEGATIVE_LONG : POSITIVE_LONG);
      out.writeInt(negative ? ~bytes.length : bytes.length);
    }
    out.write(bytes);
  }

  @Override
  public @Nullable BigInteger decode(DataInputDeserializer in) throws IOException {
    int header = in.readUnsignedByte();
    if (header == NULL) {
      return null;
    }
    int length =
        switch (header) {
          case NEGATIVE_LONG -> ~in.readInt();
          case POSITIVE_LONG -> in.readInt();
          default -> Math.abs(header - ZERO);
        };
    if (length < 1 || length > in.available()) {
      throw new IOException(
          "expected a number of 1 to " + in.available() + " bytes, got one of " + length);
    }
    if (length == 1) {
      return BigInteger.valueOf(in.readByte()); // Flink's serializer knows some by identity
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new BigInteger(bytes);
  }

  @Override
  public String form() {
    return "biginteger";
  }
}
