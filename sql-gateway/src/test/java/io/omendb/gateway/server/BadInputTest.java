package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.testing.Psql;
import io.omendb.gateway.testing.ServerProcess;
import io.omendb.gateway.testing.ServerVitals;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Input that no honest client sends, and more clients than one expects, against a whole server with
 * little memory: each gets PostgreSQL's error, and whoever comes next is served.
 */
class BadInputTest {
  private static final long SEED = Long.getLong("seed", System.nanoTime());
  private static final int CLIENTS = 1_000;
  private static final int CONNECTIONS_MAX = 1_010;
  private static final int CLIENT_THREADS = 100;

  private static ServerProcess server;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    System.out.println("seed " + SEED);
    server =
        ServerProcess.start(
            directory,
            List.of("-Xmx768m", "-XX:TieredStopAtLevel=1"),
            "--connections-max",
            Integer.toString(CONNECTIONS_MAX),
            "--cut-interval-ms",
            "1000");
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE t (id int PRIMARY KEY, small smallint, amount numeric(12,2), name"
              + " varchar(5))");
      statement.execute("INSERT INTO t VALUES (1, 1, 1.00, 'one'), (2, 2, 2.00, 'two')");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private Connection connection;

  @BeforeEach
  void connect() throws SQLException {
    connection = server.connect();
  }

  /** The session that saw the errors goes on, and so do new ones. */
  @AfterEach
  void allIsWellAtTheEnd() throws SQLException {
    for (Connection client : List.of(connection, server.connect())) {
      try (client;
          Statement statement = client.createStatement()) {
        assertThat(number(statement, "SELECT count(*) FROM t WHERE id IN (1, 2)")).isEqualTo(2);
      }
    }
  }

