package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.postgresql.PGConnection;

/** Loads whole tables by COPY and by INSERT … SELECT, and drops the older ones. */
final class BulkLoads extends SoakClient {
  private static final int ROWS = 20_000;
  private static final int KEPT_MAX = 3;
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final Deque<String> kept = new ArrayDeque<>();
  private int made;

  BulkLoads(SoakRun run) {
    super(run);
  }

  @Override
  void step(Connection connection) throws SQLException, IOException {
    String table = "bulk_" + ++made;
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE %s (id bigint PRIMARY KEY, amount numeric(12, 2), note text)"
              .formatted(table));
      StringBuilder lines = new StringBuilder(40 * ROWS);
      for (int i = 0; i < ROWS; i++) {
        lines.append(i).append('\t').append(i).append(".25\tnote of row ").append(i).append('\n');
      }
      long copied =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn("COPY " + table + " FROM STDIN", new StringReader(lines.toString()));
      assertThat(copied).isEqualTo(ROWS);
      statement.execute(
          "INSERT INTO %s SELECT g, g, 'made' FROM generate_series(%d, %d) g"
              .formatted(table, ROWS, 2 * ROWS - 1));
      kept.add(table);
      check(statement, table);
      if (kept.size() > KEPT_MAX) {
        statement.execute("DROP TABLE " + kept.remove());
      }
    }
    soak().pause(PAUSE);
  }

  private static void check(Statement statement, String table) throws SQLException {
    for (String route : List.of("state", "flink")) {
      statement.execute("SET omendb.route = '" + route + "'");
      try (ResultSet rows =
          statement.executeQuery("SELECT count(*), min(id), max(id), sum(id) FROM " + table)) {
        assertThat(rows.next()).isTrue();
        String description = "%s, route %s".formatted(table, route);
        assertThat(rows.getLong(1)).as(description).isEqualTo(2L * ROWS);
        assertThat(rows.getLong(2)).as(description).isZero();
        assertThat(rows.getLong(3)).as(description).isEqualTo(2L * ROWS - 1);
        assertThat(rows.getLong(4)).as(description).isEqualTo(ROWS * (2L * ROWS - 1));
      }
    }
  }

  /** After the run: the tables that were kept are whole. */
  void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String table : kept) {
        check(statement, table);
      }
    }
  }

  /** The tables that are there for sure. */
  List<String> tables() {
    return List.copyOf(kept);
  }

  @Override
  public String toString() {
    return made + " bulk loads of " + 2 * ROWS + " rows";
  }
}
