package io.omendb.gateway.sql.functions;

import io.omendb.gateway.types.PgInterval;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The order of datums of one type, that of PostgreSQL under collation "C": text by the code points
 * of its characters, NaN above every number and equal to itself, bytea, uuid and arrays element by
 * element.
 */
public final class PgComparison {
  private PgComparison() {}

  /** Negative, zero or positive; both are datums of the same type and not null. */
  public static int compare(Object a, Object b) {
    if (a instanceof Long x) {
      return Long.compare(x, (Long) b);
    } else if (a instanceof Integer x) {
      return Integer.compare(x, (Integer) b);
    } else if (a instanceof String x) {
      return compareText(x, (String) b);
    } else if (a instanceof BigDecimal x) {
      return x.compareTo((BigDecimal) b);
    } else if (a instanceof Double x) {
      return Double.compare(x + 0.0, (Double) b + 0.0);
    } else if (a instanceof Boolean x) {
      return Boolean.compare(x, (Boolean) b);
    } else if (a instanceof Short x) {
      return Short.compare(x, (Short) b);
    } else if (a instanceof Float x) {
      return Float.compare(x + 0.0f, (Float) b + 0.0f);
    } else if (a instanceof PgInterval x) {
      return x.comparableMicros().compareTo(((PgInterval) b).comparableMicros());
    } else if (a instanceof byte[] x) {
      return Arrays.compareUnsigned(x, (byte[]) b);
    } else if (a instanceof UUID x) {
      return compareUuid(x, (UUID) b);
    } else if (a instanceof List<?> x) {
      return compareLists(x, (List<?>) b);
    }
    throw new IllegalArgumentException("no order for " + a.getClass());
  }

  /**
   * Equality as {@code =} tells it; true for equal datums, whatever their scale or sign of zero.
   */
  public static boolean equal(Object a, Object b) {
    boolean simple = a instanceof String || a instanceof Long || a instanceof Integer;
    return simple ? a.equals(b) : compare(a, b) == 0;
  }

  /** A key for hashing such that keys are equal exactly where datums are; null for null. */
  public static @Nullable Object hashKey(@Nullable Object datum) {
    if (datum instanceof BigDecimal decimal) {
      return decimal.signum() == 0 ? BigDecimal.ZERO : decimal.stripTrailingZeros();
    } else if (datum instanceof Double d) {
      return d + 0.0;
    } else if (datum instanceof Float f) {
      return f + 0.0f;
    } else if (datum instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    } else if (datum instanceof PgInterval interval) {
      return interval.comparableMicros();
    } else if (datum instanceof List<?> list) {
      List<@Nullable Object> keys = new ArrayList<>(list.size());
      for (Object element : list) {
        keys.add(hashKey(element));
      }
      return keys;
    }
    return datum;
  }

  /** By code points, which is the order of UTF-8's bytes. */
  private static int compareText(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
        return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int compareUuid(UUID a, UUID b) {
    int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
  }

  private static int compareLists(List<?> a, List<?> b) {
    Iterator<?> y = b.iterator();
    for (Object x : a) {
      if (!y.hasNext()) {
        return 1;
      }
      Object z = y.next();
      if (x == null || z == null) {
        if (x != z) {
          return x == null ? 1 : -1;
        }
        continue;
      }
      int order = compare(x, z);
      if (order != 0) {
        return order;
      }
    }
    return y.hasNext() ? -1 : 0;
  }
}
