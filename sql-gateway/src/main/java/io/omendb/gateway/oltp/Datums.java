package io.omendb.gateway.oltp;

import io.omendb.gateway.types.PgInterval;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Order and equality of datums as PostgreSQL defines them: strings by code point ("C" collation),
 * NaN above all other floats, 1.0 equal to 1.00, bytes and uuids unsigned. Both operands have the
 * same type. Trailing blanks of bpchar do not count: callers strip them first, see {@link
 * #stripsBlanks}.
 */
final class Datums {
  private Datums() {}

  /** Negative, zero or positive as {@code left} is below, equal to or above {@code right}. */
  static int compare(Object left, Object right) {
    if (left instanceof String a) {
      return compareStrings(a, (String) right);
    }
    if (left instanceof Integer a) {
      return Integer.compare(a, (Integer) right);
    }
    if (left instanceof Long a) {
      return Long.compare(a, (Long) right);
    }
    if (left instanceof BigDecimal a) {
      return a.compareTo((BigDecimal) right);
    }
    if (left instanceof Double a) {
      return compareDoubles(a, (Double) right);
    }
    if (left instanceof Float a) {
      return compareDoubles(a, (Float) right);
    }
    if (left instanceof byte[] a) {
      return Arrays.compareUnsigned(a, (byte[]) right);
    }
    if (left instanceof UUID a) {
      UUID b = (UUID) right;
      int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
      return high != 0
          ? high
          : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    }
    if (left instanceof PgInterval a) {
      return a.comparableMicros().compareTo(((PgInterval) right).comparableMicros());
    }
    if (left instanceof List<?> a) {
      return compareLists(a, (List<?>) right);
    }
    if (left instanceof Short a) {
      return Short.compare(a, (Short) right);
    }
    return Boolean.compare((Boolean) left, (Boolean) right);
  }

  /** By code point: UTF-16 units order alike, except that surrogates come after the rest. */
  static int compareStrings(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean xHigh = Character.isSurrogate(x);
        boolean yHigh = Character.isSurrogate(y);
        return xHigh == yHigh ? Character.compare(x, y) : xHigh ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int compareDoubles(double a, double b) {
    return a == b ? 0 : Double.compare(a, b);
  }

  private static int compareLists(List<?> a, List<?> b) {
    int length = Math.min(a.size(), b.size());
    for (int i = 0; i < length; i++) {
      Object x = a.get(i);
      Object y = b.get(i);
      int order = x == null || y == null ? (x == y ? 0 : x == null ? 1 : -1) : compare(x, y);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  /** An object whose {@code equals} is SQL's equality of the datum. */
  static @Nullable Object hashable(@Nullable Object datum) {
    if (datum instanceof BigDecimal decimal) {
      return decimal.signum() == 0 ? BigDecimal.ZERO : decimal.stripTrailingZeros();
    }
    if (datum instanceof Double d) {
      return d == 0 ? 0.0 : d;
    }
    if (datum instanceof Float f) {
      return f == 0 ? 0.0f : f;
    }
    if (datum instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    if (datum instanceof PgInterval interval) {
      return interval.comparableMicros();
    }
    if (datum instanceof List<?> list) {
      return Arrays.asList(list.stream().map(Datums::hashable).toArray());
    }
    return datum;
  }

  /** Whether values of that type are compared without their trailing blanks. */
  static boolean stripsBlanks(PgType type) {
    return type == PgTypes.BPCHAR;
  }

  /** The value without trailing blanks. */
  static @Nullable Object stripBlanks(@Nullable Object datum) {
    if (!(datum instanceof String s) || s.isEmpty() || s.charAt(s.length() - 1) != ' ') {
      return datum;
    }
    int end = s.length();
    while (end > 0 && s.charAt(end - 1) == ' ') {
      end--;
    }
    return s.substring(0, end);
  }
}
