package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.LocalPostgres;
import io.omendb.gateway.testing.ServerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What JDBC tools ask about a database before anything else, compared with PostgreSQL's answers.
 */
class DatabaseMetaDataTest {
  private static final String TABLE =
      """
      CREATE TABLE measured (
        station int, taken_at timestamptz, ok boolean NOT NULL, small smallint, big bigint, r real,
        d double precision DEFAULT 1.5, n numeric(12,2), free text DEFAULT 'none', v varchar(20),
        c char(3), day date, at time, ts timestamp, raw bytea, u uuid,
        PRIMARY KEY (station, taken_at))\
      """;

  private static ServerProcess server;
  private static LocalPostgres postgres;
  private static Connection here;
  private static Connection there;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    postgres = LocalPostgres.start();
    server = ServerProcess.start(directory, ServerProcess.SHORT_LIVED);
    here = server.connect();
    there = postgres.connect();
    for (Connection connection : List.of(here, there)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(TABLE);
        statement.execute("CREATE TABLE keyless (id int)");
      }
    }
  }

  @AfterAll
  static void stop() throws SQLException {
    here.close();
    there.close();
    server.close();
    postgres.close();
  }

  /** One of the questions that DatabaseMetaData has an answer to. */
  private interface Question {
    ResultSet ask(DatabaseMetaData metaData) throws SQLException;
  }

  private static void assertSame(Question question, String... columns) throws SQLException {
    assertThat(rows(here, question, columns))
        .isNotEmpty()
        .isEqualTo(rows(there, question, columns));
  }

  private static List<List<String>> rows(
      Connection connection, Question question, String... columns) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (ResultSet result = question.ask(connection.getMetaData())) {
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (String column : columns) {
          row.add(column + "=" + result.getString(column));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  @Test
  void tables() throws SQLException {
    assertSame(
        metaData -> metaData.getTables(null, "public", "%", new String[] {"TABLE"}),
        "TABLE_SCHEM",
        "TABLE_NAME",
        "TABLE_TYPE",
        "REMARKS");
    assertSame(
        metaData -> metaData.getTables(null, null, "meas%", null), "TABLE_SCHEM", "TABLE_NAME");
    assertThat(rows(here, metaData -> metaData.getSchemas(), "TABLE_SCHEM"))
        .contains(
            List.of("TABLE_SCHEM=information_schema"),
            List.of("TABLE_SCHEM=pg_catalog"),
            List.of("TABLE_SCHEM=public"));
    assertSame(DatabaseMetaData::getTableTypes, "TABLE_TYPE");
  }

  @Test
  void columns() throws SQLException {
    assertSame(
        metaData -> metaData.getColumns(null, "public", "measured", "%"),
        "TABLE_NAME",
        "COLUMN_NAME",
        "DATA_TYPE",
        "TYPE_NAME",
        "COLUMN_SIZE",
        "DECIMAL_DIGITS",
        "NULLABLE",
        "IS_NULLABLE",
        "ORDINAL_POSITION",
        "IS_AUTOINCREMENT");
    assertThat(rows(here, m -> m.getColumns(null, "public", "measured", "d"), "COLUMN_DEF").get(0))
        .containsExactly("COLUMN_DEF=1.5");
  }

  @Test
  void keys() throws SQLException {
    assertSame(
        metaData -> metaData.getPrimaryKeys(null, "public", "measured"),
        "TABLE_NAME",
        "COLUMN_NAME",
        "KEY_SEQ",
        "PK_NAME");
    Question keyless = metaData -> metaData.getPrimaryKeys(null, "public", "keyless");
    assertThat(rows(here, keyless, "COLUMN_NAME")).isEmpty();
    assertSame(
        metaData -> metaData.getIndexInfo(null, "public", "measured", true, false),
        "INDEX_NAME",
        "COLUMN_NAME",
        "NON_UNIQUE",
        "ORDINAL_POSITION");
    Question imported = metaData -> metaData.getImportedKeys(null, "public", "measured");
    assertThat(rows(here, imported, "FKCOLUMN_NAME")).isEmpty();
  }

  /** The types that we have are described as PostgreSQL describes them. */
  @Test
  void types() throws SQLException {
    String[] columns = {"TYPE_NAME", "DATA_TYPE", "PRECISION", "NULLABLE", "SEARCHABLE"};
    List<List<String>> ours = rows(here, DatabaseMetaData::getTypeInfo, columns);
    assertThat(rows(there, DatabaseMetaData::getTypeInfo, columns)).containsAll(ours);
    assertThat(ours)
        .extracting(row -> row.get(0).substring("TYPE_NAME=".length()))
        .contains(
            "bool",
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric",
            "text",
            "varchar",
            "bpchar",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "bytea",
            "uuid");
  }

  @Test
  void theServerItself() throws SQLException {
    DatabaseMetaData metaData = here.getMetaData();
    assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
    assertThat(metaData.getDatabaseMajorVersion()).isGreaterThanOrEqualTo(14);
    assertThat(metaData.getIdentifierQuoteString()).isEqualTo("\"");
    assertThat(rows(here, DatabaseMetaData::getCatalogs, "TABLE_CAT"))
        .containsExactly(List.of("TABLE_CAT=omendb"));
    assertThat(rows(here, m -> m.getFunctions(null, null, "now"), "FUNCTION_NAME")).isNotNull();
    assertThat(metaData.getMaxColumnNameLength()).isPositive();
  }
}
