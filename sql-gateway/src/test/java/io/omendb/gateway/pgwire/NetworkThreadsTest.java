package io.omendb.gateway.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.memory.MemoryDatabase;
import io.omendb.gateway.session.OmenSessionFactory;
import io.omendb.jobs.serve.Database;
import io.omendb.jobs.serve.LakeTableState;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Network threads wait for nothing: neither for a database that is away, nor for a plan, nor for a
 * device. More clients than event loops, so that one held loop would be noticed by others.
 */
class NetworkThreadsTest {
  private static final int CLIENTS = 8;
  private static final String IO_THREAD = "omendb-pgwire-io";

  private final SlowDatabase database = new SlowDatabase();
  private final OmenSessionFactory sessions =
      new OmenSessionFactory(
          database,
          "omendb",
          null,
          Clock.systemUTC(),
          new OmenSessionFactory.Options(64L << 20, 50_000));
  private final PgEndpoint endpoint = new PgEndpoint(PgEndpointSettings.onFreePort(), sessions);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Connection> connections = new ArrayList<>();

  /** A database that can go away, and whose rows can be on a device. */
  private static final class SlowDatabase implements Database {
    private final Database memory = new MemoryDatabase();
    private volatile @Nullable CountDownLatch away;
    private volatile @Nullable CountDownLatch device;
    private final AtomicInteger waiting = new AtomicInteger();

    /** Threads that called what may wait. */
    private final ConcurrentLinkedQueue<String> waiters = new ConcurrentLinkedQueue<>();

    private void await(@Nullable CountDownLatch latch) {
      waiters.add(Thread.currentThread().getName());
      if (latch == null) {
        return;
      }
      waiting.incrementAndGet();
      try {
        latch.await();
      } catch (InterruptedException cancelled) {
        throw new io.omendb.jobs.OmenException(
            io.omendb.jobs.ErrorCode.QUERY_CANCELED, "cancelled", cancelled);
      } finally {
        waiting.decrementAndGet();
      }
    }

    @Override
    public Catalog catalog() {
      await(away);
      return memory.catalog();
    }

    @Override
    public @Nullable Catalog tryCatalog() {
      return away == null ? memory.catalog() : null;
    }

    @Override
    public Transaction begin() {
      await(away);
      return slow(memory.begin());
    }

    @Override
    public @Nullable Transaction tryBegin() {
      return away == null ? slow(memory.begin()) : null;
    }

