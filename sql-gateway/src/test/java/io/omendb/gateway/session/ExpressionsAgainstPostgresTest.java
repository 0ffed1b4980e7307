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
 * Nothing is silently misread: each statement of the corpus means here what it means on PostgreSQL
 * (the same row by text, or the same SQLSTATE), or is refused with 0A000.
 */
class ExpressionsAgainstPostgresTest {

  @Test
  void corpus() throws SQLException, IOException {
    List<String> differences = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    int compared = 0;
    try (SessionHarness ours = new SessionHarness();
        Connection connection = LocalPostgres.shared().connect();
        Statement theirs = connection.createStatement()) {
      theirs.execute("SET TimeZone = 'UTC'");
      for (String sql : corpusLines()) {
        String expected = onPostgres(theirs, sql);
        String actual = here(ours, sql);
        compared++;
        if (actual.equals("error 0A000")) {
          refused.add(sql);
        } else if (!actual.equals(expected)) {
          differences.add("%s%n  PostgreSQL %s%n  here       %s".formatted(sql, expected, actual));
        }
      }
    }
    assertThat(differences).as("statements that mean something else here").isEmpty();
    assertThat(compared).isGreaterThan(180);
    assertThat(refused).as("refused by name").hasSizeLessThan(20);
  }

  private static List<String> corpusLines() throws IOException {
    try (InputStream in =
        ExpressionsAgainstPostgresTest.class.getResourceAsStream(
            "/io/omendb/gateway/sql/expressions.sql")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.isBlank() && !line.startsWith("--")).toList();
    }
  }

  private static String onPostgres(Statement statement, String sql) {
    try (ResultSet result = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          String cell = result.getString(i);
          cells.add(cell == null ? "~" : cell);
        }
        rows.add(String.join("|", cells));
      }
      return rows.toString();
    } catch (SQLException error) {
      return "error " + error.getSQLState();
    }
  }

  private static String here(SessionHarness ours, String sql) {
    try {
      return ours.run(sql).rows().toString();
    } catch (OmenException error) {
      return "error " + error.code().sqlState();
    }
  }
}
