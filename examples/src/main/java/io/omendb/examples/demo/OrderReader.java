package io.omendb.examples.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** Looks single orders up by key, about a thousand a second. */
final class OrderReader implements Callable<Void> {
  private static final long PAUSE_NANOS = 1_000_000;

  private final String url;
  private final DemoFigures figures;

  OrderReader(String url, DemoFigures figures) {
    this.url = url;
    this.figures = figures;
  }

  @Override
  public Void call() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement select =
            connection.prepareStatement("SELECT amount, created_at FROM orders WHERE id = ?")) {
      while (!figures.isStopped()) {
        long known = Math.max(1, figures.commits());
        select.setLong(1, ThreadLocalRandom.current().nextLong(known));
        long start = System.nanoTime();
        try (ResultSet rows = select.executeQuery()) {
          rows.next();
        }
        figures.lookedUp(System.nanoTime() - start);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return null;
  }
}