    private Transaction slow(Transaction transaction) {
      return (Transaction)
          Proxy.newProxyInstance(
              Transaction.class.getClassLoader(),
              new Class<?>[] {Transaction.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("tryGet") && device != null) {
                  return null;
                }
                if (method.getName().equals("get") || method.getName().equals("scan")) {
                  await(device);
                }
                try {
                  return method.invoke(transaction, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    @Override
    public long durableCsn() {
      return memory.durableCsn();
    }

    @Override
    public long requestCut() {
      return memory.requestCut();
    }

    @Override
    public long lakeCsn(int tableId) {
      return memory.lakeCsn(tableId);
    }

    @Override
    public List<LakeTableState> lakeTables() {
      return List.of();
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void start() throws Exception {
    endpoint.start();
    run(connect(), "CREATE TABLE t (id int PRIMARY KEY, a text)");
    run(connect(), "INSERT INTO t SELECT x, 'v' || x FROM generate_series(1, 100) x");
  }

  @AfterEach
  void stop() throws Exception {
    for (Connection connection : connections) {
      connection.close();
    }
    threads.shutdownNow();
    endpoint.stop();
    sessions.close();
    assertThat(endpoint.eventLoopHolds()).isEmpty();
    assertThat(database.waiters).noneMatch(thread -> thread.startsWith(IO_THREAD));
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "omendb");
    properties.setProperty("prepareThreshold", "1");
    Connection connection =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:%d/omendb".formatted(endpoint.address().getPort()),
            properties);
    connections.add(connection);
    return connection;
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<PreparedStatement> prepared(String sql) throws SQLException {
    List<PreparedStatement> statements = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      PreparedStatement statement = connect().prepareStatement(sql);
      statements.add(statement);
      assertThat(answer(statement, 1)).isEqualTo("v1");
      assertThat(answer(statement, 1)).isEqualTo("v1");
    }
    return statements;
  }

  private static String answer(PreparedStatement statement, int id) throws SQLException {
    statement.setInt(1, id);
    try (ResultSet row = statement.executeQuery()) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private <T> Future<T> later(Callable<T> task) {
    return threads.submit(task);
  }

  private List<Future<String>> askAll(List<PreparedStatement> statements) {
    List<Future<String>> answers = new ArrayList<>();
    for (int i = 0; i < statements.size(); i++) {
      PreparedStatement statement = statements.get(i);
      int id = i + 1;
      answers.add(later(() -> answer(statement, id)));
    }
    return answers;
  }

  private static void assertAnswered(List<Future<String>> answers) throws Exception {
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).isEqualTo("v" + (i + 1));
    }
  }

  @Test
  void statementsWaitElsewhereWhileTheDatabaseIsAway() throws Exception {
    List<PreparedStatement> statements = prepared("SELECT a FROM t WHERE id = ?");
    CountDownLatch back = new CountDownLatch(1);
    database.away = back;
    List<Future<String>> answers = askAll(statements);
    Awaitility.await().until(() -> database.waiting.get() == CLIENTS);
    // Every loop goes on: clients come, are told that they may speak, and go.
    for (int i = 0; i < CLIENTS; i++) {
      try (WireClient client = WireClient.started(endpoint.address())) {
        client.sync().send();
        assertThat(client.readUntil('Z')).containsExactly("Z I");
      }
    }
    // And a statement that waits can be cancelled.
    PreparedStatement impatient = statements.remove(CLIENTS - 1);
    Future<String> cancelled = answers.remove(CLIENTS - 1);
    impatient.cancel();
    assertThat(cancelled)
        .failsWithin(30, TimeUnit.SECONDS)
        .withThrowableOfType(java.util.concurrent.ExecutionException.class)
        .withCauseInstanceOf(SQLException.class)
        .satisfies(
            e ->
                assertThat(e.getCause())
                    .isInstanceOfSatisfying(
                        SQLException.class,
                        cause -> assertThat(cause.getSQLState()).isEqualTo("57014")));
    database.away = null;
    back.countDown();
    assertAnswered(answers);
  }

  @Test
  void plansAreMadeElsewhereWhenTheCatalogHasChanged() throws Exception {
    List<PreparedStatement> statements = prepared("SELECT a FROM t WHERE id = ?");
    for (int round = 0; round < 3; round++) {
      run(connections.get(0), "CREATE TABLE other%d (id int PRIMARY KEY)".formatted(round));
      database.waiters.clear();
      assertAnswered(askAll(statements));
      assertThat(database.waiters).hasSizeGreaterThanOrEqualTo(CLIENTS);
      database.waiters.clear();
      assertAnswered(askAll(statements));
      assertThat(database.waiters).isEmpty();
    }
  }

  @Test
  void readsOfTheDeviceAreDoneElsewhere() throws Exception {
    List<PreparedStatement> statements = prepared("SELECT a FROM t WHERE id = ?");
    PreparedStatement update = connect().prepareStatement("UPDATE t SET a = a || 'x' WHERE id = ?");
    CountDownLatch read = new CountDownLatch(1);
    database.device = read;
    List<Future<String>> answers = askAll(statements);
    update.setInt(1, 50);
    Future<Integer> updated = later(update::executeUpdate);
    Awaitility.await().until(() -> database.waiting.get() == CLIENTS + 1);
    try (WireClient client = WireClient.started(endpoint.address())) {
      client.sync().send();
      assertThat(client.readUntil('Z')).containsExactly("Z I");
    }
    database.device = null;
    read.countDown();
    assertAnswered(answers);
    assertThat(updated.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(answer(statements.get(0), 50)).isEqualTo("v50x");
  }

  @Test
  void whatTakesLongToComputeIsComputedElsewhere() throws Exception {
    PreparedStatement repeat =
        connect().prepareStatement("SELECT length(repeat(a, 1000000)) FROM t WHERE id = ?");
    database.waiters.clear();
    for (int i = 0; i < 3; i++) {
      assertThat(answer(repeat, 1)).isEqualTo("2000000");
    }
    assertThat(database.waiters).isNotEmpty();
    PreparedStatement echo =
        connect().prepareStatement("UPDATE t SET a = ? WHERE id = 1 RETURNING length(a)");
    for (int length : new int[] {10, 100_000, 4_000_000}) {
      echo.setString(1, "x".repeat(length));
      try (ResultSet row = echo.executeQuery()) {
        assertThat(row.next()).isTrue();
        assertThat(row.getInt(1)).isEqualTo(length);
      }
    }
    PreparedStatement read = connect().prepareStatement("SELECT a FROM t WHERE id = ?");
    for (int i = 0; i < 3; i++) {
      assertThat(answer(read, 1)).hasSize(4_000_000);
    }
  }

  @Test
  void anErrorInABlockIsDealtWithElsewhereAndFailsIt() throws Exception {
    Connection connection = connect();
    connection.setAutoCommit(false);
    PreparedStatement divide =
        connection.prepareStatement("SELECT 1 / (id - 1) FROM t WHERE id = ?");
    divide.setInt(1, 2);
    divide.executeQuery().close();
    divide.executeQuery().close();
    divide.setInt(1, 1);
    assertState("22012", () -> divide.executeQuery().close());
    assertState("25P02", () -> run(connection, "SELECT 1"));
    connection.rollback();
    PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, 'x')");
    insert.setInt(1, 200);
    insert.executeUpdate();
    insert.setInt(1, 201);
    insert.executeUpdate();
    insert.setInt(1, 1);
    assertState("23505", insert::executeUpdate);
    assertState("25P02", () -> run(connection, "SELECT 1"));
    connection.rollback();
    // A value that the protocol's decoder refuses fails the block as well.
    PreparedStatement cast = connection.prepareStatement("SELECT a FROM t WHERE id = ?::int");
    cast.setObject(1, "1", java.sql.Types.OTHER);
    cast.executeQuery().close();
    cast.setObject(1, "one", java.sql.Types.OTHER);
    assertState("22P02", () -> cast.executeQuery().close());
    assertState("25P02", () -> run(connection, "SELECT 1"));
    connection.rollback();
  }

  private interface Attempt {
    void run() throws SQLException;
  }

  private static void assertState(String state, Attempt attempt) {
    org.assertj.core.api.Assertions.assertThatThrownBy(attempt::run)
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(state));
  }
}
