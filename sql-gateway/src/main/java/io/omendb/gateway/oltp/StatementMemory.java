package io.omendb.gateway.oltp;

import io.omendb.jobs.memory.MemoryAccount;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.jobs.serve.StoredRow;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.jspecify.annotations.Nullable;

/**
 * The memory that one statement's operators hold, by estimate: what sorts, hash tables, groups and
 * kept rows take of the share of all statements. A sort writes to a file what does not fit; all
 * else ends with OUT_OF_MEMORY.
 *
 * <p>Confined to the statement's thread. Closed by the statement's portal when its rows are read or
 * given up.
 */
public final class StatementMemory implements AutoCloseable {
  private static final int ROW_BYTES = 40;
  private static final String LIMIT_HINT =
      "SET omendb.route = 'flink' runs the statement as a Flink job, a filter or a LIMIT makes it"
          + " smaller, a larger heap (-Xmx) gives it more";

  private final MemoryAccount account;
  private final long sortBytesMax;
  private final Path spillDirectory;
  private long madeBytes;

  /**
   * @param bytesMax what this statement may hold of the share
   * @param sortBytesMax what one of its sorts may hold before it writes to a file
   * @param spillDirectory where such files are made
   */
  public StatementMemory(MemoryShare share, long bytesMax, long sortBytesMax, Path spillDirectory) {
    this.account = new MemoryAccount(share, bytesMax, LIMIT_HINT);
    this.sortBytesMax = sortBytesMax;
    this.spillDirectory = spillDirectory;
  }

  /** For plans that keep no rows, and for tests. */
  public static StatementMemory unbounded() {
    return new StatementMemory(
        MemoryShare.unbounded("statements"),
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        Path.of(System.getProperty("java.io.tmpdir", ".")));
  }

  long sortBytesMax() {
    return sortBytesMax;
  }

  Path spillDirectory() {
    return spillDirectory;
  }

  MemoryAccount account() {
    return account;
  }

  /** What one operator holds, to be given back when it is closed. */
  OperatorMemory open() {
    return new OperatorMemory(account);
  }

  /**
   * Counts a large value that a function has made, until {@link #nextRow}: by then it is counted
   * with the row that keeps it, or garbage. Never waits; OUT_OF_MEMORY where there is not so much.
   */
  void made(long size) {
    if (!account.tryReserve(size)) {
      throw account.exhausted(size);
    }
    madeBytes += size;
  }

  /** Another row of a table or function begins its way through the plan. */
  void nextRow() {
    if (madeBytes > 0) {
      long garbage = madeBytes;
      madeBytes = 0;
      account.release(Math.min(garbage, account.bytes()));
    }
  }

  /** Gives all back; the statement may begin anew. */
  public void releaseAll() {
    madeBytes = 0;
    account.releaseAll();
  }

  @Override
  public void close() {
    account.close();
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
    if (datum instanceof BigDecimal decimal) {
      return decimal.precision() <= 18 ? 40 : 80 + decimal.precision() / 2;
    }
    if (datum instanceof List<?> list) {
      long size = 40;
      for (Object element : list) {
        size += 4 + estimate(element);
      }
      return size;
    }
    if (datum instanceof StoredRow stored) {
      long row =
          stored.row() instanceof BinaryRowData binary
              ? 80L + binary.getSizeInBytes()
              : 40L + 40L * stored.row().getArity();
      return 40L + stored.key().length + row;
    }
    return 24;
  }
}
