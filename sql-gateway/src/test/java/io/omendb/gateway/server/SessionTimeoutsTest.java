package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** What ends by itself when it takes too long: statements, waits for locks, silent clients. */
class SessionTimeoutsTest {
  private static ServerProcess server;

  private Connection connection;
  private Connection other;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server =
        ServerProcess.start(
            directory, ServerProcess.SHORT_LIVED, "--checkpoint-interval-ms", "600000");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() throws SQLException {
    connection = server.connect();
    other = server.connect();
    run(other, "DROP TABLE IF EXISTS t");
    run(other, "CREATE TABLE t (id int PRIMARY KEY, a text)");
    run(other, "INSERT INTO t VALUES (1, 'x')");
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
    other.close();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String answer(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void assertFails(String state, Connection connection, String sql) {
    assertThatThrownBy(() -> run(connection, sql))
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> assertThat(e.getSQLState()).as("%s: %s", sql, e.getMessage()).isEqualTo(state));
  }

  private static void assertEnded(Connection ended) throws SQLException {
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> run(ended, "SHOW server_version"))
                    .isInstanceOf(SQLException.class));
    assertThat(ended.isClosed()).isTrue();
  }

  @Test
  void aTransactionThatIsLeftIdleEndsAndLetsGoOfItsLocks() throws Exception {
    run(connection, "SET idle_in_transaction_session_timeout = '200ms'");
    connection.setAutoCommit(false);
    run(connection, "UPDATE t SET a = 'left' WHERE id = 1");
    // Waits for the row until the server ends the connection that holds it.
    run(other, "UPDATE t SET a = 'taken' WHERE id = 1");
    assertThat(answer(other, "SELECT a FROM t")).isEqualTo("taken");
    assertEnded(connection);
  }

  @Test
  void theReasonIsToldBeforeTheConnectionEnds() throws Exception {
    try (var idle = RawClient.connect(server.host(), server.port())) {
      idle.query("SET idle_in_transaction_session_timeout = 100");
      idle.query("BEGIN");
      assertThat(idle.readError()).startsWith("SFATAL").contains("C25P03");
    }
    try (var idle = RawClient.connect(server.host(), server.port())) {
      idle.query("SET idle_session_timeout = 100");
      assertThat(idle.readError()).startsWith("SFATAL").contains("C57P05");
    }
    try (var idle = RawClient.connect(server.host(), server.port())) {
      idle.query("SET idle_in_transaction_session_timeout = 100");
      idle.query("BEGIN");
      idle.query("SELECT 1/0");
      assertThat(idle.readError()).contains("C22012");
      assertThat(idle.readError()).startsWith("SFATAL").contains("C25P03");
    }
  }

  @Test
  void aClientThatGoesOnIsNotIdle() throws Exception {
    run(connection, "SET idle_in_transaction_session_timeout = '20s'");
    run(connection, "SET idle_session_timeout = '20s'");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
    connection.setAutoCommit(false);
    while (System.nanoTime() < end) {
      run(connection, "SELECT a FROM t WHERE id = 1");
    }
    connection.commit();
    run(connection, "SET idle_session_timeout = 0");
    assertThat(answer(connection, "SHOW idle_session_timeout")).isEqualTo("0");
  }

  @Test
  void aStatementThatRunsIsNotIdle() throws Exception {
    other.setAutoCommit(false);
    run(other, "UPDATE t SET a = 'held' WHERE id = 1");
    try (RawClient client = RawClient.connect(server.host(), server.port())) {
      client.query("SET idle_session_timeout = 100; UPDATE t SET a = 'late' WHERE id = 1");
      CompletableFuture<String> ended = CompletableFuture.supplyAsync(client::readError);
      assertThatThrownBy(() -> ended.get(500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      other.commit();
      // Idle only now, and the statement has had its effect.
      assertThat(ended.get(30, TimeUnit.SECONDS)).contains("C57P05");
    }
    other.setAutoCommit(true);
    assertThat(answer(other, "SELECT a FROM t WHERE id = 1")).isEqualTo("late");
  }

  @Test
  void aWaitForALockEnds() throws Exception {
    other.setAutoCommit(false);
    run(other, "UPDATE t SET a = 'held' WHERE id = 1");
    run(connection, "SET lock_timeout = '100ms'");
    assertFails("55P03", connection, "UPDATE t SET a = 'mine' WHERE id = 1");
    assertFails("55P03", connection, "DELETE FROM t WHERE id = 1");
    assertFails("55P03", connection, "INSERT INTO t VALUES (1, 'y') ON CONFLICT DO NOTHING");
    assertFails("55P03", connection, "TRUNCATE t");
    other.rollback();
    run(other, "TRUNCATE t");
    assertFails("55P03", connection, "SELECT * FROM t");
    assertFails("55P03", connection, "SELECT * FROM t WHERE id = 1");
    assertFails("55P03", connection, "INSERT INTO t VALUES (2, 'y')");
    // Each wait has its own bound, and none is left behind.
    other.rollback();
    run(connection, "UPDATE t SET a = 'mine' WHERE id = 1");
    assertThat(answer(connection, "SELECT a FROM t WHERE id = 1")).isEqualTo("mine");
  }

  @Test
  void theShorterOfTwoTimeoutsEndsAStatement() throws Exception {
    other.setAutoCommit(false);
    run(other, "UPDATE t SET a = 'held' WHERE id = 1");
    run(connection, "SET statement_timeout = '100ms'");
    run(connection, "SET lock_timeout = '1h'");
    assertFails("57014", connection, "UPDATE t SET a = 'mine' WHERE id = 1");
    connection.setAutoCommit(false);
    run(connection, "SET LOCAL statement_timeout = 0");
    run(connection, "SET LOCAL lock_timeout = 100");
    assertFails("55P03", connection, "UPDATE t SET a = 'mine' WHERE id = 1");
    connection.rollback();
    other.rollback();
  }

  @Test
  void aStatementEndsWhateverItDoes() throws Exception {
    run(connection, "SET statement_timeout = '150ms'");
    assertFails(
        "57014",
        connection,
        "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b");
    run(connection, "SET statement_timeout = 0");
    assertThat(answer(connection, "SELECT count(*) FROM t")).isEqualTo("1");
  }

  @Test
  void aCopyIsOneStatementHoweverManyPiecesItHas() throws Exception {
    run(connection, "SET statement_timeout = '300ms'");
    CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY t FROM STDIN");
    assertThatThrownBy(
            () -> {
              for (int id = 100; id < 1_000_000; id++) {
                byte[] line = (id + "\ty\n").getBytes(StandardCharsets.UTF_8);
                copy.writeToCopy(line, 0, line.length);
                copy.flushCopy();
                Thread.onSpinWait();
              }
              copy.endCopy();
            })
        .isInstanceOf(SQLException.class);
    assertThat(answer(other, "SELECT count(*) FROM t")).isEqualTo("1");
  }

  /** The least of a client: it reads what the server says of its own accord. */
  private static final class RawClient implements AutoCloseable {
    private final java.net.Socket socket;
    private final java.io.DataInputStream in;
    private final java.io.DataOutputStream out;

    private RawClient(java.net.Socket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(30_000);
      in = new java.io.DataInputStream(socket.getInputStream());
      out = new java.io.DataOutputStream(socket.getOutputStream());
    }

    static RawClient connect(String host, int port) throws IOException {
      RawClient client = new RawClient(new java.net.Socket(host, port));
      byte[] parameters = "user\0omendb\0database\0omendb\0\0".getBytes(StandardCharsets.UTF_8);
      client.out.writeInt(8 + parameters.length);
      client.out.writeInt(3 << 16);
      client.out.write(parameters);
      client.out.flush();
      return client;
    }

    void query(String sql) throws IOException {
      byte[] text = (sql + "\0").getBytes(StandardCharsets.UTF_8);
      out.writeByte('Q');
      out.writeInt(4 + text.length);
      out.write(text);
      out.flush();
    }

    /** The fields of the next ErrorResponse, separated by spaces. */
    String readError() {
      try {
        while (true) {
          int type = in.readByte();
          byte[] content = in.readNBytes(in.readInt() - 4);
          if (type == 'E') {
            return new String(content, StandardCharsets.UTF_8).replace('\0', ' ');
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
