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
                  IcebergReads.rows(table).stream().map(LakeEquality::text).sorted().toList();
              assertThat(found.size()).as("rows of %s", tableName).isEqualTo(expected.size());
              assertThat(found.equals(expected)).as("the same rows of %s", tableName).isTrue();
            });
    assertThat(IcebergReads.equalityDeletes(table)).as(tableName).isEmpty();
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

  private static String text(Record record) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < record.size(); i++) {
      append(row, record.get(i));
    }
    return row.toString();
  }

  private static void append(StringBuilder row, @Nullable Object value) {
    row.append(value instanceof BigDecimal number ? number.toPlainString() : value).append('|');
  }
}
