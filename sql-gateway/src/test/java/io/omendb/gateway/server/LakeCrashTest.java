package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.HaltingCatalog;
import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.ServerProcess;
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
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The server dies at a chosen moment of bringing two tables to one cut. Each transaction changes
 * both tables alike, so that after the restart any difference between them, on any route or in the
 * lake, is a fault. One table is of Iceberg's format 2, the other of format 3.
 */
class LakeCrashTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<String> TABLES = List.of("lefts", "rights");

  /** The tables in the lake, whose catalog outlives the server's process. */
  private static final Map<String, Table> LAKE = new TreeMap<>();

  private static ServerProcess server;
  private final Map<Integer, Integer> model = new TreeMap<>();

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    Path data = directory.resolve("data");
    server = ServerProcess.start(data, ServerProcess.SHORT_LIVED, options(data));
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE lefts (id int PRIMARY KEY, value int NOT NULL) WITH (format-version = 2)");
      statement.execute("CREATE TABLE rights (id int PRIMARY KEY, value int NOT NULL)");
    }
  }

  private static String[] options(Path data) throws Exception {
    List<String> options = new ArrayList<>(List.of(HaltingCatalog.serverOptions(data)));
    options.addAll(List.of("--cut-interval-ms", "300", "--checkpoint-interval-ms", "1000"));
    return options.toArray(String[]::new);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Exported and not committed; one of two tables committed, and the log does not know it yet. */
  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1"})
  void everyRowIsThereOnceAfterwards(int commits, int tablesAhead) throws Exception {
    change("DELETE FROM %s");
    model.clear();
    change("INSERT INTO %s SELECT i, i FROM generate_series(1, 50) AS i");
    for (int id = 1; id <= 50; id++) {
      model.put(id, id);
    }
    awaitLake();
    long before = IcebergReads.csn(lake("lefts"));
    assertThat(IcebergReads.csn(lake("rights"))).as("one cut, one CSN").isEqualTo(before);

    HaltingCatalog.request(server.dataDirectory(), commits);
    change(
        "UPDATE %s SET value = -value WHERE id <= 20; DELETE FROM %1$s WHERE id > 40; INSERT INTO"
            + " %1$s VALUES (100, 1)");
    model.keySet().removeIf(id -> id > 40);
    model.replaceAll((id, value) -> id <= 20 ? -value : value);
    model.put(100, 1);
    assertThat(server.awaitEnd(PATIENCE)).as("it dies").isTrue();
    assertThat(TABLES.stream().filter(table -> IcebergReads.csn(lake(table)) > before))
        .as("tables that are at the cut already")
        .hasSize(tablesAhead);

    server.start();
    checkRoutes(List.of("state", "flink"));
    awaitLake();
    change("UPDATE %s SET value = value + 1 WHERE id IN (1, 30, 100)");
    for (int id : List.of(1, 30, 100)) {
      model.merge(id, 1, Integer::sum);
    }
    checkRoutes(List.of("state"));
    awaitLake();
    assertThat(IcebergReads.csn(lake("lefts"))).isEqualTo(IcebergReads.csn(lake("rights")));
    checkDeletes("lefts", 2, FileFormat.PARQUET);
    checkDeletes("rights", 3, FileFormat.PUFFIN);
  }

  /** Rows are deleted by position only: in files of positions, or in deletion vectors. */
  private static void checkDeletes(String table, int formatVersion, FileFormat format) {
    assertThat(TableUtil.formatVersion(lake(table))).isEqualTo(formatVersion);
    assertThat(IcebergReads.addedDeletes(lake(table)))
        .as(table)
        .isNotEmpty()
        .allMatch(file -> file.content() == FileContent.POSITION_DELETES)
        .allMatch(file -> file.format() == format);
  }

  /** Runs statements on both tables in one transaction. */
  private static void change(String sql) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String table : TABLES) {
        statement.execute(sql.formatted(table));
      }
      connection.commit();
    }
  }

  private void checkRoutes(List<String> routes) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      for (String route : routes) {
        statement.execute("SET omendb.route = '" + route + "'");
        for (String table : TABLES) {
          Map<Integer, Integer> found = new TreeMap<>();
          try (ResultSet rows = statement.executeQuery("SELECT id, value FROM " + table)) {
            while (rows.next()) {
              assertThat(found.put(rows.getInt(1), rows.getInt(2))).isNull();
            }
          }
          assertThat(found).as("%s, route %s", table, route).isEqualTo(model);
        }
      }
    }
  }

  private void awaitLake() {
    for (String table : TABLES) {
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(lakeRows(table)).as(table).isEqualTo(model));
    }
  }

  private static Map<Integer, Integer> lakeRows(String table) {
    Map<Integer, Integer> found = new TreeMap<>();
    IcebergReads.rows(lake(table))
        .forEach(
            row ->
                assertThat(found.put((Integer) row.getField("id"), (Integer) row.getField("value")))
                    .as("%s in the lake twice", row)
                    .isNull());
    return found;
  }

  private static Table lake(String table) {
    Table lake =
        LAKE.computeIfAbsent(
            table, name -> IcebergReads.awaitTable(server.lakeDirectory(), "public." + name));
    lake.refresh();
    return lake;
  }
}
