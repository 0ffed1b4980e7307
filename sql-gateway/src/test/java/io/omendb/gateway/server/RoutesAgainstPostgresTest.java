package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same random queries over edge values of every type in state, on the forced Flink route and on
 * PostgreSQL: PostgreSQL's answer, or, where Flink is forced, 0A000. {@code -Dseed} and {@code
 * -Droute.queries} make it another and a longer one.
 */
class RoutesAgainstPostgresTest {
  private static final long SEED = Long.getLong("seed", 20_261_128L);
  private static final int QUERIES = Integer.getInteger("route.queries", 150);
  private static final int ROWS = 24;
  private static final String REFUSED = "ERROR 0A000";

  private static final Random RANDOM = new Random(SEED);
  private static final EdgeValueQueries GENERATOR = new EdgeValueQueries(RANDOM);
  private static ServerProcess server;
  private static LocalPostgres postgres;

  @BeforeAll
  static void load(@TempDir Path directory) throws Exception {
    System.out.println("seed " + SEED);
    postgres = LocalPostgres.start();
    // Rows come from the lake, from state, and from both, as time goes by.
    server = ServerProcess.start(directory, ServerProcess.SHORT_LIVED, "--cut-interval-ms", "2000");
    List<String> setup = GENERATOR.setup(ROWS);
    try (Connection here = server.connect();
        Connection there = postgres.connect()) {
      for (Connection connection : List.of(here, there)) {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          for (String sql : setup) {
            statement.execute(sql);
          }
        }
        connection.commit();
      }
    }
  }

  @AfterAll
  static void stop() {
    server.close();
    postgres.close();
  }

  @Test
  void bothRoutesGivePostgresAnswersOrFlinkRefuses() throws SQLException {
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    try (Connection state = server.connect();
        Connection flink = server.connect();
        Connection there = postgres.connect()) {
      set(state, "SET omendb.route = 'state'");
      set(flink, "SET omendb.route = 'flink'");
      for (Connection connection : List.of(state, flink, there)) {
        set(connection, "SET TimeZone = 'Europe/Berlin'");
      }
      for (int i = 0; i < QUERIES; i++) {
        String query = GENERATOR.next();
        List<String> expected = answer(there, query);
        List<String> fromState = answer(state, query);
        List<String> fromFlink = answer(flink, query);
        if (!same(fromState, expected)) {
          wrong.add("state: %s%n  want %s%n  got  %s".formatted(query, expected, fromState));
        }
        if (fromFlink.equals(List.of(REFUSED))) {
          refused++;
        } else if (!same(fromFlink, expected)) {
          wrong.add("flink: %s%n  want %s%n  got  %s".formatted(query, expected, fromFlink));
        }
      }
    }
    System.out.printf("%d queries, %d refused by Flink%n", QUERIES, refused);
    assertThat(wrong).as("seed %d", SEED).isEmpty();
    assertThat(refused).as("most queries run on Flink").isLessThan(QUERIES / 2);
  }

  /** Which of several errors in a statement's rows is met first is not fixed. */
  private static boolean same(List<String> got, List<String> expected) {
    return got.equals(expected) || (isDataError(got) && isDataError(expected));
  }

  private static boolean isDataError(List<String> answer) {
    return answer.size() == 1 && answer.get(0).startsWith("ERROR 22");
  }

  private static void set(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> answer(Connection connection, String query) {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(String.valueOf(result.getString(i)));
        }
        rows.add(String.join("|", row));
      }
    } catch (SQLException e) {
      return List.of("ERROR " + e.getSQLState());
    }
    if (!query.contains("ORDER BY")) {
      rows.sort(null);
    }
    return rows;
  }
}