  private static long number(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          42601 | SELEC 1
          42601 | SELECT FROM WHERE
          42601 | INSERT INTO t VALUES (1, 2
          42601 | SELECT 1 +
          42P01 | SELECT * FROM nowhere
          42P01 | INSERT INTO nowhere VALUES (1)
          42P01 | DROP TABLE nowhere
          42703 | SELECT nothing FROM t
          42703 | UPDATE t SET nothing = 1
          42703 | INSERT INTO t (nothing) VALUES (1)
          42883 | SELECT nothing(id) FROM t
          42804 | INSERT INTO t (id) VALUES (true)
          42P07 | CREATE TABLE t (id int)
          22P02 | SELECT 'x'::int
          22P02 | SELECT * FROM t WHERE id = 'x'
          22P02 | INSERT INTO t (id) VALUES ('x')
          22P02 | INSERT INTO t (id, amount) VALUES (3, '1.2.3')
          22007 | SELECT 'yesterdayish'::date
          22003 | SELECT 2147483647 + 1
          22003 | INSERT INTO t (id) VALUES (3000000000)
          22003 | INSERT INTO t (id, small) VALUES (3, 32768)
          22003 | INSERT INTO t (id, amount) VALUES (3, 10000000000)
          22003 | UPDATE t SET id = id + 2147483647
          22001 | INSERT INTO t (id, name) VALUES (3, 'too long')
          22012 | SELECT id / 0 FROM t
          23502 | INSERT INTO t VALUES (NULL, 1)
          23502 | UPDATE t SET id = NULL
          23505 | INSERT INTO t (id) VALUES (1)
          23505 | INSERT INTO t (id) VALUES (3), (3)
          23505 | UPDATE t SET id = 2 WHERE id = 1
          2201W | SELECT * FROM t LIMIT -1
          2201X | SELECT * FROM t OFFSET -1
          0A000 | CREATE TABLE u (id int PRIMARY KEY, other int REFERENCES t)
          22023 | CREATE TABLE u (id int PRIMARY KEY) WITH (format-version = 7)
          22023 | CREATE TABLE u (id int PRIMARY KEY) WITH (nothing = 1)
          """)
  void statementsFailAsInPostgres(String state, String sql) throws SQLException {
    for (boolean block : new boolean[] {false, true}) {
      connection.setAutoCommit(!block);
      try (Statement statement = connection.createStatement()) {
        assertFails(state, sql, () -> statement.execute(sql));
        if (block) {
          assertFails("25P02", "after " + sql, () -> statement.execute("SELECT 1"));
        }
      }
      if (block) {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2201W, SELECT * FROM t LIMIT ?, -1", "22003, SELECT ?::int + 1, 2147483647"})
  void parametersFailAsInPostgres(String state, String sql, int value) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, value);
      assertFails(state, sql, statement::executeQuery);
    }
  }

  private static void assertFails(String state, String sql, ThrowingCallable call) {
    assertThatThrownBy(call)
        .as(sql)
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> assertThat(e.getSQLState()).as("%s: %s", sql, e.getMessage()).isEqualTo(state));
  }

  @Test
  void psqlDescribesATable() throws Exception {
    for (String command : List.of("\\d t", "\\d+ t")) {
      assertThat(Psql.to(server).run(command))
          .contains("Table \"public.t\"")
          .containsPattern("id +\\| integer +\\| +\\| not null")
          .containsPattern("amount +\\| numeric\\(12,2\\)")
          .containsPattern("name +\\| character varying\\(5\\)")
          .contains("\"t_pkey\" PRIMARY KEY, btree (id)");
    }
    assertThat(Psql.to(server).run("\\d")).containsPattern("public \\| t +\\| table");
  }

  @Test
  void randomBytes() throws IOException {
    Random random = new Random(SEED);
    for (int i = 0; i < 100; i++) {
      byte[] bytes = new byte[1 + random.nextInt(300)];
      random.nextBytes(bytes);
      send(bytes);
      send(concat(startup(), bytes));
    }
  }

  @Test
  void truncatedMessagesAndAbsurdLengths() throws IOException {
    byte[] query = message('Q', "SELECT * FROM t\0");
    for (int length = 1; length < query.length; length++) {
      byte[] part = new byte[length];
      System.arraycopy(query, 0, part, 0, length);
      send(concat(startup(), part));
    }
    for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 3, 1 << 30}) {
      byte[] absurd = message('Q', "SELECT 1\0");
      for (int i = 0; i < 4; i++) {
        absurd[1 + i] = (byte) (length >>> (24 - 8 * i));
      }
      assertThat(answer(concat(startup(), absurd)))
          .as("length %d", length)
          .contains("FATAL")
          .containsAnyOf("08P01", "54000");
    }
  }

  private static byte[] startup() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] parameters = "user\0omendb\0database\0omendb\0\0".getBytes(StandardCharsets.UTF_8);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(8 + parameters.length);
    out.writeInt(3 << 16);
    out.write(parameters);
    return bytes.toByteArray();
  }

  private static byte[] message(char type, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] encoded = content.getBytes(StandardCharsets.UTF_8);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(type);
    out.writeInt(4 + encoded.length);
    out.write(encoded);
    return bytes.toByteArray();
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = new byte[a.length + b.length];
    System.arraycopy(a, 0, both, 0, a.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /** Says something and goes without a farewell. */
  private static void send(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(server.host(), server.port())) {
      socket.getOutputStream().write(bytes);
    } catch (SocketException closedByServer) {
      // It had enough before we had said everything.
      assertThat(closedByServer).isNotNull();
    }
  }

  /** Everything that the server says until it ends the connection. */
  private static String answer(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(server.host(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void aClientGoneInMidTransactionLeavesNothing() throws SQLException {
    Connection leaving = server.connect();
    leaving.setAutoCommit(false);
    try (Statement statement = leaving.createStatement()) {
      statement.execute("UPDATE t SET name = 'gone' WHERE id = 1");
      statement.execute("INSERT INTO t (id) VALUES (77)");
    }
    // It closes the socket, without a farewell.
    leaving.abort(Runnable::run);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET statement_timeout = '20s'");
      assertThat(statement.executeUpdate("UPDATE t SET small = small + 1 WHERE id = 1")).isOne();
      assertThat(number(statement, "SELECT count(*) FROM t WHERE name = 'gone' OR id = 77"))
          .isZero();
      assertThat(statement.executeUpdate("INSERT INTO t (id) VALUES (77)")).isOne();
      assertThat(statement.executeUpdate("DELETE FROM t WHERE id = 77")).isOne();
    }
  }

  @Test
  void aThousandClientsAtOnce() throws Exception {
    try (Statement statement = connection.createStatement();
        ServerVitals vitals = ServerVitals.of(server)) {
      statement.execute("CREATE TABLE crowd (id int PRIMARY KEY, note text)");
      int threadsBefore = vitals.threadCount();
      crowd(0);
      int threadsAfterOne = vitals.threadCount();
      long heapAfterOne = vitals.liveHeapBytes();
      crowd(CLIENTS);
      assertThat(number(statement, "SELECT count(*) FROM crowd")).isEqualTo(2 * CLIENTS);
      // Threads stay for the next rush for a while; a second crowd needs no more than the first.
      assertThat(vitals.threadCount())
          .as("%d threads before, %d after one crowd", threadsBefore, threadsAfterOne)
          .isLessThan(threadsBefore + CLIENT_THREADS + 100);
      assertThat(vitals.liveHeapBytes()).isLessThan(heapAfterOne + (64 << 20));
    }
  }

  /** All are connected before any does something, and leave when all are done. */
  private static void crowd(int firstId) throws Exception {
    List<Connection> clients = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(CLIENT_THREADS);
    try {
      List<Future<Connection>> connecting = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        connecting.add(threads.submit(() -> server.connect()));
      }
      for (Future<Connection> client : connecting) {
        clients.add(client.get());
      }
      assertThat(refused()).isEqualTo("53300");
      List<Future<Integer>> working = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Connection client = clients.get(i);
        int id = firstId + i;
        working.add(threads.submit(() -> selectAndInsert(client, id)));
      }
      for (Future<Integer> work : working) {
        assertThat(work.get()).isOne();
      }
    } finally {
      for (Connection client : clients) {
        client.close();
      }
      threads.shutdown();
    }
    Awaitility.await().until(() -> refused().isEmpty());
  }

  private static int selectAndInsert(Connection client, int id) throws SQLException {
    try (Statement select = client.createStatement();
        PreparedStatement insert = client.prepareStatement("INSERT INTO crowd VALUES (?, ?)")) {
      assertThat(number(select, "SELECT count(*) FROM t WHERE id = 1")).isOne();
      insert.setInt(1, id);
      insert.setString(2, "client " + id);
      return insert.executeUpdate();
    }
  }

  /** The SQLSTATE with which one of a few more clients than there may be is sent away, or "". */
  private static String refused() throws SQLException {
    List<Connection> more = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS_MAX - CLIENTS + 1; i++) {
        more.add(server.connect());
      }
      return "";
    } catch (SQLException e) {
      return e.getSQLState();
    } finally {
      for (Connection client : more) {
        client.close();
      }
    }
  }
}
