package io.omendb.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.testing.ServerProcess;
import io.omendb.gateway.testing.ServerVitals;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/**
 * More than a server of 512 MB can hold, asked of it at once: each client gets its rows or 53200,
 * and afterwards nothing is held. With {@code -Domendb.memory-load=full}, as {@code
 * benchmarks/memory-load.sh} runs it: 100 sorts, 1,000 cursors, half a gigabyte of rows; otherwise
 * a tenth of that.
 */
class MemoryUnderLoadTest {
  private static final boolean FULL = "full".equals(System.getProperty("omendb.memory-load"));
  private static final int SORTS = FULL ? 100 : 10;
  private static final int SORTED_ROWS = FULL ? 100_000 : 40_000;
  private static final int CURSORS = FULL ? 1_000 : 100;
  private static final int RESULT_ROWS = FULL ? 500_000 : 50_000;
  private static final int WRITERS = FULL ? 40 : 10;
  private static final int WRITES_MAX = 300_000;

  private static ServerProcess server;
  private static ServerVitals vitals;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    server =
        ServerProcess.start(
            directory, List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"), "--connections-max", "1100");
    vitals = ServerVitals.of(server);
  }

  @AfterAll
  static void stop() throws IOException {
    vitals.close();
    server.close();
  }

  @AfterEach
  void allIsGivenBack() throws Exception {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT 1")) {
      assertThat(row.next()).isTrue();
    }
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(vitals.memoryInUse().values()).allMatch(bytes -> bytes == 0));
    System.out.println("peaks " + vitals.memoryPeaks());
  }

  private static <T> List<T> together(int count, int threadCount, IndexedCall<T> call)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(threadCount);
    try {
      List<Callable<T>> calls = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        calls.add(() -> call.run(number));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  private interface IndexedCall<T> {
    T run(int number) throws Exception;
  }

  /** Its order is checked; the next row of a good one is never below its former. */
  private static int readSorted(ResultSet rows) throws SQLException {
    int count = 0;
    int before = -1;
    while (rows.next()) {
      int key = rows.getInt(1);
      assertThat(key).isGreaterThanOrEqualTo(before);
      before = key;
      count++;
    }
    return count;
  }

  private static String sorted(int rows) {
    return "SELECT (g * 7919::bigint %% %d)::int AS k, repeat('x', 60) || g FROM generate_series(1, %d) g ORDER BY k"
        .formatted(rows, rows);
  }

  @Test
  void largeSortsOfManyClientsAreAllAnswered() throws Exception {
    List<Integer> counts =
        together(
            SORTS,
            SORTS,
            number -> {
              try (Connection connection = server.connect()) {
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                  statement.setFetchSize(5_000);
                  try (ResultSet rows = statement.executeQuery(sorted(SORTED_ROWS))) {
                    return readSorted(rows);
                  }
                }
              }
            });
    assertThat(counts).hasSize(SORTS).containsOnly(SORTED_ROWS);
  }

  @Test
  void manyOpenCursorsAreAllReadToTheirEnds() throws Exception {
    int rowCount = 2_000;
    List<Connection> clients = new ArrayList<>();
    List<ResultSet> cursors = new ArrayList<>();
    try {
      for (int i = 0; i < CURSORS; i++) {
        Connection client = server.connect();
        clients.add(client);
        client.setAutoCommit(false);
        Statement statement = client.createStatement();
        statement.setFetchSize(10);
        cursors.add(statement.executeQuery(sorted(rowCount)));
      }
      List<Integer> counts = together(CURSORS, 50, number -> readSorted(cursors.get(number)));
      assertThat(counts).containsOnly(rowCount);
    } finally {
      for (Connection client : clients) {
        client.close();
      }
    }
  }

  @Test
  void aLargeResultFlowsThrough() throws Exception {
    long[] bytes = new long[1];
    try (Connection connection = server.connect()) {
      String query =
          "SELECT g, repeat('x', 1000) FROM generate_series(1, %d) g".formatted(RESULT_ROWS);
      long rows =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut(
                  "COPY (%s) TO STDOUT".formatted(query),
                  new OutputStream() {
                    @Override
                    public void write(int value) {
                      bytes[0]++;
                    }

                    @Override
                    public void write(byte[] data, int offset, int length) {
                      bytes[0] += length;
                    }
                  });
      assertThat(rows).isEqualTo(RESULT_ROWS);
      assertThat(bytes[0]).isGreaterThan(1000L * RESULT_ROWS);
    }
  }

  @Test
  void hashTablesOfManyClientsEndWithRowsOrWithoutMemory() throws Exception {
    String query =
        "SELECT count(*) FROM (SELECT g, count(*) FROM generate_series(1, 60000) g GROUP BY g) s";
    List<String> outcomes =
        together(
            SORTS,
            SORTS,
            number -> {
              try (Connection connection = server.connect();
                  Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery(query)) {
                  row.next();
                  return row.getString(1);
                } catch (SQLException e) {
                  assertThat(e.getMessage()).contains("out of memory");
                  return e.getSQLState();
                }
              }
            });
    assertThat(outcomes).isSubsetOf("60000", "53200");
    // Together they may keep each other from the end; one alone has room.
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("60000");
    }
  }

  @Test
  void openTransactionsTogetherAreBoundedAndTheirSessionsGoOn() throws Exception {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE written (id bigint PRIMARY KEY, v text)");
    }
    List<Connection> clients = new ArrayList<>();
    try {
      List<String> outcomes =
          together(
              WRITERS,
              WRITERS,
              number -> {
                Connection client = server.connect();
                synchronized (clients) {
                  clients.add(client);
                }
                client.setAutoCommit(false);
                return fill(client, number);
              });
      assertThat(outcomes).contains("53200").doesNotContain("none");
      for (Connection client : clients) {
        client.rollback();
      }
      for (Connection client : clients) {
        try (Statement statement = client.createStatement()) {
          assertThat(statement.executeUpdate("INSERT INTO written VALUES (1, 'x')")).isOne();
          client.rollback();
        }
      }
    } finally {
      for (Connection client : clients) {
        client.close();
      }
    }
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM written")) {
      row.next();
      assertThat(row.getLong(1)).isZero();
    }
  }

  /** Writes until that fails; the state it fails with, and that the block is then a failed one. */
  private static String fill(Connection client, int number) throws SQLException {
    try (PreparedStatement insert =
        client.prepareStatement(
            "INSERT INTO written SELECT ? + g, repeat('v', 200) FROM generate_series(1, 1000) g")) {
      for (int i = 0; i < WRITES_MAX; i += 1000) {
        insert.setLong(1, 1_000_000L * (number + 1) + i);
        insert.executeUpdate();
      }
      return "none";
    } catch (SQLException full) {
      try (Statement statement = client.createStatement();
          ResultSet row = statement.executeQuery("SELECT 1")) {
        return "no failed transaction but " + row;
      } catch (SQLException failed) {
        assertThat(failed.getSQLState()).isEqualTo("25P02");
        return String.valueOf(full.getSQLState());
      }
    }
  }
}
