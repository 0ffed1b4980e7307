package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.memory.MemoryDatabase;
import io.omendb.gateway.session.Session.Status;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OmenSessionTest {
  private final MemoryDatabase database = new MemoryDatabase();
  private final SessionHarness harness = new SessionHarness(database);
  private final Session session = harness.session;

  @BeforeEach
  void table() {
    harness.run("CREATE TABLE t (id int PRIMARY KEY, a text)");
    harness.run("INSERT INTO t SELECT x, 'v' || x FROM generate_series(1, 20) x");
  }

  @AfterEach
  void close() {
    harness.close();
    assertThat(database.openTransactions()).isZero();
  }

  private static List<@Nullable Object> parameters(@Nullable Object... values) {
    return Arrays.asList(values);
  }

  private Portal bind(String sql, @Nullable Object... values) {
    PreparedStatement prepared = session.prepare(session.parse(sql).get(0), new int[0]);
    return session.bind(prepared, parameters(values));
  }

  @Test
  void aPointSelectRunsWithoutBlockingAndLeavesNothingOpen() {
    PreparedStatement prepared =
        session.prepare(session.parse("SELECT a, id FROM t WHERE id = $1").get(0), new int[0]);
    assertThat(prepared.parameterTypes()).containsExactly(PgTypes.INT4);
    List<String> rows = new ArrayList<>();
    for (int id : new int[] {3, 99}) {
      try (Portal portal = session.bind(prepared, parameters(id))) {
        Portal.Completion completion =
            portal.tryExecute(
                new Portal.RowSink() {
                  @Override
                  public void row(@Nullable Object[] datums) {
                    rows.add(Arrays.toString(datums));
                  }

                  @Override
                  public void copyData(byte[] bytes) {}
                });
        assertThat(completion).isEqualTo(Portal.Completion.of(id == 3 ? "SELECT 1" : "SELECT 0"));
      }
    }
    assertThat(rows).containsExactly("[v3, 3]");
    assertThat(session.endMayBlock()).isFalse();
    assertThat(database.openTransactions()).isZero();
  }

  @Test
  void blocksCommitRollBackAndFail() {
    assertThat(harness.run("BEGIN").tag()).isEqualTo("BEGIN");
    assertThat(session.status()).isEqualTo(Status.IN_TRANSACTION);
    assertThat(harness.run("BEGIN").notices())
        .containsExactly("there is already a transaction in progress");
    harness.run("UPDATE t SET a = 'x' WHERE id = 1");
    assertThat(harness.run("ROLLBACK").tag()).isEqualTo("ROLLBACK");
    assertThat(harness.rows("SELECT a FROM t WHERE id = 1")).containsExactly("v1");
    harness.run("BEGIN");
    assertThat(harness.error("SELECT 1/0")).isEqualTo("22012");
    assertThat(session.status()).isEqualTo(Status.FAILED);
    assertThat(harness.error("SELECT 1")).isEqualTo("25P02");
    assertThat(harness.run("COMMIT").tag()).isEqualTo("ROLLBACK");
    assertThat(session.status()).isEqualTo(Status.IDLE);
    assertThat(harness.run("COMMIT").notices())
        .containsExactly("there is no transaction in progress");
  }

  @Test
  void aStringOfStatementsIsOneTransaction() {
    assertThat(harness.error("DELETE FROM t WHERE id = 1; SELECT 1/0")).isEqualTo("22012");
    assertThat(harness.rows("SELECT count(*) FROM t")).containsExactly("20");
    assertThat(harness.run("DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (50, 'n')").tags())
        .containsExactly("DELETE 1", "INSERT 0 1");
  }

  @Test
  void aLoneUpdateIsRetriedOnAFreshSnapshot() throws Exception {
    Session other = harness.another();
    SessionHarness.run(other, "BEGIN");
    SessionHarness.run(other, "UPDATE t SET a = a || 'o' WHERE id = 1");
    CompletableFuture<String> waiting =
        CompletableFuture.supplyAsync(
            () -> harness.run("UPDATE t SET a = a || 'h' WHERE id = 1").tag());
    SessionHarness.run(other, "COMMIT");
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("UPDATE 1");
    assertThat(harness.rows("SELECT a FROM t WHERE id = 1")).containsExactly("v1oh");
    other.close();
  }

  @Test
  void aBlockThatLosesAConflictFails() {
    Session other = harness.another();
    harness.run("BEGIN");
    harness.rows("SELECT count(*) FROM t");
    SessionHarness.run(other, "UPDATE t SET a = 'o' WHERE id = 1");
    assertThat(harness.error("UPDATE t SET a = 'h' WHERE id = 1")).isEqualTo("40001");
    assertThat(session.status()).isEqualTo(Status.FAILED);
    harness.run("ROLLBACK");
    other.close();
  }

  @Test
  void portalsGiveTheirRowsInPieces() {
    harness.run("BEGIN");
    Portal portal = bind("SELECT id FROM t ORDER BY id");
    List<String> rows = new ArrayList<>();
    assertThat(SessionHarness.execute(session, portal, rows, 15).tag()).isNull();
    assertThat(rows).hasSize(15);
    assertThat(SessionHarness.execute(session, portal, rows, 15).tag()).isEqualTo("SELECT 5");
    assertThat(rows).hasSize(20);
    harness.run("COMMIT");
    Portal ended = bind("SELECT id FROM t ORDER BY id");
    SessionHarness.execute(session, ended, rows, 2);
    session.endImplicitTransaction(false);
    assertThatThrownBy(() -> SessionHarness.execute(session, ended, rows, 2))
        .isInstanceOf(OmenException.class);
  }

  @Test
  void preparedStatementsFollowTheCatalog() {
    PreparedStatement prepared =
        session.prepare(session.parse("SELECT * FROM t WHERE id = 1").get(0), new int[0]);
    harness.run("DROP TABLE t");
    assertThatThrownBy(() -> session.bind(prepared, List.of()))
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code().sqlState()).isEqualTo("42P01"));
    harness.run("CREATE TABLE t (id int PRIMARY KEY, a text)");
    harness.run("INSERT INTO t VALUES (1, 'again')");
    List<String> rows = new ArrayList<>();
    SessionHarness.execute(session, session.bind(prepared, List.of()), rows, 0);
    session.endImplicitTransaction(false);
    assertThat(rows).containsExactly("1|again");
    harness.run("DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY)");
    assertThatThrownBy(() -> session.bind(prepared, List.of()))
        .hasMessageContaining("cached plan must not change result type");
  }

  @Test
  void settingsAreTransactional() {
    List<String> told = new ArrayList<>();
    session.onSettingChanged((name, value) -> told.add(name + "=" + value));
    harness.run("SET application_name = 'one'");
    assertThat(harness.rows("SHOW application_name")).containsExactly("one");
    harness.run("BEGIN");
    harness.run("SET application_name = 'two'");
    harness.run("ROLLBACK");
    assertThat(harness.rows("SHOW application_name")).containsExactly("one");
    harness.run("BEGIN");
    harness.run("SET LOCAL application_name = 'three'");
    assertThat(harness.rows("SHOW application_name")).containsExactly("three");
    harness.run("COMMIT");
    assertThat(harness.rows("SHOW application_name")).containsExactly("one");
    assertThat(told)
        .containsExactly(
            "application_name=one",
            "application_name=two",
            "application_name=one",
            "application_name=three",
            "application_name=one");
    assertThat(harness.error("SET nonsense = 1")).isEqualTo("42704");
    assertThat(harness.error("SET server_version = '9'")).isEqualTo("55P02");
    assertThat(harness.error("SET statement_timeout = 'soon'")).isEqualTo("22023");
    assertThat(harness.error("SET omendb.route = 'sideways'")).isEqualTo("22023");
    harness.run("RESET ALL");
    assertThat(harness.rows("SHOW application_name")).containsExactly("");
  }

  @Test
  void aTimeoutEndsALongStatement() {
    harness.run("SET statement_timeout = '50ms'");
    assertThat(
            harness.error(
                "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000)"
                    + " b"))
        .isEqualTo("57014");
    harness.run("SET statement_timeout = 0");
    assertThat(harness.rows("SELECT 1")).containsExactly("1");
  }

  @Test
  void aCancelEndsWhatRuns() {
    CompletableFuture<String> running =
        CompletableFuture.supplyAsync(
            () -> harness.error("SELECT count(*) FROM generate_series(1, 100000000000)"));
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () -> {
              session.cancel();
              return running.isDone();
            });
    assertThat(running.join()).isEqualTo("57014");
    assertThat(harness.rows("SELECT 1")).containsExactly("1");
  }

  @Test
  void explainNamesTheRoute() {
    assertThat(harness.rows("EXPLAIN SELECT * FROM t WHERE id = 1"))
        .first()
        .asString()
        .startsWith("Route: state");
    assertThat(harness.rows("EXPLAIN SELECT * FROM t WHERE id = 1"))
        .anyMatch(line -> line.contains("Key Lookup on t (id)"));
    assertThat(harness.rows("EXPLAIN ANALYZE DELETE FROM t WHERE id > 3"))
        .anyMatch(line -> line.contains("Rows: 17"));
  }

  @Test
  void copyInAndOut() {
    harness.run(
        "CREATE TABLE c (id int PRIMARY KEY, a numeric(5,2), b text, d date DEFAULT '2024-01-01')");
    assertThat(
            harness.copyIn("COPY c FROM STDIN", "1\t1.5\tx\t2020-02-29\n2\t\\N\ty\\tz\t\\N\n", 3))
        .isEqualTo("COPY 2");
    assertThat(harness.copyIn("COPY c (id, b) FROM STDIN WITH (FORMAT csv)", "3,\"q,\"\n4,\n", 5))
        .isEqualTo("COPY 2");
    assertThat(harness.rows("SELECT * FROM c ORDER BY id"))
        .containsExactly(
            "1|1.50|x|2020-02-29", "2|~|y\tz|~", "3|~|q,|2024-01-01", "4|~|~|2024-01-01");
    assertThat(harness.rows("COPY c TO STDOUT"))
        .contains("1\t1.50\tx\t2020-02-29\n", "2\t\\N\ty\\tz\t\\N\n");
    assertThat(
            harness.rows(
                "COPY (SELECT b, id FROM c WHERE id = 3) TO STDOUT WITH (FORMAT csv, HEADER)"))
        .containsExactly("b,id\n", "\"q,\",3\n");
    assertThatThrownBy(() -> harness.copyIn("COPY c FROM STDIN", "7\tx\ty\t\\N\n", 100))
        .hasMessageContaining("line 1, column a");
    assertThatThrownBy(() -> harness.copyIn("COPY c FROM STDIN", "7\t1\n", 100))
        .hasMessageContaining("missing data for column \"b\"");
    assertThat(harness.rows("SELECT count(*) FROM c")).containsExactly("4");
  }

  @Test
  void memoryIsBounded() {
    SessionHarness small = new SessionHarness(database);
    assertThat(
            small.error(
                "SELECT count(*) FROM (SELECT x FROM generate_series(1, 100000000) x GROUP BY x)"
                    + " y"))
        .isEqualTo("53200");
    small.close();
  }

  @Test
  void catalogQueriesRun() {
    assertThat(
            harness.rows(
                "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND relnamespace ="
                    + " 2200"))
        .containsExactly("t");
    assertThat(
            harness.rows(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE"
                    + " table_name = 't' ORDER BY ordinal_position"))
        .containsExactly("id|integer|NO", "a|text|YES");
    assertThat(harness.rows("SELECT 't'::regclass")).containsExactly("t");
  }
}
