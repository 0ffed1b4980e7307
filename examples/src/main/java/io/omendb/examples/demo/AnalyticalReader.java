package io.omendb.examples.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Runs analytical queries in turn on the Flink route, and checks after each that a count sees every
 * commit acknowledged before it began.
 */
final class AnalyticalReader implements Callable<Void> {
  private final String url;
  private final DemoFigures figures;
  private final List<String> queries;

  AnalyticalReader(String url, DemoFigures figures, List<String> queries) {
    this.url = url;
    this.figures = figures;
    this.queries = queries;
  }

  @Override
  public Void call() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = 'flink'");
      for (int round = 0; !figures.isStopped(); round++) {
        timed(statement, queries.get(round % queries.size()), 0);
        timed(statement, "SELECT 0, COUNT(*) FROM orders", figures.commits());
      }
    }
    return null;
  }

  private void timed(Statement statement, String query, long acknowledged) throws SQLException {
    long start = System.nanoTime();
    long counted = 0;
    try (ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        counted += rows.getLong(2);
      }
    }
    figures.queried(System.nanoTime() - start, Math.max(0, acknowledged - counted));
  }
}
