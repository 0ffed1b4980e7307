package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes on under a transaction that stays open: lake cuts, and other people's DDL. */
class OpenTransactionsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static ServerProcess server;

  private Connection reader;
  private Connection other;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server =
        ServerProcess.start(
            directory,
            ServerProcess.SHORT_LIVED,
            "--cut-interval-ms",
            "200",
            "--checkpoint-interval-ms",
            "500");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() throws SQLException {
    reader = server.connect();
    other = server.connect();
    run(other, "DROP TABLE IF EXISTS t, bystander, made");
    run(other, "CREATE TABLE t (id int PRIMARY KEY, value int NOT NULL)");
    run(other, "CREATE TABLE bystander (id int PRIMARY KEY)");
    run(other, "INSERT INTO t SELECT i, 1 FROM generate_series(1, 200) AS i");
    reader.setAutoCommit(false);
  }

  @AfterEach
  void disconnect() throws SQLException {
    reader.close();
    other.close();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<Long> answer(Connection connection, String route, String query)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET omendb.route = '" + route + "'");
      try (ResultSet row = statement.executeQuery(query)) {
        row.next();
        List<Long> answer = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          answer.add(row.getLong(i));
        }
        return answer;
      }
    }
  }

  private static void assertFails(String state, Connection connection, String sql) {
    assertThatThrownBy(() -> run(connection, sql))
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> assertThat(e.getSQLState()).as("%s: %s", sql, e.getMessage()).isEqualTo(state));
  }

  /** Runs a statement that waits for somebody else. */
  private static CompletableFuture<Void> runLater(Connection connection, String sql) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            run(connection, sql);
          } catch (SQLException e) {
            throw new IllegalStateException(e.getSQLState(), e);
          }
        });
  }

  private static void assertWaits(CompletableFuture<Void> statement) {
    assertThatThrownBy(() -> statement.get(300, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  /** Whether it is this test's table or one that is about to go: CSNs rise over all tables. */
  private static long lakeCsn() {
    try {
      return IcebergReads.csn(IcebergReads.load(server.lakeDirectory(), "public.t"));
    } catch (NoSuchTableException | NotFoundException between) {
      return -1;
    }
  }

  private static void awaitCut() {
    long before = lakeCsn();
    Awaitility.await().atMost(PATIENCE).until(() -> lakeCsn() > before);
  }

  @Test
  void cutsNewerThanTheSnapshotAreNotSeen() throws Exception {
    String query = "SELECT count(*), sum(value), min(id), max(id) FROM t";
    List<Long> first = List.of(200L, 200L, 1L, 200L);
    run(reader, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    assertThat(answer(reader, "state", query)).isEqualTo(first);
    for (int round = 1; round <= 4; round++) {
      run(other, "UPDATE t SET value = value + 1 WHERE id % 3 = 0");
      run(other, "DELETE FROM t WHERE id = " + round);
      run(other, "INSERT INTO t VALUES (" + (1_000 + round) + ", 7)");
      awaitCut();
      assertThat(answer(reader, "flink", query)).as("flink, round %d", round).isEqualTo(first);
      assertThat(answer(reader, "state", query)).as("state, round %d", round).isEqualTo(first);
    }
    // Its own writes are laid over the old snapshot; rows that others changed are lost to it.
    run(reader, "UPDATE t SET value = 100 WHERE id = 7");
    List<Long> withOwn = List.of(200L, 299L, 1L, 200L);
    assertThat(answer(reader, "flink", query)).isEqualTo(withOwn);
    assertThat(answer(reader, "state", query)).isEqualTo(withOwn);
    assertFails("40001", reader, "UPDATE t SET value = 0 WHERE id = 3");
    reader.rollback();
    List<Long> newest = answer(other, "state", query);
    assertThat(newest).isEqualTo(List.of(200L, 486L, 5L, 1_004L));
    assertThat(answer(reader, "flink", query)).isEqualTo(newest);
    reader.rollback();
  }

  /** A transaction that has touched a table keeps it; the DDL waits for its end. */
  @ParameterizedTest
  @ValueSource(strings = {"DROP TABLE t", "TRUNCATE t"})
  void ddlWaitsForTransactionsThatUseTheTable(String ddl) throws Exception {
    run(reader, "UPDATE t SET value = 2 WHERE id = 1");
    CompletableFuture<Void> waiting = runLater(other, ddl);
    assertWaits(waiting);
    for (String route : List.of("state", "flink")) {
      assertThat(answer(reader, route, "SELECT count(*), sum(value) FROM t"))
          .isEqualTo(List.of(200L, 201L));
    }
    reader.commit();
    waiting.get(20, TimeUnit.SECONDS);
    for (String route : List.of("state", "flink")) {
      if (ddl.startsWith("DROP")) {
        run(reader, "SET omendb.route = '" + route + "'");
        reader.commit();
        assertFails("42P01", reader, "SELECT count(*) FROM t");
        reader.rollback();
      } else {
        assertThat(answer(reader, route, "SELECT count(*), count(value) FROM t"))
            .isEqualTo(List.of(0L, 0L));
        reader.commit();
      }
    }
  }

  /** A transaction whose snapshot is older than the DDL is told so; it sees no half of it. */
  @ParameterizedTest
  @ValueSource(strings = {"state", "flink"})
  void ddlBetweenSnapshotAndFirstUse(String route) throws Exception {
    for (String ddl : List.of("TRUNCATE t", "DROP TABLE t")) {
      run(reader, "SELECT * FROM bystander");
      run(other, ddl);
      run(reader, "SET LOCAL omendb.route = '" + route + "'");
      assertFails("40001", reader, "SELECT count(*) FROM t");
      reader.rollback();
    }
    run(other, "CREATE TABLE t (id int PRIMARY KEY, value int NOT NULL, note text)");
    run(other, "INSERT INTO t VALUES (1, 5, 'new')");
    awaitTable("public.t", 1);
    assertThat(answer(reader, route, "SELECT count(*), sum(value), max(length(note)) FROM t"))
        .isEqualTo(List.of(1L, 5L, 3L));
    reader.rollback();
  }

  private static void awaitTable(String table, int rows) {
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                IcebergReads.rows(IcebergReads.load(server.lakeDirectory(), table)).size() == rows);
  }

  @Test
  void aTableOfAnOpenTransactionIsNobodyElses() throws Exception {
    run(reader, "CREATE TABLE made (id int PRIMARY KEY)");
    run(reader, "INSERT INTO made VALUES (1), (2)");
    assertFails("42P01", other, "SELECT * FROM made");
    for (String route : List.of("state", "flink")) {
      assertThat(answer(reader, route, "SELECT count(*) FROM made")).isEqualTo(List.of(2L));
    }
    CompletableFuture<Void> second = runLater(other, "CREATE TABLE made (id text PRIMARY KEY)");
    assertWaits(second);
    reader.commit();
    assertThatThrownBy(() -> second.get(20, TimeUnit.SECONDS)).hasMessageContaining("42P07");
    for (String route : List.of("state", "flink")) {
      assertThat(answer(other, route, "SELECT count(*) FROM made")).isEqualTo(List.of(2L));
    }
  }

  @Test
  void ddlThatIsRolledBackChangesNothing() throws Exception {
    run(reader, "CREATE TABLE made (id int PRIMARY KEY)");
    run(reader, "INSERT INTO made VALUES (1)");
    run(reader, "TRUNCATE t");
    run(reader, "INSERT INTO t VALUES (1, 1)");
    run(reader, "DROP TABLE bystander");
    CompletableFuture<Void> waiting = runLater(other, "INSERT INTO t VALUES (201, 1)");
    assertWaits(waiting);
    reader.rollback();
    waiting.get(20, TimeUnit.SECONDS);
    assertFails("42P01", reader, "SELECT * FROM made");
    reader.rollback();
    for (String route : List.of("state", "flink")) {
      assertThat(answer(reader, route, "SELECT count(*), sum(value) FROM t"))
          .isEqualTo(List.of(201L, 201L));
      assertThat(answer(reader, route, "SELECT count(*) FROM bystander")).isEqualTo(List.of(0L));
      reader.commit();
    }
    awaitTable("public.t", 201);
  }
}
