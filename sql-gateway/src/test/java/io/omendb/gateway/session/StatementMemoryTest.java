package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.memory.MemoryDatabase;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryShare;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What statements hold, at their bounds, and that all of it is given back. */
class StatementMemoryTest {
  private static final int SHARE_BYTES = 4 << 20;
  private static final int STATEMENT_BYTES = 2 << 20;

  @TempDir Path directory = Path.of("unset");
  private final MemoryShare statements =
      new MemoryShare("statements", "run fewer at a time", SHARE_BYTES);
  private final MemoryShare connections = new MemoryShare("connections", "", 1 << 20);

  /** Replaced when the directory for its files is known. */
  private SessionHarness harness = new SessionHarness();

  @BeforeEach
  void start() {
    harness.close();
    harness =
        new SessionHarness(
            new MemoryDatabase(),
            new OmenSessionFactory.Options(
                statements, connections, STATEMENT_BYTES, 50_000, directory));
    harness.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
    harness.run("INSERT INTO t SELECT g, 'value ' || g FROM generate_series(1, 3000) g");
  }

  @AfterEach
  void nothingIsHeldAtTheEnd() throws IOException {
    harness.close();
    assertThat(statements.usedBytes()).isZero();
    assertThat(connections.usedBytes()).isZero();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT count(*) FROM (SELECT DISTINCT g FROM generate_series(1, 50000) g) d",
        "SELECT g, count(*) FROM generate_series(1, 50000) g GROUP BY g",
        "SELECT count(*) FROM generate_series(1, 9) a JOIN generate_series(1, 50000) b ON a = b",
        "SELECT g FROM generate_series(1, 50000) g UNION SELECT 1",
        "SELECT 1 INTERSECT SELECT g FROM generate_series(1, 50000) g",
        "SELECT 1 EXCEPT SELECT g FROM generate_series(1, 50000) g",
        "SELECT string_agg('some text ' || g, ',') FROM generate_series(1, 50000) g",
        "SELECT array_agg(g) FROM generate_series(1, 90000) g",
        "SELECT count(DISTINCT g) FROM generate_series(1, 50000) g",
        "SELECT g, row_number() OVER (ORDER BY g DESC) FROM generate_series(1, 50000) g",
        "INSERT INTO t SELECT g + 1000000, 'v' FROM generate_series(1, 50000) g RETURNING *",
        "UPDATE t SET v = t.v || u.v FROM (SELECT g, repeat('v', 900) v FROM"
            + " generate_series(1, 3000) g) u WHERE u.g = t.id RETURNING t.v"
      })
  void whatCannotSpillEndsWithAnErrorAndTheSessionGoesOn(String sql) {
    harness.run("BEGIN");
    assertThatThrownBy(() -> harness.run(sql))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("out of memory")
        .hasMessageContaining("2 MB that one may use");
    assertThat(statements.usedBytes()).as("in the failed transaction").isZero();
    assertThat(harness.error("SELECT 1")).isEqualTo("25P02");
    harness.run("ROLLBACK");
    assertThat(harness.rows("SELECT count(*) FROM t")).containsExactly("3000");
    assertThat(statements.peakBytes()).isLessThanOrEqualTo(SHARE_BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"64kB", "1MB", "16MB"})
  void aSortLargerThanItsMemoryGoesToDisk(String workMemory) {
    harness.run("SET work_mem = '%s'".formatted(workMemory));
    assertThat(harness.rows("SHOW work_mem")).containsExactly(workMemory);
    List<String> rows =
        harness.rows(
            "SELECT g, 'row ' || g FROM generate_series(1, 60000) g ORDER BY g % 1000, g DESC");
    assertThat(rows).hasSize(60_000).startsWith("60000|row 60000", "59000|row 59000");
    assertThat(harness.rows("SELECT id, v FROM t ORDER BY v DESC, id LIMIT 20000"))
        .hasSize(3000)
        .startsWith("999|value 999");
    assertThat(statements.peakBytes()).isLessThanOrEqualTo(SHARE_BYTES);
  }

  @Test
  void sortsOfTablesGoToDiskToo() {
    harness.run("SET work_mem = '64kB'");
    assertThat(harness.rows("SELECT * FROM t ORDER BY v")).hasSize(3000).startsWith("1|value 1");
    assertThat(statements.peakBytes()).as("nothing but the first 64 kB").isZero();
  }

  @Test
  void largeValuesCountWhileTheyAreOfUse() {
    assertThat(harness.error("SELECT repeat('x', 3000000)")).isEqualTo("53200");
    assertThat(harness.error("SELECT 'a' || repeat('x', 600000) || repeat('y', 600000)"))
        .isEqualTo("53200");
    assertThat(
            harness.rows(
                "SELECT count(*) FROM generate_series(1, 50) g WHERE length(repeat('x', 900000 +"
                    + " g)) > 7"))
        .containsExactly("50");
    assertThat(harness.rows("SELECT length(repeat(v, 40000)) FROM t WHERE id < 30")).hasSize(29);
    assertThat(
            harness.error("SELECT repeat('x', 400000) v, id FROM t WHERE id < 60 ORDER BY id, v"))
        .as("sorted on disk")
        .isEqualTo("none");
  }

  @Test
  void workMemoryIsChecked() {
    assertThat(harness.error("SET work_mem = 'much'")).isEqualTo("22023");
    assertThat(harness.error("SET work_mem = '1kB'")).isEqualTo("22023");
    harness.run("SET work_mem = 2048");
    assertThat(harness.rows("SHOW work_mem")).containsExactly("2MB");
  }

  @Test
  void openCursorsHoldMemoryUntilTheyAreReadOrClosed() {
    String sql = "SELECT g, count(*) FROM generate_series(1, 4000) g GROUP BY g";
    PreparedStatement prepared =
        harness.session.prepare(harness.session.parse(sql).get(0), new int[0]);
    List<Portal> cursors = new ArrayList<>();
    harness.run("BEGIN");
    long one = 0;
    for (int i = 0; i < 4; i++) {
      Portal cursor = harness.session.bind(prepared, List.of());
      List<String> rows = new ArrayList<>();
      assertThat(SessionHarness.execute(harness.session, cursor, rows, 10))
          .isEqualTo(Portal.Completion.SUSPENDED);
      assertThat(rows).hasSize(10);
      cursors.add(cursor);
      one = i == 0 ? statements.usedBytes() : one;
    }
    assertThat(one).isPositive();
    assertThat(statements.usedBytes()).isBetween(3 * one, 5 * one);
    List<String> rest = new ArrayList<>();
    SessionHarness.execute(harness.session, cursors.get(0), rest, 0);
    assertThat(rest).hasSize(3990);
    assertThat(statements.usedBytes()).as("the first is read").isLessThanOrEqualTo(4 * one);
    assertThat(SessionHarness.execute(harness.session, cursors.get(0), rest, 0).tag())
        .isEqualTo("SELECT 0");
    cursors.get(1).close();
    assertThat(statements.usedBytes()).as("the second is closed").isLessThan(3 * one);
    harness.run("COMMIT");
    assertThat(statements.usedBytes()).as("the transaction is over").isZero();
  }

  @Test
  void atTheBoundOfAllAnotherWaitsForItsFirstMemory() throws Exception {
    String sql = "SELECT g, count(*) FROM generate_series(1, 7000) g GROUP BY g";
    PreparedStatement prepared =
        harness.session.prepare(harness.session.parse(sql).get(0), new int[0]);
    harness.run("BEGIN");
    List<Portal> cursors = new ArrayList<>();
    while (statements.tryReserve(1 << 20)) {
      statements.release(1 << 20);
      Portal cursor = harness.session.bind(prepared, List.of());
      SessionHarness.execute(harness.session, cursor, new ArrayList<>(), 1);
      cursors.add(cursor);
    }
    long rest = SHARE_BYTES - statements.usedBytes();
    statements.reserve(rest);
    try (Session other = harness.another()) {
      SessionHarness.run(other, "SET statement_timeout = '20ms'");
      assertThatThrownBy(() -> SessionHarness.run(other, sql))
          .hasMessageContaining("statement timeout");
      SessionHarness.run(other, "SET statement_timeout = 0");
      Thread ends =
          new Thread(
              () -> {
                statements.release(rest);
                cursors.forEach(Portal::close);
              });
      ends.start();
      assertThat(SessionHarness.run(other, sql).rows()).hasSize(7000);
      ends.join();
    }
    harness.run("COMMIT");
  }

  @Test
  void preparedStatementsAreCounted() {
    for (int i = 0; i < 10; i++) {
      harness.run("PREPARE p%d AS SELECT %d FROM t WHERE id = $1".formatted(i, i));
    }
    long held = connections.usedBytes();
    harness.run("DEALLOCATE p1");
    assertThat(connections.usedBytes()).isLessThanOrEqualTo(held);
    String error = "none";
    for (int i = 10; i < 1000 && error.equals("none"); i++) {
      error = harness.error("PREPARE p%d AS SELECT %d FROM t WHERE id = $1".formatted(i, i));
    }
    assertThat(error).isEqualTo("53200");
    harness.run("DEALLOCATE ALL");
    assertThat(connections.usedBytes()).isZero();
    harness.run("PREPARE again AS SELECT 1");
  }

  @Test
  void aLongRowOfCopyIsCounted() {
    String row = "100001\t" + "x".repeat(2 << 20) + "\n";
    assertThatThrownBy(() -> harness.copyIn("COPY t FROM STDIN", row, 10_000))
        .isInstanceOf(OmenException.class)
        .hasMessageContaining("out of memory for connections");
    assertThat(connections.usedBytes()).isZero();
    assertThat(harness.copyIn("COPY t FROM STDIN", "100001\t" + "x".repeat(100_000) + "\n", 10_000))
        .isEqualTo("COPY 1");
  }
}
