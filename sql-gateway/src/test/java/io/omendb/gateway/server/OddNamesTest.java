package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.HostileNames;
import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.ServerProcess;
import io.omendb.lake.catalog.LakeNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.iceberg.data.Record;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever tables, columns, constraints and aliases are called, they are created, read on both
 * routes, published, read by Iceberg and dropped, and the server goes on. {@code
 * -Domendb.names=5000} for the long form, {@code -Domendb.test.seed} for one that failed.
 */
class OddNamesTest {
  private static final int NAMES = Integer.getInteger("omendb.names", 30);
  private static final int BATCH = 20;

  /** Of the long form's tables that many are read in Flink. */
  private static final int FLINK_READS_PER_BATCH = 5;

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** The names that stopped the server once, besides those that {@link HostileNames} gives. */
  private static final List<String> INFAMOUS =
      List.of("a\\b", "a\"b", "{x}", "<x>", "[x]", "a|b", "a^b", "$x", "..", "a/../b", "\u0001");

  private record Odd(String table, String key, String value, String constraint, String alias) {
    static String quoted(String name) {
      return '"' + name.replace("\"", "\"\"") + '"';
    }

    String create() {
      return "CREATE TABLE %s (%s int, %s text, CONSTRAINT %s PRIMARY KEY (%s))"
          .formatted(quoted(table), quoted(key), quoted(value), quoted(constraint), quoted(key));
    }

    String select() {
      String from = quoted(alias);
      return "SELECT %s.%s AS %s, max(%s.%s) AS %s FROM %s AS %s GROUP BY %s.%s"
          .formatted(
              from,
              quoted(key),
              quoted(value),
              from,
              quoted(value),
              quoted(key),
              quoted(table),
              from,
              from,
              quoted(key));
    }
  }

  @Test
  void anyNameIsServedAndPublished(@TempDir Path directory) throws Exception {
    long seed = Long.getLong("omendb.test.seed", System.nanoTime());
    System.out.println("OddNamesTest seed " + seed);
    Random random = new Random(seed);
    try (ServerProcess server =
            ServerProcess.start(directory, ServerProcess.SHORT_LIVED, "--cut-interval-ms", "300");
        Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE control (id int PRIMARY KEY, n int)");
      Set<String> taken = new LinkedHashSet<>(List.of("control"));
      for (int done = 0; done < NAMES; done += BATCH) {
        Map<String, Odd> batch = new LinkedHashMap<>();
        while (batch.size() < BATCH) {
          String name =
              taken.size() <= INFAMOUS.size()
                  ? INFAMOUS.get(taken.size() - 1)
                  : HostileNames.next(random);
          if (taken.add(name)) {
            batch.put(name, odd(name, random));
          }
        }
        try {
          tryOut(server, statement, List.copyOf(batch.values()));
        } catch (SQLException | RuntimeException | AssertionError e) {
          throw new AssertionError("seed %d, one of %s".formatted(seed, batch.values()), e);
        }
      }
      statement.execute("INSERT INTO control VALUES (1, 1)");
      assertThat(number(statement, "SELECT count(*) FROM control")).isEqualTo(1);
      assertThat(
              number(statement, "SELECT count(*) FROM omendb.lake_tables WHERE error IS NOT NULL"))
          .isZero();
      assertThatThrownBy(() -> statement.execute("CREATE TABLE \"a\\b\".t (id int)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3F000"));
      try (Stream<Path> files = Files.walk(server.lakeDirectory().resolve("warehouse"), 2)) {
        assertThat(files.map(file -> file.getFileName().toString()).skip(1))
            .as("directories are made of ids")
            .allMatch(name -> name.matches("[0-9a-f-]{36}|[0-9]+"));
      }
    }
  }

  private static Odd odd(String table, Random random) {
    // Of one table the hidden column's name.
    String key = table.equals("$x") ? "$row" : HostileNames.next(random);
    String value = HostileNames.next(random);
    while (value.equals(key)) {
      value = HostileNames.next(random);
    }
    return new Odd(table, key, value, HostileNames.next(random), HostileNames.next(random));
  }

  private static void tryOut(ServerProcess server, Statement statement, List<Odd> batch)
      throws SQLException {
    List<Odd> created = new ArrayList<>();
    for (Odd odd : batch) {
      statement.execute(odd.create());
      created.add(odd);
      for (String change :
          List.of(
              "INSERT INTO %s (%s, %s) VALUES (1, 'one'), (2, 'zwei'), (3, 'three')",
              "UPDATE %s SET %3$s = 'two' WHERE %2$s = 2", "DELETE FROM %s WHERE %s = 3")) {
        statement.execute(
            change.formatted(
                Odd.quoted(odd.table()), Odd.quoted(odd.key()), Odd.quoted(odd.value())));
      }
      read(statement, odd, "state");
    }
    for (int i = 0; i < FLINK_READS_PER_BATCH; i++) {
      read(statement, created.get(i * created.size() / FLINK_READS_PER_BATCH), "flink");
    }
    for (Odd odd : created) {
      Awaitility.await().atMost(PATIENCE).until(() -> lakeRows(server, odd).size() == 2);
      for (Record row : lakeRows(server, odd)) {
        assertThat(row.getField(odd.value()))
            .as("%s", odd)
            .isEqualTo(row.getField(odd.key()).equals(1) ? "one" : "two");
      }
      statement.execute("DROP TABLE " + Odd.quoted(odd.table()));
    }
  }

  private static List<Record> lakeRows(ServerProcess server, Odd odd) {
    String identifier = LakeNames.identifier("public", odd.table()).toString();
    return IcebergReads.rows(IcebergReads.awaitTable(server.lakeDirectory(), identifier));
  }

  private static void read(Statement statement, Odd odd, String route) throws SQLException {
    statement.execute("SET omendb.route = '" + route + "'");
    Map<Integer, String> rows = new LinkedHashMap<>();
    try (ResultSet result = statement.executeQuery(odd.select())) {
      assertThat(result.getMetaData().getColumnLabel(1)).isEqualTo(odd.value());
      assertThat(result.getMetaData().getColumnLabel(2)).isEqualTo(odd.key());
      while (result.next()) {
        rows.put(result.getInt(1), result.getString(2));
      }
    }
    assertThat(rows).as("%s on route %s", odd, route).isEqualTo(Map.of(1, "one", 2, "two"));
  }

  private static long number(Statement statement, String sql) throws SQLException {
    statement.execute("RESET omendb.route");
    try (ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
