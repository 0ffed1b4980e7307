package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgComparison;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values to group or join by, equal where SQL's {@code =} (NULLs equal to each other) says so. */
public final class RowKey {
  private final @Nullable Object[] values;
  private final int hash;
  private final boolean hasNull;

  private RowKey(@Nullable Object[] values, boolean hasNull) {
    this.values = values;
    this.hasNull = hasNull;
    this.hash = Arrays.hashCode(values);
  }

  /** The key of these expressions over a row. */
  static RowKey of(@Nullable Object[] row, List<Expression> keys, ExecutionContext context) {
    @Nullable Object[] values = new Object[keys.size()];
    boolean hasNull = false;
    for (int i = 0; i < values.length; i++) {
      Object datum = keys.get(i).eval(row, context);
      hasNull |= datum == null;
      values[i] = PgComparison.hashKey(datum);
    }
    return new RowKey(values, hasNull);
  }

  /** Whether some value is NULL, so that the key joins with nothing. */
  boolean hasNull() {
    return hasNull;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RowKey key && hash == key.hash && Arrays.equals(values, key.values);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
