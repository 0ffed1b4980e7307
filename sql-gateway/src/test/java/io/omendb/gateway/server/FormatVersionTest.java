package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.IcebergReads;
import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of Iceberg's formats 2 and 3 get the same changes over several cuts; Iceberg alone reads
 * both right, and one has nothing but position deletes, the other nothing but deletion vectors.
 */
class FormatVersionTest {
  private static final long SEED = Long.getLong("seed", 20_261_122L);
  private static final int ROUNDS = 5;

  @Test
  void bothFormatsFollowUpdatesAndDeletes(@TempDir Path directory) throws Exception {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    try (ServerProcess server = ServerProcess.start(directory, "--cut-interval-ms", "200");
        Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE two (id int PRIMARY KEY, value int NOT NULL) WITH (format-version = 2)");
      statement.execute("CREATE TABLE three (id int PRIMARY KEY, value int NOT NULL)");
      Map<Integer, Integer> model = new TreeMap<>();
      for (int round = 0; round < ROUNDS; round++) {
        change(statement, model, round, random);
        for (String table : List.of("two", "three")) {
          awaitLake(IcebergReads.load(server.lakeDirectory(), "public." + table), model);
          assertThat(rows(statement, "state", table)).as(table).isEqualTo(model);
        }
      }
      for (String table : List.of("two", "three")) {
        assertThat(rows(statement, "flink", table)).as(table).isEqualTo(model);
      }
      Table two = IcebergReads.load(server.lakeDirectory(), "public.two");
      assertThat(TableUtil.formatVersion(two)).isEqualTo(2);
      assertThat(IcebergReads.addedDeletes(two))
          .hasSizeGreaterThanOrEqualTo(ROUNDS - 1)
          .allMatch(file -> file.content() == FileContent.POSITION_DELETES)
          .allMatch(file -> file.format() == FileFormat.PARQUET);
      Table three = IcebergReads.load(server.lakeDirectory(), "public.three");
      assertThat(TableUtil.formatVersion(three)).isEqualTo(3);
      assertThat(IcebergReads.addedDeletes(three))
          .hasSizeGreaterThanOrEqualTo(ROUNDS - 1)
          .allMatch(file -> file.content() == FileContent.POSITION_DELETES)
          .allMatch(file -> file.format() == FileFormat.PUFFIN);
    }
  }

  private static void change(
      Statement statement, Map<Integer, Integer> model, int round, Random random)
      throws SQLException {
    int updated = random.nextInt(7);
    int deleted = random.nextInt(11);
    for (String table : List.of("two", "three")) {
      statement.execute(
          """
          BEGIN;
          UPDATE %1$s SET value = value + 1 WHERE id %% 7 = %2$d;
          DELETE FROM %1$s WHERE id %% 11 = %3$d;
          INSERT INTO %1$s SELECT i, %4$d FROM generate_series(%4$d * 100, %4$d * 100 + 99) AS i;
          COMMIT\
          """
              .formatted(table, updated, deleted, round));
    }
    model.replaceAll((id, value) -> id % 7 == updated ? value + 1 : value);
    model.keySet().removeIf(id -> id % 11 == deleted);
    for (int id = round * 100; id < round * 100 + 100; id++) {
      model.put(id, round);
    }
  }

  private static Map<Integer, Integer> rows(Statement statement, String route, String table)
      throws SQLException {
    statement.execute("SET omendb.route = '" + route + "'");
    Map<Integer, Integer> found = new TreeMap<>();
    try (ResultSet rows = statement.executeQuery("SELECT id, value FROM " + table)) {
      while (rows.next()) {
        assertThat(found.put(rows.getInt(1), rows.getInt(2))).isNull();
      }
    }
    return found;
  }

  private static void awaitLake(Table table, Map<Integer, Integer> model) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              table.refresh();
              Map<Integer, Integer> found = new TreeMap<>();
              IcebergReads.rows(table)
                  .forEach(
                      row ->
                          assertThat(
                                  found.put(
                                      (Integer) row.getField("id"),
                                      (Integer) row.getField("value")))
                              .isNull());
              assertThat(found).isEqualTo(model);
            });
  }
}
