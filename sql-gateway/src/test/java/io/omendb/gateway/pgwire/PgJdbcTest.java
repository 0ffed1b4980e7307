package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.LocalPostgres;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** PostgreSQL's own JDBC driver and psql against the endpoint. */
class PgJdbcTest {
  private final ToySessions sessions = new ToySessions();
  private final PgEndpoint endpoint = new PgEndpoint(PgEndpointSettings.onFreePort(), sessions);

  @BeforeEach
  void start() throws IOException {
    endpoint.start();
  }

  @AfterEach
  void stop() {
    endpoint.stop();
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/omendb?user=me&%s"
            .formatted(endpoint.address().getPort(), options));
  }

  /** Every way in which the driver can send a statement and receive its values. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "preferQueryMode=simple",
        "preferQueryMode=extended&prepareThreshold=0",
        "preferQueryMode=extended&prepareThreshold=1",
        "prepareThreshold=-1&binaryTransfer=true",
        "preferQueryMode=extendedCacheEverything",
        "prepareThreshold=3&binaryTransfer=false"
      })
  void valuesArriveInEveryMode(String options) throws SQLException {
    try (Connection connection = connect(options);
        Statement statement = connection.createStatement()) {
      assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(15);
      for (int i = 0; i < 7; i++) {
        try (ResultSet rows = statement.executeQuery("select " + i)) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getInt(1)).isEqualTo(i);
          assertThat(rows.next()).isFalse();
        }
      }
      if (options.contains("simple")) {
        return; // the driver writes parameters into the text, and the toy has no literals
      }
      echo(connection);
    }
  }

  private static void echo(Connection connection) throws SQLException {
    UUID uuid = UUID.randomUUID();
    OffsetDateTime instant = OffsetDateTime.parse("2024-07-01T12:34:56.123456Z");
    try (PreparedStatement echo =
        connection.prepareStatement(
            "echo ?::bool ?::int2 ?::int4 ?::int8 ?::float4 ?::float8 ?::numeric ?::text ?::date"
                + " ?::time ?::timestamp ?::timestamptz ?::bytea ?::uuid")) {
      for (int i = 0; i < 7; i++) {
        bind(echo, uuid, instant);
        try (ResultSet row = echo.executeQuery()) {
          assertThat(row.next()).isTrue();
          assertThat(row.getBoolean(1)).isTrue();
          assertThat(row.getShort(2)).isEqualTo((short) -2);
          assertThat(row.getInt(3)).isEqualTo(Integer.MIN_VALUE);
          assertThat(row.getLong(4)).isEqualTo(Long.MAX_VALUE);
          assertThat(row.getFloat(5)).isEqualTo(1.1f);
          assertThat(row.getDouble(6)).isEqualTo(1e100);
          assertThat(row.getBigDecimal(7)).isEqualTo(new BigDecimal("-12345.6700"));
          assertThat(row.getString(8)).isEqualTo("naïve 😀");
          assertThat(row.getObject(9, LocalDate.class)).isEqualTo(LocalDate.of(2024, 2, 29));
          assertThat(row.getObject(10, LocalTime.class)).isEqualTo(LocalTime.of(1, 2, 3));
          assertThat(row.getTimestamp(11)).isEqualTo(Timestamp.valueOf("2024-01-02 03:04:05.6"));
          assertThat(row.getObject(12, OffsetDateTime.class)).isEqualTo(instant);
          assertThat(row.getBytes(13)).containsExactly(0, -1, 92);
          assertThat(row.getObject(14)).isEqualTo(uuid);
        }
      }
    }
  }

  private static void bind(PreparedStatement echo, UUID uuid, OffsetDateTime instant)
      throws SQLException {
    echo.setBoolean(1, true);
    echo.setShort(2, (short) -2);
    echo.setInt(3, Integer.MIN_VALUE);
    echo.setLong(4, Long.MAX_VALUE);
    echo.setFloat(5, 1.1f);
    echo.setDouble(6, 1e100);
    echo.setBigDecimal(7, new BigDecimal("-12345.6700"));
    echo.setString(8, "naïve 😀");
    echo.setObject(9, LocalDate.of(2024, 2, 29));
    echo.setObject(10, LocalTime.of(1, 2, 3));
    echo.setTimestamp(11, Timestamp.valueOf("2024-01-02 03:04:05.6"));
    echo.setObject(12, instant);
    echo.setBytes(13, new byte[] {0, -1, 92});
    echo.setObject(14, uuid);
  }

  @Test
  void fetchSizeReadsThroughAPortal() throws SQLException {
    try (Connection connection = connect("")) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(100);
        try (ResultSet rows = statement.executeQuery("rows 1000 10")) {
          int count = 0;
          while (rows.next()) {
            assertThat(rows.getInt(1)).isEqualTo(count++);
            assertThat(sessions.rowsProduced.get()).isLessThanOrEqualTo(count + 100);
          }
          assertThat(count).isEqualTo(1000);
        }
      }
      connection.commit();
    }
  }

  @Test
  void batchesAndTransactions() throws SQLException {
    try (Connection connection = connect("")) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        for (int i = 0; i < 300; i++) {
          statement.addBatch("write w" + i);
        }
        assertThat(statement.executeBatch()).hasSize(300).containsOnly(1);
        connection.rollback();
        assertThat(sessions.committed).isEmpty();
        statement.executeUpdate("write kept");
        connection.commit();
        assertThat(sessions.committed).containsExactly("kept");
        assertThatThrownBy(() -> statement.executeUpdate("fail unique_violation"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23505"));
        assertThatThrownBy(() -> statement.executeQuery("select 1"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25P02"));
        connection.rollback();
        statement.execute("select 1");
      }
    }
  }

  @Test
  void cancelFromAnotherThread() throws Exception {
    try (Connection connection = connect("");
        Statement statement = connection.createStatement()) {
      CompletableFuture<String> state =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  statement.execute("sleep");
                  return "finished";
                } catch (SQLException e) {
                  return String.valueOf(e.getSQLState());
                }
              });
      Awaitility.await().until(() -> sessions.sleeping.get() == 1);
      statement.cancel();
      assertThat(state.get(10, TimeUnit.SECONDS)).isEqualTo("57014");
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  @Test
  void copyManager() throws Exception {
    try (Connection connection = connect("")) {
      var copy = connection.unwrap(PGConnection.class).getCopyAPI();
      assertThat(copy.copyIn("copyin", new StringReader("a\nb\nc\n"))).isEqualTo(3);
      assertThat(sessions.committed).containsExactly("a", "b", "c");
      StringWriter lines = new StringWriter();
      assertThat(copy.copyOut("copyout 3", lines)).isEqualTo(3);
      assertThat(lines).hasToString("0\n1\n2\n");
      assertThatThrownBy(() -> copy.copyIn("copyin", new StringReader("bad\n")))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22P04"));
    }
  }

  @Test
  void psql() throws Exception {
    Process psql =
        new ProcessBuilder(
                LocalPostgres.psql(),
                "-X",
                "-At",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(endpoint.address().getPort()),
                "-U",
                "omendb",
                "-c",
                "select 1",
                "-c",
                "begin",
                "-c",
                "write psql",
                "-c",
                "commit",
                "-c",
                "nonsense",
                "omendb")
            .redirectErrorStream(true)
            .start();
    String output = new String(psql.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    psql.waitFor();
    assertThat(output.lines().toList())
        .isEqualTo(
            List.of(
                "1",
                "BEGIN",
                "INSERT 0 1",
                "COMMIT",
                "ERROR:  syntax error at or near \"nonsense\""));
    assertThat(sessions.committed).containsExactly("psql");
  }
}
