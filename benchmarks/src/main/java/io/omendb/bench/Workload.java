package io.omendb.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;

/** What is measured: the statements of one operation. */
enum Workload {
  POINT_SELECT("point select", true, List.of("SELECT balance FROM bench_account WHERE id = ?")) {
    @Override
    void operate(
        Connection connection, PreparedStatement[] statements, long rows, SplittableRandom random)
        throws SQLException {
      statements[0].setLong(1, random.nextLong(rows));
      readAll(statements[0], 1);
    }
  },

  SINGLE_WRITE(
      "single-row autocommit write",
      true,
      List.of("UPDATE bench_account SET balance = balance + ? WHERE id = ?")) {
    @Override
    void operate(
        Connection connection, PreparedStatement[] statements, long rows, SplittableRandom random)
        throws SQLException {
      update(statements[0], random.nextInt(-100, 100), random.nextLong(rows));
    }
  },

  TRANSACTION(
      "5-statement transaction",
      false,
      List.of(
          "SELECT balance FROM bench_account WHERE id = ?",
          "UPDATE bench_account SET balance = balance - ? WHERE id = ?",
          "UPDATE bench_account SET balance = balance + ? WHERE id = ?",
          "INSERT INTO bench_history (account, delta, created_at) VALUES (?, ?, LOCALTIMESTAMP)",
          "SELECT balance FROM bench_account WHERE id = ?")) {
    @Override
    void operate(
        Connection connection, PreparedStatement[] statements, long rows, SplittableRandom random)
        throws SQLException {
      long one = random.nextLong(rows);
      long other = random.nextLong(rows);
      long delta = random.nextInt(1, 100);
      statements[0].setLong(1, one);
      readAll(statements[0], 1);
      // In one order, so that two clients do not wait for each other.
      update(statements[1], delta, Math.min(one, other));
      update(statements[2], delta, Math.max(one, other));
      statements[3].setLong(1, one);
      statements[3].setLong(2, delta);
      expect(statements[3].executeUpdate(), 1);
      statements[4].setLong(1, other);
      readAll(statements[4], 1);
      connection.commit();
    }
  },

  SMALL_AGGREGATE(
      "small aggregate (1,000 rows by key range)",
      true,
      List.of("SELECT count(*), sum(balance) FROM bench_account WHERE id >= ? AND id < ?")) {
    @Override
    void operate(
        Connection connection, PreparedStatement[] statements, long rows, SplittableRandom random)
        throws SQLException {
      long first = random.nextLong(Math.max(1, rows - SMALL_ROWS));
      statements[0].setLong(1, first);
      statements[0].setLong(2, first + SMALL_ROWS);
      readAll(statements[0], 1);
    }
  },

  LARGE_AGGREGATE(
      "large aggregate (all rows, 100 groups)",
      true,
      List.of(
          "SELECT branch, count(*), sum(balance), max(balance) FROM bench_account"
              + " GROUP BY branch ORDER BY branch")) {
    @Override
    void operate(
        Connection connection, PreparedStatement[] statements, long rows, SplittableRandom random)
        throws SQLException {
      readAll(statements[0], (int) Math.min(BRANCHES, rows));
    }
  };

  static final int BRANCHES = 100;
  private static final int SMALL_ROWS = 1_000;

  private final String title;
  private final boolean autoCommit;

  @SuppressWarnings("ImmutableEnumChecker") // every list here is made by List.of
  private final List<String> sql;

  Workload(String title, boolean autoCommit, List<String> sql) {
    this.title = title;
    this.autoCommit = autoCommit;
    this.sql = sql;
  }

  String title() {
    return title;
  }

  boolean autoCommit() {
    return autoCommit;
  }

  List<String> sql() {
    return sql;
  }

  /** Runs one operation to its end, commit included. */
  abstract void operate(
      Connection connection, PreparedStatement[] statements, long rows, SplittableRandom random)
      throws SQLException;

  private static void update(PreparedStatement statement, long delta, long id) throws SQLException {
    statement.setLong(1, delta);
    statement.setLong(2, id);
    expect(statement.executeUpdate(), 1);
  }

  private static void readAll(PreparedStatement statement, int rowsExpected) throws SQLException {
    int count = 0;
    try (ResultSet rows = statement.executeQuery()) {
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        for (int i = 1; i <= columns; i++) {
          rows.getLong(i);
        }
        count++;
      }
    }
    expect(count, rowsExpected);
  }

  /** A wrong answer is no measurement. */
  private static void expect(int actual, int expected) {
    if (actual != expected) {
      throw new IllegalStateException("expected %d rows, got %d".formatted(expected, actual));
    }
  }
}
