package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
  private static final int QUERIES = Integer.getInteger("route.queries", 100);
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

  private static final String IN_LIST =
      IntStream.range(0, 10_000).mapToObj(Integer::toString).collect(Collectors.joining(", "));
  private static final String MANY_BRANCHES =
      IntStream.range(0, 1_000)
          .mapToObj(i -> "WHEN %d THEN 'x%d'".formatted(i, i))
          .collect(Collectors.joining(" "));
  private static final String MANY_AGGREGATES =
      IntStream.range(0, 300)
          .mapToObj(i -> "sum(i4 * %d)".formatted(i))
          .collect(Collectors.joining(", "));

  /** Each was once wrong or an internal error on Flink. */
  private static final List<String> ONCE_WRONG =
      List.of(
          "SELECT sum(n0) FROM (SELECT n0 FROM p UNION ALL SELECT n0 FROM q) x",
          "SELECT sum(n0) FROM p",
          "SELECT sum(n10), sum(n10 * n10) FROM p",
          "SELECT id, n0 * n0, n0 + 1, n0 * 10 FROM p",
          "SELECT f8 FROM p EXCEPT SELECT f8 FROM q WHERE id < 3",
          "SELECT count(*) FROM (SELECT f8 FROM p INTERSECT SELECT f8 FROM q) x",
          "SELECT count(*) FROM p JOIN q ON p.f8 = q.f8",
          "SELECT count(*) FROM p JOIN q USING (f4)",
          "SELECT id, f8 FROM p ORDER BY f8 DESC NULLS LAST, id",
          "SELECT max(f8), min(f8), max(f4) FROM p",
          "SELECT id FROM p WHERE d < '1582-10-15' OR ts < '0100-01-01' ORDER BY id",
          "SELECT id FROM p WHERE d IN ('1582-10-10', '10000-01-01') ORDER BY id",
          "SELECT id FROM p WHERE n0 = 99999999999999999999999999999999999999 ORDER BY id",
          "SELECT id FROM p WHERE n0 > 123456789012345678901234567890 ORDER BY id",
          "SELECT id, nu FROM p",
          "SELECT id FROM p WHERE nu > 0.1 ORDER BY id",
          "SELECT id, nu * 2 FROM p WHERE id < 9",
          "SELECT p.id, q.nu FROM p JOIN q ON p.id = q.id",
          "SELECT p.id FROM p JOIN q ON p.nu = q.nu",
          "SELECT nu FROM p UNION ALL SELECT nu FROM q",
          "SELECT sum(nu), max(nu) FROM p",
          "SELECT count(nu) FROM p",
          "SELECT n2 FROM p UNION ALL SELECT n10 FROM q",
          "SELECT n2 FROM p INTERSECT SELECT n10 FROM q",
          "SELECT id, CASE WHEN id = 1 THEN n2 ELSE 2 END FROM p ORDER BY id",
          "SELECT id FROM p WHERE n2 < (SELECT 0.2 * avg(n2) FROM q WHERE q.b = p.b)",
          "SELECT id FROM p WHERE n2 = (SELECT min(n2) * 0.2 FROM q WHERE q.b = p.b)",
          "SELECT id FROM p WHERE n2 < (SELECT coalesce(max(n2), 0.5) FROM q WHERE q.i2 = p.i2)",
          "SELECT count(*) FROM p WHERE id IN (" + IN_LIST + ")",
          "SELECT id, CASE id " + MANY_BRANCHES + " END FROM p",
          "SELECT count(*) FROM p GROUP BY CASE id " + MANY_BRANCHES + " END",
          "SELECT " + MANY_AGGREGATES + " FROM p WHERE i4 BETWEEN -9 AND 99",
          "SELECT p.id FROM p, q WHERE (p.i2 = q.i2 AND p.b) OR (p.i2 = q.i2 AND q.b)",
          "SELECT d - date '2000-01-01', d + 1, tz - tz, ts + interval '1 mon 1 day' FROM p WHERE"
              + " id < 9",
          "SELECT 1 / (id - 3) FROM p",
          "SELECT i4 + i4 FROM p",
          "SELECT i8 * 2 FROM p",
          "SELECT count(*) FROM p WHERE t::int = 1",
          "SELECT CASE WHEN i4 = 0 THEN 0 ELSE 100 / i4 END FROM p",
          "SELECT count(*) FROM p WHERE i4 <> 0 AND 100 / i4 > 3");

  @Test
  void whatFlinkDoesOtherwiseIsAnsweredAsInPostgresOrRefusedByName() throws SQLException {
    List<String> wrong = new ArrayList<>();
    try (Connection here = server.connect();
        Connection flink = server.connect();
        Connection there = postgres.connect()) {
      set(flink, "SET omendb.route = 'flink'");
      for (String query : ONCE_WRONG) {
        List<String> expected = answer(there, query);
        List<String> auto = answer(here, query);
        List<String> forced = answer(flink, query);
        String shown = query.length() > 120 ? query.substring(0, 120) + "…" : query;
        if (!auto.equals(expected)) {
          wrong.add("auto: %s%n  want %s%n  got  %s".formatted(shown, expected, auto));
        }
        if (!forced.equals(List.of(REFUSED)) && !forced.equals(expected)) {
          wrong.add("flink: %s%n  want %s%n  got  %s".formatted(shown, expected, forced));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void aRefusalSaysWhatAndWhatToDo() throws SQLException {
    try (Connection flink = server.connect()) {
      set(flink, "SET omendb.route = 'flink'");
      assertThatThrownBy(() -> set(flink, "SELECT sum(f8) FROM p"))
          .hasMessageContaining("depends on the order of rows")
          .hasMessageContaining("SET omendb.route = 'auto'")
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("0A000");
      assertThat(answer(flink, "SELECT 1 + 1")).containsExactly("2");
      assertThat(answer(flink, "EXPLAIN SELECT 1 + 1").toString()).contains("no table is read");
      assertThat(answer(flink, "EXPLAIN SELECT id FROM p ORDER BY f8").toString())
          .contains("Sort (in the gateway, over Flink's rows)");
    }
  }

  @Test
  void aQueryThatIsCancelledInFlinkSaysSo() throws SQLException {
    try (Connection flink = server.connect()) {
      set(flink, "SET omendb.route = 'flink'");
      set(flink, "SET statement_timeout = '2s'");
      String endless =
          "SELECT count(*) FROM p a, p b, p c, p d, p e, p f, p g WHERE a.i4 + b.id = -c.id - d.id"
              + " - e.id - f.id - g.id";
      assertThat(answer(flink, endless)).containsExactly("ERROR 57014");
      set(flink, "RESET statement_timeout");
      assertThat(answer(flink, "SELECT count(*) FROM p")).containsExactly(Integer.toString(ROWS));
    }
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
