package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.gateway.testing.ServerProcess;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.iceberg.Table;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * Questions about the last hour and the last day, over rows in the lake that were changed since:
 * both routes give PostgreSQL's answers. No row is near an edge of {@code NOW()}, so that it does
 * not matter that the two servers are asked one after the other.
 */
class AnalyticsAgainstPostgresTest {
  private static final long SEED = Long.getLong("seed", 20_261_122L);
  private static final int ROWS = 6_000;
  private static final long DAYS_SECONDS = Duration.ofDays(3).toSeconds();

  private static final String LAST_HOUR =
      "SELECT customer_id, SUM(amount) FROM orders WHERE created_at > NOW() - INTERVAL '1 hour'"
          + " GROUP BY customer_id;";
  private static final String LAST_DAY =
      "SELECT DATE_TRUNC('hour', created_at), COUNT(*) FROM orders WHERE created_at > NOW() -"
          + " INTERVAL '24 hours' GROUP BY 1 ORDER BY 1;";

  private static ServerProcess server;
  private static LocalPostgres postgres;

  @BeforeAll
  static void load(@TempDir Path directory) throws Exception {
    System.out.println("seed " + SEED);
    postgres = LocalPostgres.shared();
    // Large commits go to the lake at once, small ones not before the test is over.
    server =
        ServerProcess.start(
            directory,
            ServerProcess.SHORT_LIVED,
            "--cut-interval-ms",
            "3600000",
            "--cut-bytes-max",
            "65536");
    Instant base = Instant.now();
    String rows = rows(base);
    try (Connection here = server.connect();
        Connection there = postgres.connect()) {
      copy(here, rows);
      copy(there, rows);
      Table lake = IcebergReads.awaitTable(server.lakeDirectory(), "public.orders");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> IcebergReads.csn(lake) > 0 && IcebergReads.rows(lake).size() == ROWS);
      long lakeCsn = IcebergReads.csn(lake);
      change(here, base);
      change(there, base);
      assertThat(IcebergReads.csn(lake)).as("the changes are not in the lake").isEqualTo(lakeCsn);
    }
  }

  private static String rows(Instant base) {
    Random random = new Random(SEED);
    StringBuilder rows = new StringBuilder();
    for (int id = 0; id < ROWS; id++) {
      // A third of the rows is of the last two hours.
      long ageSeconds =
          id % 3 == 0
              ? random.nextLong(Duration.ofHours(2).toSeconds())
              : random.nextLong(DAYS_SECONDS);
      rows.append(id).append(',').append(random.nextInt(40)).append(',');
      rows.append(random.nextInt(10_000)).append('.').append(10 + random.nextInt(90)).append(',');
      rows.append(base.minusSeconds(awayFromEdges(ageSeconds))).append('\n');
    }
    return rows.toString();
  }

  private static long awayFromEdges(long ageSeconds) {
    for (long edge : new long[] {Duration.ofHours(1).toSeconds(), Duration.ofDays(1).toSeconds()}) {
      if (ageSeconds > edge - 600 && ageSeconds < edge + 60) {
        return edge + 60;
      }
    }
    return ageSeconds;
  }

  private static void copy(Connection connection, String rows) throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS orders");
      statement.execute(
          """
          CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int, amount numeric(12,2),
            created_at timestamptz)\
          """);
    }
    long copied =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY orders FROM STDIN WITH (FORMAT csv)", new StringReader(rows));
    assertThat(copied).isEqualTo(ROWS);
  }

  /** Every kind of change to rows that the lake has, and rows that it does not have. */
  private static void change(Connection connection, Instant base) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql :
          List.of(
              "UPDATE orders SET amount = amount * 2 WHERE id % 97 = 0",
              "UPDATE orders SET customer_id = NULL WHERE id % 89 = 0",
              "UPDATE orders SET amount = NULL WHERE customer_id = 7",
              "UPDATE orders SET created_at = created_at - INTERVAL '3 days' WHERE id % 83 = 0",
              "DELETE FROM orders WHERE id % 53 = 0",
              "INSERT INTO orders VALUES (1000000, 41, 0.01, '" + base.minusSeconds(1_200) + "')",
              "INSERT INTO orders VALUES (1000001, 41, 99, '" + base.minusSeconds(40_000) + "')",
              "UPDATE orders SET amount = amount + 1 WHERE id = 1000000")) {
        assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
      }
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "flink"})
  void givesPostgresAnswers(String route) throws SQLException {
    try (Connection here = server.connect();
        Connection there = postgres.connect()) {
      try (Statement statement = here.createStatement()) {
        statement.execute("SET omendb.route = '" + route + "'");
      }
      Comparator<List<String>> anyOrder = Comparator.comparing(List::toString);
      assertThat(answer(here, LAST_HOUR)).hasSizeGreaterThan(40);
      assertThat(answer(here, LAST_HOUR).stream().sorted(anyOrder))
          .containsExactlyElementsOf(answer(there, LAST_HOUR).stream().sorted(anyOrder).toList());
      assertThat(answer(here, LAST_DAY)).hasSizeGreaterThan(23).isEqualTo(answer(there, LAST_DAY));
    }
  }

  private static List<List<String>> answer(Connection connection, String query)
      throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        rows.add(List.of(String.valueOf(result.getString(1)), result.getString(2) + ""));
      }
    }
    return rows;
  }
}
