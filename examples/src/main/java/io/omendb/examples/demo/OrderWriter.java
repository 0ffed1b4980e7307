package io.omendb.examples.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.Callable;

/** Enters orders, each its own transaction. Order ids of the writers do not meet. */
final class OrderWriter implements Callable<Void> {
  private static final int CUSTOMERS = 100;

  private final String url;
  private final DemoFigures figures;
  private final int writer;
  private final int writerCount;

  OrderWriter(String url, DemoFigures figures, int writer, int writerCount) {
    this.url = url;
    this.figures = figures;
    this.writer = writer;
    this.writerCount = writerCount;
  }

  @Override
  public Void call() throws SQLException {
    Random random = new Random(writer);
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO orders (id, customer_id, amount) VALUES (?, ?, ?)")) {
      for (long id = writer; !figures.isStopped(); id += writerCount) {
        insert.setLong(1, id);
        insert.setInt(2, random.nextInt(CUSTOMERS));
        insert.setBigDecimal(3, BigDecimal.valueOf(random.nextInt(100_000), 2));
        insert.executeUpdate();
        figures.committed();
      }
    }
    return null;
  }
}
