package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.ServerProcess;
import io.omendb.lake.catalog.LakeNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All checkpoints are gone and the log has lost its beginning: lake and log together are the
 * database, or the start is refused and nothing is touched.
 */
class RebuildFromLakeTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String[] OPTIONS = {
    "--checkpoint-interval-ms", "300", "--cut-interval-ms", "300",
    "--log-segment-bytes", "2000", "--shards", "4"
  };

  private static final String ODD = "\"we\\ird \"\"näme\"";

  /** Names in SQL, and names as the lake knows them. */
  private static final List<String> TABLES =
      List.of("everything", ODD, "pairs", "events", "positions", "again", "emptied", "late");

  private static final String EDGES =
      """
      INSERT INTO everything VALUES
      (1, true, -32768, -2147483648, -9223372036854775808, '-0', '-0', -0.01,
       -9999999999999999999999999999.9999999999, '', '', 'ab', '5874897-12-31', '24:00',
       '294247-01-10 04:00:54.775', '294247-01-10 04:00:54.775+00', '',
       '00000000-0000-0000-0000-000000000000'),
      (2, false, 32767, 2147483647, 9223372036854775807, 'NaN', 'NaN', 9999999999.99, 0.0000000001,
       'ä😀 \\', 'x  ', 'abcdef', '4713-01-01 BC', '00:00:00.000001', '4713-01-01 BC',
       '4713-01-01 BC', '\\x00ff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
      (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL),
      (4, true, 0, 0, 0, 'infinity', '-infinity', 0, 0, 'x', 'y', '', '0044-03-15 BC',
       '23:59:59.999999', '0044-03-15 12:00 BC', '1883-11-18 12:00+00', 'x', NULL),
      (5, true, 1, 1, 1, '1.17549435e-38', '4.9e-324', 1.10, 2.5000000000, 'n', 'n', ' n',
       '9999-12-31', '12:00', '1582-10-10 00:00', '2000-01-01 00:00+00', 'y',
       '123e4567-e89b-12d3-a456-426614174000')
      """;

  @TempDir Path scratch = Path.of("unset");

  private Path data() {
    return scratch.resolve("data");
  }

  @Test
  void everyRowComesBackAndTheLakeGoesOnOnceEach() throws Exception {
    try (ServerProcess server = ServerProcess.start(data(), ServerProcess.SHORT_LIVED, OPTIONS)) {
      Map<String, List<String>> expected;
      try (Connection connection = server.connect();
          Statement statement = connection.createStatement()) {
        load(statement);
        trimTheLog(statement);
        statement.execute("CREATE TABLE late (id int PRIMARY KEY, note text)");
        statement.execute("INSERT INTO late SELECT i, 'late' FROM generate_series(1, 30) AS g(i)");
        change(statement, 1);
        statement.execute("DROP TABLE gone");
        expected = rows(statement, "state");
        server.kill();
      }
      for (int round = 2; round < 4; round++) {
        deleteCheckpoints();
        server.start();
        try (Connection connection = server.connect();
            Statement statement = connection.createStatement()) {
          assertThat(rows(statement, "state")).isEqualTo(expected);
          assertThatThrownBy(() -> statement.execute("SELECT * FROM gone"))
              .hasMessageContaining("does not exist");
          assertThat(rows(statement, "flink")).isEqualTo(expected);
          change(statement, round);
          expected = rows(statement, "state");
          assertThat(rows(statement, "flink")).isEqualTo(expected);
          awaitLake(statement, expected);
          assertThat(rows(statement, "flink")).isEqualTo(expected);
        }
        // What is checkpointed after a rebuild is as good as any other checkpoint.
        server.kill();
        server.start();
        try (Connection connection = server.connect();
            Statement statement = connection.createStatement()) {
          assertThat(rows(statement, "state")).isEqualTo(expected);
          trimTheLog(statement);
          expected = rows(statement, "state");
        }
        server.kill();
      }
    }
  }

  private static void load(Statement statement) throws SQLException {
    statement.execute(
        "CREATE TABLE everything (id bigint PRIMARY KEY, b boolean, s smallint, i int, l bigint, r"
            + " real, d double precision, n numeric(12,2), w numeric(38,10), t text, v varchar(10),"
            + " c char(6), dt date, tm time, ts timestamp, tz timestamptz, by bytea, u uuid)");
    statement.execute(EDGES);
    statement.execute(
        "CREATE TABLE %s (\"a b\" int PRIMARY KEY, \"ä?\" text, \"c.d\" text)".formatted(ODD));
    statement.execute(
        "CREATE TABLE pairs (a text, b double precision, note text, PRIMARY KEY (a, b))");
    statement.execute("CREATE TABLE events (at int, what text)");
    statement.execute(
        "CREATE TABLE positions (id int PRIMARY KEY, note text) WITH (format_version = 2)");
    statement.execute("CREATE TABLE again (x text PRIMARY KEY)");
    statement.execute("INSERT INTO again VALUES ('old')");
    statement.execute("DROP TABLE again");
    statement.execute("CREATE TABLE again (id int PRIMARY KEY, note text)");
    statement.execute("CREATE TABLE emptied (id int PRIMARY KEY, note text)");
    statement.execute("INSERT INTO emptied SELECT i, 'old' FROM generate_series(1, 9) AS g(i)");
    statement.execute("TRUNCATE emptied");
    statement.execute("CREATE TABLE gone (id int PRIMARY KEY, note text)");
    statement.execute("CREATE TABLE item (id int PRIMARY KEY, note text)");
    statement.execute("INSERT INTO item SELECT i, 'n' FROM generate_series(1, 50) AS g(i)");
    for (String table : List.of(ODD, "positions", "again", "gone")) {
      statement.execute(
          "INSERT INTO %s SELECT i, 'note ' || i FROM generate_series(1, 100) AS g(i)"
              .formatted(table.equals(ODD) ? ODD + " (\"a b\", \"c.d\")" : table));
    }
    statement.execute(
        "INSERT INTO pairs SELECT 'k' || (i % 7), i / 2.0, 'p' FROM generate_series(1, 100) AS"
            + " g(i)");
    statement.execute("INSERT INTO events SELECT i, 'e' FROM generate_series(1, 100) AS g(i)");
    statement.execute("DELETE FROM events WHERE at % 9 = 0");
    change(statement, 0);
  }

  /** Inserts, updates and deletes in every table, of rows old and new. */
  private static void change(Statement statement, int round) throws SQLException {
    statement.execute("INSERT INTO everything (id, t) VALUES (%d, 'round')".formatted(10 + round));
    statement.execute("UPDATE everything SET i = i + 1 WHERE id = 4");
    statement.execute("UPDATE everything SET v = 'r%d' WHERE id = 2".formatted(round));
    statement.execute("DELETE FROM everything WHERE id = %d".formatted(8 + round));
    for (String table : List.of("positions", "again")) {
      statement.execute("DELETE FROM %s WHERE id %% 11 = %d".formatted(table, round));
      statement.execute(
          "UPDATE %s SET note = note || '%d' WHERE id %% 5 = %d".formatted(table, round, round));
      statement.execute("INSERT INTO %s VALUES (%d, 'new')".formatted(table, 1000 + round));
    }
    statement.execute("DELETE FROM %s WHERE \"a b\" %% 11 = %d".formatted(ODD, round));
    statement.execute("UPDATE %s SET \"ä?\" = 'r%d' WHERE \"a b\" < 40".formatted(ODD, round));
    statement.execute("DELETE FROM pairs WHERE a = 'k%d'".formatted(round));
    statement.execute("UPDATE pairs SET note = note || 'q' WHERE b < 20");
    statement.execute("INSERT INTO pairs VALUES ('k%d', '-0', 'zero')".formatted(round));
    statement.execute("INSERT INTO events SELECT 1, 'same' FROM generate_series(1, 3)");
    if (round > 1) {
      // Only now: with changes that the lake has not got a rebuild would be refused.
      statement.execute("INSERT INTO emptied VALUES (%d, 'new')".formatted(round));
      statement.execute("UPDATE late SET note = note || '%d' WHERE id < 9".formatted(round));
    }
  }

  /** Until some of the log is gone, since with its beginning it would be enough for a start. */
  private void trimTheLog(Statement statement) throws IOException {
    Path first = firstSegment();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              statement.execute("UPDATE item SET note = note || 'x' WHERE id < 20");
              return !Files.exists(first);
            });
  }

  private Path firstSegment() throws IOException {
    try (Stream<Path> files = Files.list(data().resolve("log"))) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  private void deleteCheckpoints() throws IOException {
    DamagedDirectory.delete(data().resolve("checkpoints"));
  }

  private static Map<String, List<String>> rows(Statement statement, String route)
      throws SQLException {
    Map<String, List<String>> result = new TreeMap<>();
    statement.execute("SET omendb.route = '" + route + "'");
    statement.execute("SET TIME ZONE 'UTC'");
    for (String table : TABLES) {
      List<String> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery("SELECT * FROM " + table)) {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 1; i <= columns; i++) {
            row.add(String.valueOf(rows.getString(i)));
          }
          found.add(row.toString());
        }
      }
      found.sort(null);
      result.put(table, found);
    }
    statement.execute("SET omendb.route = 'auto'");
    return result;
  }

  /** Iceberg's own reader finds as many rows as there are, each key once. */
  private void awaitLake(Statement statement, Map<String, List<String>> expected) {
    for (String name : TABLES) {
      String plain = name.startsWith("\"") ? name.substring(1, name.length() - 1) : name;
      Table table =
          IcebergReads.load(
              data().resolve("lake"),
              LakeNames.identifier("public", plain.replace("\"\"", "\"")).toString());
      Awaitility.await("the lake's " + name)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(300))
          .untilAsserted(
              () -> {
                table.refresh();
                List<Record> found = IcebergReads.rows(table);
                assertThat(found).hasSameSizeAs(expected.get(name));
                if (!name.equals("events")) {
                  assertThat(found.stream().map(RebuildFromLakeTest::key)).doesNotHaveDuplicates();
                }
                try (ResultSet behind =
                    statement.executeQuery(
                        "SELECT count(*) FROM omendb.lake_tables WHERE error IS NOT NULL")) {
                  behind.next();
                  assertThat(behind.getInt(1)).isZero();
                }
              });
      assertThat(IcebergReads.equalityDeletes(table)).isEmpty();
    }
  }

  private static String key(Record row) {
    return row.get(0) + (row.size() > 2 && row.get(1) instanceof Double ? " " + row.get(1) : "");
  }
}
