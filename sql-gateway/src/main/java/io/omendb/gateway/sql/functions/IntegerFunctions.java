package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.INT2;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.INT8;
import static io.omendb.gateway.types.PgTypes.OID;

import io.omendb.gateway.types.PgType;
import java.math.BigInteger;
import java.util.List;

/** Divisors, multiples and bits of integers. */
final class IntegerFunctions {
  private IntegerFunctions() {}

  private static final long OID_MAX = 0xFFFF_FFFFL;

  static void register(FunctionTable table) {
    table.immutable("int8_oid", OID, List.of(INT8), (c, a) -> oid((Long) a[0]));
    // The same 32 bits.
    table.immutable("int4_oid", OID, List.of(INT4), (c, a) -> (Integer) a[0] & OID_MAX);
    table.immutable("oid_int4", INT4, List.of(OID), (c, a) -> ((Long) a[0]).intValue());
    for (PgType type : List.of(INT4, INT8)) {
      table.immutable("gcd", type, List.of(type, type), (c, a) -> bounded(gcd(a[0], a[1]), type));
      table.immutable("lcm", type, List.of(type, type), (c, a) -> bounded(lcm(a[0], a[1]), type));
    }
    for (PgType type : List.of(INT2, INT4, INT8)) {
      table.immutable(
          type.name() + "shl",
          type,
          List.of(type, INT4),
          (c, a) -> like(shift((Number) a[0], (Integer) a[1], type), type));
      table.immutable(
          type.name() + "shr",
          type,
          List.of(type, INT4),
          (c, a) -> like(((Number) a[0]).longValue() >> count((Integer) a[1], type), type));
      table.immutable(
          type.name() + "not",
          type,
          List.of(type),
          (c, a) -> like(~((Number) a[0]).longValue(), type));
    }
  }

  private static long oid(long value) {
    if (value < 0 || value > OID_MAX) {
      throw Errors.outOfRange(OID);
    }
    return value;
  }

  private static long shift(Number value, int count, PgType type) {
    return value.longValue() << count(count, type);
  }

  /** As the processor counts: modulo the width, which is 32 for smallint too. */
  private static int count(int count, PgType type) {
    return type == INT8 ? count & 63 : count & 31;
  }

  private static Object like(long value, PgType type) {
    if (type == INT8) {
      return value;
    }
    return type == INT4 ? (Object) (int) value : (Object) (short) value;
  }

  private static BigInteger gcd(Object a, Object b) {
    return big(a).gcd(big(b));
  }

  private static BigInteger lcm(Object a, Object b) {
    BigInteger x = big(a);
    BigInteger y = big(b);
    return x.signum() == 0 || y.signum() == 0
        ? BigInteger.ZERO
        : x.divide(x.gcd(y)).multiply(y).abs();
  }

  private static BigInteger big(Object value) {
    return BigInteger.valueOf(((Number) value).longValue());
  }

  private static Object bounded(BigInteger value, PgType type) {
    if (value.bitLength() >= (type == INT4 ? 32 : 64)) {
      throw Errors.outOfRange(type);
    }
    return like(value.longValue(), type);
  }
}
