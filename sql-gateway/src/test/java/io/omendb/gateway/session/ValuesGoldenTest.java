package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.jobs.OmenException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every value comes out as PostgreSQL 15 shows it: display scales, signs of zero, calendars, blank
 * padding, errors. {@code values/answers.txt} holds statements over {@code values/tables.sql} with
 * the answers, which are checked against a real PostgreSQL too. Random calls are compared with it
 * directly ({@code -Dseed=}).
 *
 * <p>An answer is a block of lines: the statement, then one line per row ({@code ~} for NULL, cells
 * apart by {@code |}, backslash and newline escaped) or {@code ! SQLSTATE}. A statement behind
 * {@code refused:} is one that is not supported here, which its SQLSTATE must say.
 */
class ValuesGoldenTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int RANDOM_CALLS = 500;
  private static final String REFUSED = "refused: ";
  private static final String NOT_SUPPORTED = "! 0A000";

  /** {@code answer} is PostgreSQL's. */
  private record Case(String sql, boolean refused, List<String> answer) {}

  @Test
  void everyAnswerIsPostgresOwnOrARefusalByName() throws IOException {
    List<String> differences = new ArrayList<>();
    List<Case> cases = cases();
    try (SessionHarness ours = new SessionHarness()) {
      for (String statement : resource("tables.sql").split(";\n")) {
        ours.run(statement);
      }
      for (Case c : cases) {
        List<String> expected = c.refused ? List.of(NOT_SUPPORTED) : c.answer;
        compare(c.sql, expected, here(ours, c.sql), differences);
      }
    }
    assertThat(differences).as("statements that mean something else here").isEmpty();
    assertThat(cases).hasSizeGreaterThan(280);
  }

  @Test
  void theAnswersArePostgresOwn() throws IOException, SQLException {
    List<String> differences = new ArrayList<>();
    try (LocalPostgres postgres = LocalPostgres.start();
        Connection connection = postgres.connect();
        Statement theirs = connection.createStatement()) {
      theirs.execute("SET TimeZone = 'UTC'");
      for (String statement : resource("tables.sql").split(";\n")) {
        theirs.execute(statement);
      }
      for (Case c : cases()) {
        compare(c.sql, c.answer, onPostgres(theirs, c.sql), differences);
      }
    }
    assertThat(differences).as("answers that are not PostgreSQL's").isEmpty();
  }

  @Test
  void randomCallsGivePostgresValues() throws SQLException {
    System.out.println("seed " + SEED);
    RandomValues random = new RandomValues(SEED);
    List<String> differences = new ArrayList<>();
    try (SessionHarness ours = new SessionHarness();
        Connection connection = LocalPostgres.shared().connect();
        Statement theirs = connection.createStatement()) {
      theirs.execute("SET TimeZone = 'UTC'");
      for (int i = 0; i < RANDOM_CALLS; i++) {
        String sql = random.next();
        compare(sql, onPostgres(theirs, sql), here(ours, sql), differences);
      }
    }
    assertThat(differences).as("seed %d", SEED).isEmpty();
  }

  private static void compare(
      String sql, List<String> expected, List<String> actual, List<String> differences) {
    boolean same =
        sql.contains("order by")
            ? actual.equals(expected)
            : actual.stream().sorted().toList().equals(expected.stream().sorted().toList());
    if (!same) {
      differences.add("%s%n  expected %s%n  got      %s".formatted(sql, expected, actual));
    }
  }

  private static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (String block : resource("answers.txt").split("\n\n+")) {
      List<String> lines = block.lines().toList();
      String sql = lines.get(0);
      boolean refused = sql.startsWith(REFUSED);
      cases.add(
          new Case(
              refused ? sql.substring(REFUSED.length()) : sql,
              refused,
              lines.subList(1, lines.size())));
    }
    return cases;
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        ValuesGoldenTest.class.getResourceAsStream("/io/omendb/gateway/values/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<String> here(SessionHarness ours, String sql) {
    try {
      return ours.run(sql).rows().stream().map(ValuesGoldenTest::escaped).toList();
    } catch (OmenException error) {
      return List.of("! " + error.code().sqlState());
    }
  }

  private static List<String> onPostgres(Statement statement, String sql) {
    try (ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          String cell = result.getString(i);
          cells.add(cell == null ? "~" : cell);
        }
        rows.add(escaped(String.join("|", cells)));
      }
      return rows;
    } catch (SQLException error) {
      return List.of("! " + error.getSQLState());
    }
  }

  /** An empty row is a line too. */
  private static String escaped(String row) {
    return "= " + row.replace("\\", "\\\\").replace("\n", "\\n");
  }
}
