package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerProcess;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A statement's translated job is used again: every execution on the Flink route still has its own
 * parameters, time, snapshot and tables.
 */
class RepeatedQueryTest {
  private static ServerProcess server;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server = ServerProcess.start(directory);
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE item (id int PRIMARY KEY, price numeric(10,2), name text)");
      statement.execute(
          "INSERT INTO item SELECT g, g * 1.25, 'item ' || g FROM generate_series(1, 1000) g");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Connection connectToFlinkRoute() throws SQLException {
    Connection connection = server.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = 'flink'");
    }
    return connection;
  }

  private static long count(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void everyExecutionHasItsOwnParameters() throws Exception {
    try (Connection connection = connectToFlinkRoute();
        PreparedStatement query =
            connection.prepareStatement("SELECT count(*) FROM item WHERE price > ?")) {
      for (String price : List.of("1000", "1000.5", "1249.99", "1250", "1000", "-1.125")) {
        query.setBigDecimal(1, new BigDecimal(price));
        long expected =
            Math.min(1000, 1000 - (long) Math.floor(Double.parseDouble(price) / 1.25 + 1e-9));
        assertThat(count(query)).as(price).isEqualTo(expected);
      }
      query.setNull(1, Types.NUMERIC);
      assertThat(count(query)).as("null").isZero();
    }
  }

  @Test
  void executionsAtOnceDoNotMix() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> clients = new ArrayList<>();
      for (int client = 0; client < 4; client++) {
        int first = client * 100;
        clients.add(
            () -> {
              try (Connection connection = connectToFlinkRoute();
                  PreparedStatement query =
                      connection.prepareStatement("SELECT count(*) FROM item WHERE id <= ?")) {
                for (int id = first; id < first + 10; id++) {
                  query.setInt(1, id);
                  assertThat(count(query)).isEqualTo(id);
                }
              }
              return true;
            });
      }
      for (Future<Boolean> client : threads.invokeAll(clients)) {
        assertThat(client.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void timeGoesOn() throws Exception {
    try (Connection connection = connectToFlinkRoute();
        PreparedStatement query = connection.prepareStatement("SELECT max(now()) FROM item")) {
      Timestamp before = new Timestamp(0);
      for (int i = 0; i < 3; i++) {
        try (ResultSet row = query.executeQuery()) {
          row.next();
          assertThat(row.getTimestamp(1)).isAfter(before);
          before = row.getTimestamp(1);
        }
      }
    }
  }

  @Test
  void anotherTableOfTheSameNameIsAnotherTable() throws Exception {
    try (Connection connection = connectToFlinkRoute();
        Statement statement = connection.createStatement()) {
      for (String type : List.of("int", "text", "int")) {
        statement.execute("CREATE TABLE again (a " + type + ")");
        statement.execute("INSERT INTO again VALUES (" + (type.equals("int") ? "7" : "'x'") + ")");
        try (ResultSet row = statement.executeQuery("SELECT max(a) FROM again")) {
          row.next();
          assertThat(row.getString(1)).isEqualTo(type.equals("int") ? "7" : "x");
        }
        statement.execute("DROP TABLE again");
      }
    }
  }
}
