package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
 * Single statements of many clients on the same rows: some run on network threads, some wait on
 * workers, none is lost, doubled or refused.
 */
class ConcurrentWritesTest {
  private static final int CLIENTS = 8;
  private static final int STATEMENTS = 150;

  private static ServerProcess server;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server = ServerProcess.start(directory);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** One client's work; what it returns is summed up. */
  private interface Client {
    long run(Connection connection, int number) throws SQLException;
  }

  private static long atOnce(Client client) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Callable<Long>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.add(
            () -> {
              try (Connection connection = server.connect()) {
                return client.run(connection, number);
              }
            });
      }
      long sum = 0;
      for (Future<Long> result : threads.invokeAll(clients)) {
        sum += result.get();
      }
      return sum;
    } finally {
      threads.shutdownNow();
    }
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long query(String sql) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void noUpdateIsLost() throws Exception {
    execute("CREATE TABLE counter (id int PRIMARY KEY, value bigint NOT NULL)");
    execute("INSERT INTO counter SELECT g, 0 FROM generate_series(0, 2) g");
    long updated =
        atOnce(
            (connection, number) -> {
              try (PreparedStatement update =
                  connection.prepareStatement(
                      "UPDATE counter SET value = value + 1 WHERE id = ?")) {
                long count = 0;
                for (int i = 0; i < STATEMENTS; i++) {
                  update.setInt(1, (number + i) % 3);
                  count += update.executeUpdate();
                }
                return count;
              }
            });
    assertThat(updated).isEqualTo((long) CLIENTS * STATEMENTS);
    assertThat(query("SELECT sum(value) FROM counter")).isEqualTo(updated);
  }

  @Test
  void aKeyIsInsertedOnceAndDeletedOnce() throws Exception {
    execute("CREATE TABLE ticket (id int PRIMARY KEY, owner int NOT NULL)");
    long inserted =
        atOnce(
            (connection, number) -> {
              try (PreparedStatement insert =
                  connection.prepareStatement("INSERT INTO ticket VALUES (?, ?)")) {
                long count = 0;
                for (int i = 0; i < STATEMENTS; i++) {
                  insert.setInt(1, i);
                  insert.setInt(2, number);
                  try {
                    count += insert.executeUpdate();
                  } catch (SQLException duplicate) {
                    assertThat(duplicate.getSQLState()).isEqualTo("23505");
                  }
                }
                return count;
              }
            });
    assertThat(inserted).isEqualTo(STATEMENTS);
    assertThat(query("SELECT count(*) FROM ticket")).isEqualTo(STATEMENTS);
    long deleted =
        atOnce(
            (connection, number) -> {
              try (PreparedStatement delete =
                  connection.prepareStatement("DELETE FROM ticket WHERE id = ?")) {
                long count = 0;
                for (int i = 0; i < STATEMENTS; i++) {
                  delete.setInt(1, i);
                  count += delete.executeUpdate();
                }
                return count;
              }
            });
    assertThat(deleted).isEqualTo(STATEMENTS);
    assertThat(query("SELECT count(*) FROM ticket")).isZero();
  }

  @Test
  void anUpdateWaitsForARowThatIsLocked() throws Exception {
    execute("CREATE TABLE held (id int PRIMARY KEY, value int NOT NULL)");
    execute("INSERT INTO held VALUES (1, 10)");
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Connection holder = server.connect();
        Connection waiter = server.connect();
        PreparedStatement update =
            waiter.prepareStatement("UPDATE held SET value = value * 2 WHERE id = ?")) {
      holder.setAutoCommit(false);
      try (Statement statement = holder.createStatement()) {
        statement.execute("UPDATE held SET value = value + 1 WHERE id = 1");
      }
      update.setInt(1, 1);
      Future<Integer> waiting = threads.submit(() -> update.executeUpdate());
      // Others are served meanwhile.
      assertThat(query("SELECT value FROM held WHERE id = 1")).isEqualTo(10);
      holder.commit();
      assertThat(waiting.get()).isEqualTo(1);
      assertThat(query("SELECT value FROM held WHERE id = 1")).isEqualTo(22);
    } finally {
      threads.shutdownNow();
    }
  }
}
