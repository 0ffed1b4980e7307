package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.Table;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server under concurrent writers, again and again: what was acknowledged is there
 * exactly once, on both routes and in the lake, and no transaction is half there. Each transaction
 * inserts a pair of rows. {@code -Dkill.rounds} and {@code -Dseed} change rounds and timing.
 */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 10);
  private static final int WRITERS = 4;
  private static final long SEED = Long.getLong("seed", 20_261_122L);

  private final Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
  private final Set<Integer> attempted = new ConcurrentSkipListSet<>();
  private final AtomicInteger nextPair = new AtomicInteger();

  @Test
  void acknowledgedCommitsSurvive(@TempDir Path directory) throws Exception {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    try (ServerProcess server =
        ServerProcess.start(
            directory, "--cut-interval-ms", "300", "--checkpoint-interval-ms", "700")) {
      try (Connection connection = server.connect();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE pairs (id int, half int, note text NOT NULL, PRIMARY KEY (id, half))");
      }
      for (int round = 0; round < ROUNDS; round++) {
        writeUntilKilled(server, 500 + random.nextInt(1_500));
        server.start();
        try (Connection connection = server.connect()) {
          check(connection, "state", round);
          check(connection, "flink", round);
        }
      }
      checkLake(server);
    }
  }

  private void writeUntilKilled(ServerProcess server, long milliseconds) throws Exception {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Thread writer = new Thread(() -> writePairs(server), "writer-" + i);
      writer.start();
      writers.add(writer);
    }
    Thread.sleep(milliseconds);
    server.kill();
    for (Thread writer : writers) {
      writer.join();
    }
  }

  private void writePairs(ServerProcess server) {
    try (Connection connection = server.connect();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO pairs VALUES (?, ?, ?)")) {
      connection.setAutoCommit(false);
      while (true) {
        int pair = nextPair.getAndIncrement();
        attempted.add(pair);
        for (int half = 0; half < 2; half++) {
          insert.setInt(1, pair);
          insert.setInt(2, half);
          insert.setString(3, "pair " + pair);
          insert.executeUpdate();
        }
        connection.commit();
        acknowledged.add(pair);
      }
    } catch (SQLException e) {
      // The server was killed: the pair under way is either there or not, never half.
      assertThat(e.getSQLState()).as("%s", e).startsWith("08");
    }
  }

  private void check(Connection connection, String route, int round) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = '" + route + "'");
      Set<Integer> found = new HashSet<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT id, count(*), min(half), max(half) FROM pairs GROUP BY id")) {
        while (rows.next()) {
          String description =
              "pair %d, route %s, round %d".formatted(rows.getInt(1), route, round);
          assertThat(rows.getLong(2)).as(description).isEqualTo(2);
          assertThat(rows.getInt(3)).as(description).isZero();
          assertThat(rows.getInt(4)).as(description).isEqualTo(1);
          found.add(rows.getInt(1));
        }
      }
      assertThat(found).as("route %s, round %d", route, round).containsAll(acknowledged);
      assertThat(attempted).containsAll(found);
    }
  }

  private void checkLake(ServerProcess server) throws SQLException {
    Set<String> expected = new TreeSet<>();
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, half FROM pairs")) {
      while (rows.next()) {
        assertThat(expected.add(rows.getInt(1) + "/" + rows.getInt(2))).isTrue();
      }
    }
    Table table = IcebergReads.load(server.lakeDirectory(), "public.pairs");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              table.refresh();
              List<String> found =
                  IcebergReads.rows(table).stream()
                      .map(r -> r.getField("id") + "/" + r.getField("half"))
                      .toList();
              assertThat(found).doesNotHaveDuplicates();
              assertThat(new TreeSet<>(found)).isEqualTo(expected);
            });
    assertThat(IcebergReads.equalityDeletes(table)).isEmpty();
  }
}
