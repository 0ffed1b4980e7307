package io.omendb.examples.demo;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Orders are entered over pgjdbc while two analytical queries run over the same rows; a live line
 * tells commits per second, lookup and query latencies and freshness. At the end the totals are
 * read back from the Iceberg table by another process that knows only Iceberg.
 *
 * <p>Options: {@code --address HOST:PORT}, {@code --data DIR} (the server's data directory), {@code
 * --seconds N}, {@code --writers N}.
 */
public final class OrderEntryDemo {
  private static final String BY_CUSTOMER =
      "SELECT customer_id, SUM(amount) FROM orders WHERE created_at > NOW() - INTERVAL '1 hour' GROUP BY customer_id;";
  private static final String BY_HOUR =
      "SELECT DATE_TRUNC('hour', created_at), COUNT(*) FROM orders WHERE created_at > NOW() - INTERVAL '24 hours' GROUP BY 1 ORDER BY 1;";

  private OrderEntryDemo() {}

  public static void main(String[] arguments)
      throws SQLException, InterruptedException, ExecutionException, IOException {
    Map<String, String> options = options(arguments);
    String url =
        "jdbc:postgresql://"
            + options.getOrDefault("--address", "127.0.0.1:5433")
            + "/omendb?user=omendb";
    long seconds = Long.parseLong(options.getOrDefault("--seconds", "30"));
    int writerCount = Integer.parseInt(options.getOrDefault("--writers", "2"));

    try (Connection connection = DriverManager.getConnection(url)) {
      createTable(connection);
      DemoFigures figures = new DemoFigures();
      run(url, figures, writerCount, Duration.ofSeconds(seconds));
      System.out.println();
      compareWithIceberg(connection, options.getOrDefault("--data", ".omendb"));
    }
  }

  private static Map<String, String> options(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  private static void createTable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS orders");
      statement.execute(
          "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, amount numeric(12,2) NOT NULL,"
              + " created_at timestamptz NOT NULL DEFAULT now())");
    }
  }

  private static void run(String url, DemoFigures figures, int writerCount, Duration duration)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<?>> workers = new ArrayList<>();
    for (int writer = 0; writer < writerCount; writer++) {
      workers.add(threads.submit(new OrderWriter(url, figures, writer, writerCount)));
    }
    workers.add(threads.submit(new OrderReader(url, figures)));
    workers.add(threads.submit(new AnalyticalReader(url, figures, List.of(BY_CUSTOMER, BY_HOUR))));
    System.out.printf(
        "%5s  %9s  %10s  %12s  %12s  %s%n",
        "s", "commits/s", "orders", "lookup p50", "query p50", "freshness");
    try {
      for (long second = 1; second <= duration.toSeconds(); second++) {
        TimeUnit.SECONDS.sleep(1);
        System.out.println(figures.line(second));
        failIfOver(workers);
      }
    } finally {
      figures.stop();
      threads.shutdown();
      if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    }
    for (Future<?> worker : workers) {
      worker.get();
    }
  }

  /** A worker ends early only with an error. */
  private static void failIfOver(List<Future<?>> workers)
      throws InterruptedException, ExecutionException {
    for (Future<?> worker : workers) {
      if (worker.isDone()) {
        worker.get();
      }
    }
  }

  private static void compareWithIceberg(Connection connection, String dataDirectory)
      throws SQLException, IOException, InterruptedException {
    String expected;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*), SUM(amount) FROM orders")) {
      row.next();
      expected = "rows=%d sum=%s".formatted(row.getLong(1), row.getBigDecimal(2));
    }
    System.out.println("OmenDB over PostgreSQL:        " + expected);
    String read =
        IcebergProcess.readUntil(dataDirectory + "/lake", expected, Duration.ofMinutes(1));
    System.out.println("Iceberg alone, other process:  " + read);
    if (!read.endsWith(expected)) {
      throw new IllegalStateException("the lake differs: expected " + expected + ", got " + read);
    }
  }
}
