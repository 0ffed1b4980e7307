package io.omendb.state.key;

/**
 * The small primitive types; all big-endian, in the order of their {@code compareTo}.
 *
 * <pre>
 * boolean, 1 byte     0 or 1
 * byte, short         sign bit flipped
 * char, 2 bytes       as it is
 * float, double       IEEE 754 bits, of negative numbers all flipped, of others the sign: so
 *                     -0.0 comes before 0.0, and NaN (of which there is one) behind all numbers
 * </pre>
 */
final class PrimitiveEncodings {

  private PrimitiveEncodings() {}

  static final SimpleEncoding<Boolean> BOOLEAN =
      new SimpleEncoding<>(
          "boolean", (value, out) -> out.writeBoolean(value), in -> in.readBoolean());

  static final SimpleEncoding<Byte> BYTE =
      new SimpleEncoding<>(
          "byte",
          (value, out) -> out.write(value ^ Byte.MIN_VALUE),
          in -> (byte) (in.readByte() ^ Byte.MIN_VALUE));

  static final SimpleEncoding<Short> SHORT =
      new SimpleEncoding<>(
          "short",
          (value, out) -> out.writeShort(value ^ Short.MIN_VALUE),
          in -> (short) (in.readShort() ^ Short.MIN_VALUE));

  static final SimpleEncoding<Character> CHAR =
      new SimpleEncoding<>("char", (value, out) -> out.writeChar(value), in -> in.readChar());

  static final SimpleEncoding<Float> FLOAT =
      new SimpleEncoding<>(
          "float",
          (value, out) -> IntEncoding.write(flipNegative(Float.floatToIntBits(value)), out),
          in -> Float.intBitsToFloat(flipNegative(IntEncoding.read(in))));

  static final SimpleEncoding<Double> DOUBLE =
      new SimpleEncoding<>(
          "double",
          (value, out) -> LongEncoding.write(flipNegative(Double.doubleToLongBits(value)), out),
          in -> Double.longBitsToDouble(flipNegative(LongEncoding.read(in))));

  /** Bits whose signed order is that of the numbers; its own inverse. */
  private static int flipNegative(int bits) {
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  private static long flipNegative(long bits) {
    return bits ^ ((bits >> 63) & Long.MAX_VALUE);
  }
}
