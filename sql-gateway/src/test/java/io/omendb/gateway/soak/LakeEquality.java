package io.omendb.gateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.IcebergReads;
import io.omendb.lake.catalog.LakeNames;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Whether what another engine reads of the lake is what a statement answers, row for row. */
final class LakeEquality {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private LakeEquality() {}

  /** Waits until the lake has caught up with a table that nobody writes to. */
  static void check(Path lakeDirectory, Connection connection, String tableName)
      throws SQLException {
    List<String> expected = rowsOfServer(connection, tableName);
    String identifier = LakeNames.identifier("public", tableName).toString();
    Table table = IcebergReads.awaitTable(lakeDirectory, identifier);
    Awaitility.await("the lake's " + tableName)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              table.refresh();
              List<String> found =
                  IcebergReads.rows(table).stream()
                      .map(record -> text(record, table.schema().columns().size()))
                      .sorted()
                      .toList();
              assertThat(found.size()).as("rows of %s", tableName).isEqualTo(expected.size());
              assertThat(found.equals(expected))
                  .as(
                      "the same rows of %s at %s: %s",
                      tableName, standing(connection, tableName), firstDifference(expected, found))
                  .isTrue();
            });
    assertThat(IcebergReads.equalityDeletes(table)).as(tableName).isEmpty();
  }

  private static String firstDifference(List<String> expected, List<String> found) {
    int count = Math.min(expected.size(), found.size());
    for (int i = 0; i < count; i++) {
      if (!expected.get(i).equals(found.get(i))) {
        return "the server has %s, the lake %s".formatted(expected.get(i), found.get(i));
      }
    }
    return "none in %d rows".formatted(count);
  }

  /** What the server says about the table's place in the lake. */
  private static String standing(Connection connection, String table) throws SQLException {
    StringBuilder text = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT * FROM omendb.lake_tables WHERE table_name = '"
                    + table.replace("'", "''")
                    + "'")) {
      int columns = row.getMetaData().getColumnCount();
      while (row.next()) {
        for (int i = 1; i <= columns; i++) {
          text.append(row.getMetaData().getColumnName(i)).append('=');
          append(text, row.getObject(i));
        }
      }
    }
    return text.toString();
  }

  private static List<String> rowsOfServer(Connection connection, String table)
      throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = 'state'");
      try (ResultSet result =
          statement.executeQuery("SELECT * FROM " + new OddTables.Kept(table).quoted())) {
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
          StringBuilder row = new StringBuilder();
          for (int i = 1; i <= columns; i++) {
            boolean timestamp = result.getMetaData().getColumnType(i) == Types.TIMESTAMP;
            append(row, timestamp ? result.getObject(i, LocalDateTime.class) : result.getObject(i));
          }
          rows.add(row.toString());
        }
      }
    }
    rows.sort(null);
    return rows;
  }

  /** Behind the table's columns the reader leaves a row's position where a file has deletes. */
  private static String text(Record record, int columns) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < columns; i++) {
      append(row, record.get(i));
    }
    return row.toString();
  }

  private static void append(StringBuilder row, @Nullable Object value) {
    row.append(value instanceof BigDecimal number ? number.toPlainString() : value).append('|');
  }
}
