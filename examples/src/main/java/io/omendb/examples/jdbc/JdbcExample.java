package io.omendb.examples.jdbc;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * An ordinary PostgreSQL application: creates a table, moves money in a transaction, and asks an
 * analytical question about what it has just committed. Takes the JDBC URL, by default {@code
 * jdbc:postgresql://localhost:5433/omendb?user=omendb}.
 */
public final class JdbcExample {
  private JdbcExample() {}

  public static void main(String[] arguments) throws SQLException {
    String url =
        arguments.length > 0 ? arguments[0] : "jdbc:postgresql://localhost:5433/omendb?user=omendb";
    try (Connection connection = DriverManager.getConnection(url)) {
      createAccounts(connection);
      transfer(connection, 1, 2, new BigDecimal("25.50"));
      printBalances(connection);
    }
  }

  private static void createAccounts(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS accounts");
      statement.execute(
          "CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL, balance numeric(12,2) NOT NULL)");
      statement.execute("INSERT INTO accounts VALUES (1, 'Ada', 100.00), (2, 'Grace', 50.00)");
    }
  }

  private static void transfer(Connection connection, int from, int to, BigDecimal amount)
      throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE accounts SET balance = balance + ? WHERE id = ?")) {
      update.setBigDecimal(1, amount.negate());
      update.setInt(2, from);
      update.executeUpdate();
      update.setBigDecimal(1, amount);
      update.setInt(2, to);
      update.executeUpdate();
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static void printBalances(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery("SELECT id, owner, balance FROM accounts ORDER BY id")) {
        while (rows.next()) {
          System.out.printf(
              "%d %-6s %8s%n", rows.getInt(1), rows.getString(2), rows.getBigDecimal(3));
        }
      }
      statement.execute("SET omendb.route = 'flink'");
      try (ResultSet rows = statement.executeQuery("SELECT count(*), sum(balance) FROM accounts")) {
        rows.next();
        System.out.printf(
            "%d accounts hold %s (answered by a Flink batch job)%n",
            rows.getLong(1), rows.getBigDecimal(2));
      }
    }
  }
}
