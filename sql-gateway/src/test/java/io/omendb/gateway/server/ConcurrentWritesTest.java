package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
  private static final int ROUNDS = 50;

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

  /** Seeded, over few keys that all want; some statements of many rows, some in blocks. */
  @Test
  void onConflictDoNothingInsertsEveryKeyOnceAndNeverFails() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    execute("CREATE TABLE once (id int PRIMARY KEY, owner int NOT NULL)");
    long inserted =
        atOnce(
            (connection, number) -> {
              Random random = new Random(seed + number);
              long count = 0;
              for (int i = 0; i < ROUNDS; i++) {
                connection.setAutoCommit(random.nextInt(4) > 0);
                int first = i + random.nextInt(3);
                long now = insertOnce(connection, number, first, random);
                if (connection.getAutoCommit()) {
                  count += now;
                } else if (random.nextBoolean()) {
                  connection.commit();
                  count += now;
                } else {
                  connection.rollback();
                }
                connection.setAutoCommit(true);
              }
              try (Statement rest = connection.createStatement()) {
                return count
                    + rest.executeUpdate(
                        "INSERT INTO once SELECT x, %d FROM generate_series(0, %d) x ON CONFLICT DO NOTHING"
                            .formatted(number, 2 * ROUNDS - 1));
              }
            });
    assertThat(query("SELECT count(*) FROM once")).as("seed %d", seed).isEqualTo(inserted);
    assertThat(query("SELECT count(DISTINCT id) FROM once"))
        .as("seed %d", seed)
        .isEqualTo(inserted);
    assertThat(query("SELECT count(*) FROM once WHERE id < " + 2 * ROUNDS))
        .as("seed %d", seed)
        .isEqualTo(2L * ROUNDS);
  }

  /** Rows of ascending keys, one of them twice, from VALUES or a query. */
  private static long insertOnce(Connection connection, int owner, int first, Random random)
      throws SQLException {
    String rows =
        random.nextBoolean()
            ? "VALUES (%1$d, %2$d), (%1$d, %2$d), (%1$d + 1, %2$d)"
            : "SELECT x, %2$d FROM generate_series(%1$d, %1$d + 3) x";
    try (Statement insert = connection.createStatement()) {
      return insert.executeUpdate(
          "INSERT INTO once %s ON CONFLICT (id) DO NOTHING"
              .formatted(rows.formatted(first, owner)));
    } catch (SQLException e) {
      throw new SQLException("%s (%s)".formatted(e.getMessage(), e.getSQLState()), e);
    }
  }

  @Test
  void onConflictDoNothingDoesWhatItsLevelSays() throws Exception {
    execute("CREATE TABLE levels (id int PRIMARY KEY, owner int NOT NULL)");
    for (String level : List.of("READ COMMITTED", "REPEATABLE READ")) {
      execute("TRUNCATE levels");
      try (Connection block = server.connect();
          Statement statement = block.createStatement()) {
        statement.execute("BEGIN ISOLATION LEVEL " + level);
        statement.executeQuery("SELECT count(*) FROM levels").close();
        execute("INSERT INTO levels VALUES (1, 0)");
        String insert = "INSERT INTO levels VALUES (1, 1), (2, 1) ON CONFLICT DO NOTHING";
        if (level.equals("READ COMMITTED")) {
          assertThat(statement.executeUpdate(insert)).isEqualTo(1);
        } else {
          assertThatThrownBy(() -> statement.executeUpdate(insert))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("40001"));
        }
        statement.execute("COMMIT");
      }
      assertThat(query("SELECT sum(owner) FROM levels"))
          .isEqualTo(level.equals("READ COMMITTED") ? 1 : 0);
    }
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
