package io.omendb.gateway.oltp;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The memory that one statement's operators may hold at once, by estimate; hash tables, sorts and
 * aggregates reserve from it. Confined to the statement's thread.
 */
public final class MemoryBudget {
  private static final int ROW_BYTES = 40;

  private final long bytesMax;
  private long bytes;

  public MemoryBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Reserves an estimate of a kept row; OUT_OF_MEMORY where that is too much. */
  public long reserveRow(@Nullable Object[] row) {
    long size = estimate(row);
    reserve(size);
    return size;
  }

  public void reserve(long size) {
    bytes += size;
    if (bytes > bytesMax) {
      throw new OmenException(
          ErrorCode.OUT_OF_MEMORY,
          "this statement needs more than the %d MB that a statement may use in the gateway: SET omendb.route = 'flink' runs it as a Flink job, or add a filter or a LIMIT"
              .formatted(bytesMax >> 20));
    }
  }

  public void release(long size) {
    bytes -= size;
  }

  /** About what a row takes on the heap. */
  public static long estimate(@Nullable Object[] row) {
    long size = ROW_BYTES + 4L * row.length;
    for (Object datum : row) {
      size += estimate(datum);
    }
    return size;
  }

  private static long estimate(@Nullable Object datum) {
    if (datum == null || datum instanceof Boolean) {
      return 0;
    }
    if (datum instanceof String s) {
      return 48L + s.length();
    }
    if (datum instanceof byte[] b) {
      return 16L + b.length;
    }
    return datum instanceof BigDecimal ? 40 : 24;
  }
}
