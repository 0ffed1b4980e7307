package io.omendb.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** One connection that runs one workload; confined to one thread at a time. */
final class BenchmarkClient implements AutoCloseable {
  private static final long SEED = 42;

  private final EndToEndOptions options;
  private final Workload workload;
  private final Connection connection;
  private final PreparedStatement[] statements;
  private final SplittableRandom random;
  private long retries;

  BenchmarkClient(EndToEndOptions options, Workload workload, int number) throws SQLException {
    this.options = options;
    this.workload = workload;
    this.connection = options.connect();
    this.random = new SplittableRandom(SEED + number);
    connection.setAutoCommit(workload.autoCommit());
    statements = new PreparedStatement[workload.sql().size()];
    for (int i = 0; i < statements.length; i++) {
      statements[i] = connection.prepareStatement(workload.sql().get(i));
    }
  }

  /** Operates until then; the nanoseconds of each operation that succeeded. */
  long[] runUntil(long deadlineNanos) throws SQLException {
    long[] times = new long[1024];
    int count = 0;
    long started = System.nanoTime();
    while (started < deadlineNanos) {
      boolean done = operate();
      long ended = System.nanoTime();
      if (done) {
        if (count == times.length) {
          times = Arrays.copyOf(times, 2 * count);
        }
        times[count++] = ended - started;
      }
      started = ended;
    }
    return Arrays.copyOf(times, count);
  }

  private boolean operate() throws SQLException {
    try {
      workload.operate(connection, statements, options.rows(), random);
      return true;
    } catch (SQLException conflict) {
      String state = conflict.getSQLState();
      if (state == null || !state.startsWith("40")) {
        throw conflict;
      }
      if (!workload.autoCommit()) {
        connection.rollback();
      }
      retries++;
      return false;
    }
  }

  /** Operations to be retried since the last call. */
  long takeRetries() {
    long taken = retries;
    retries = 0;
    return taken;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
