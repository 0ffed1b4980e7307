package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Options and clauses of statements: what is taken is done, or nothing here could be done about it;
 * the rest is refused with the SQLSTATE behind the exclamation mark.
 */
class AcceptedClausesTest {
  private final SessionHarness harness = new SessionHarness();

  @BeforeEach
  void table() {
    harness.run("CREATE TABLE t (id int PRIMARY KEY, a text)");
    harness.run("INSERT INTO t VALUES (1, 'x')");
  }

  @AfterEach
  void close() {
    harness.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE u (id int) WITH (fillfactor = 70, autovacuum_enabled = false)!none",
        "CREATE TABLE u (id int) WITH (toast_tuple_target = 128, oids = false)!none",
        "CREATE TABLE u (id int) WITH (format-version = 2)!none",
        "CREATE TABLE u (id int) WITH (fillfactor = 5)!22023",
        "CREATE TABLE u (id int) WITH (fillfactor)!22023",
        "CREATE TABLE u (id int) WITH (oids)!0A000",
        "CREATE TABLE u (id int) WITH (autovacuum_everything = 1)!22023",
        "CREATE TABLE u (id int) WITH (toast_anything = 1)!22023",
        "CREATE TABLE u (id int) WITH (compression = zstd)!22023",
        "CREATE TABLE u (id int) TABLESPACE fast!0A000",
        "CREATE TABLE u (id int) USING columnar!0A000",
        "CREATE TABLE u (id int) INHERITS (t)!0A000",
        "CREATE UNLOGGED TABLE u (id int) WITHOUT OIDS!none",
        "CREATE TEMP TABLE u (id int)!0A000",
        "CREATE TABLE u (a text COLLATE \"C\", b text COLLATE pg_catalog.\"default\")!none",
        "CREATE TABLE u (a text COLLATE \"de_DE\")!42704",
        "SELECT a COLLATE \"POSIX\" FROM t ORDER BY a COLLATE \"C\"!none",
        "SELECT a FROM t ORDER BY a COLLATE \"en_US\"!42704",
        "ALTER TABLE IF EXISTS missing ADD PRIMARY KEY (id)!none",
        "ALTER TABLE missing ADD PRIMARY KEY (id)!42P01",
        "DROP TABLE t CASCADE!none",
        "DROP TABLE t RESTRICT!none",
        "TRUNCATE TABLE ONLY t RESTART IDENTITY CASCADE!none",
        "VACUUM!none",
        "VACUUM FULL FREEZE VERBOSE ANALYZE t!none",
        "VACUUM (FULL, PARALLEL 2, INDEX_CLEANUP off) t (id, a)!none",
        "VACUUM (SPEED) t!42601",
        "VACUUM missing!42P01",
        "ANALYZE t, pg_class!none",
        "ANALYZE (SKIP_LOCKED) t!none",
        "ANALYZE (FULL) t!42601",
        "ANALYZE missing!42P01",
        "CHECKPOINT!none",
        "DISCARD PLANS!none",
        "DISCARD TEMPORARY!none",
        "DISCARD EVERYTHING!42601",
        "EXPLAIN SELECT 1!none",
        "EXPLAIN ANALYZE SELECT 1!none",
        "EXPLAIN (ANALYZE, COSTS off, TIMING off, BUFFERS off, SUMMARY on, FORMAT text) SELECT"
            + " 1!none",
        "EXPLAIN (FORMAT json) SELECT 1!0A000",
        "EXPLAIN (BUFFERS, ANALYZE) SELECT 1!0A000",
        "EXPLAIN (COSTS) SELECT 1!0A000",
        "EXPLAIN (SUMMARY) SELECT 1!0A000",
        "EXPLAIN (ANALYZE maybe) SELECT 1!42601",
        "EXPLAIN (SPEED) SELECT 1!42601",
        "EXPLAIN VERBOSE SELECT 1!0A000",
        "EXPLAIN ANALYZE VERBOSE SELECT 1!0A000",
        "EXPLAIN BEGIN!42601",
        "EXPLAIN CREATE TABLE u (id int)!42601",
        "EXPLAIN ANALYZE CREATE TABLE u AS SELECT 1 AS a!0A000",
        "COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE *, HEADER)!none",
        "COPY t TO STDOUT (FORCE_QUOTE (a))!0A000",
        "COPY t FROM STDIN (FORMAT csv, FORCE_QUOTE *)!0A000",
        "COPY t TO STDOUT (FREEZE)!0A000",
        "COPY t TO STDOUT (FORMAT binary)!0A000",
        "COPY t TO STDOUT (ENCODING 'latin1')!0A000",
        "COPY t TO STDOUT (SPEED 3)!0A000",
        "COPY (SELECT * FROM t FOR UPDATE) TO STDOUT!0A000",
        "COPY t TO '/tmp/x'!0A000",
        "SELECT * FROM t FOR UPDATE NOWAIT!0A000",
        "SELECT * FROM t FOR SHARE SKIP LOCKED!0A000",
        "SELECT * FROM t TABLESAMPLE system (10)!0A000",
        "LOCK TABLE t IN SHARE MODE NOWAIT!0A000",
        "LISTEN x!0A000",
        "NOTIFY x!0A000",
        "BEGIN DEFERRABLE!none",
        "BEGIN ISOLATION LEVEL READ UNCOMMITTED, READ WRITE, NOT DEFERRABLE!none",
        "PREPARE TRANSACTION 'x'!0A000",
        "SET CONSTRAINTS ALL DEFERRED!0A000",
        "SET ROLE postgres!22023",
        "SET ROLE none!none",
        "SET SESSION AUTHORIZATION DEFAULT!none",
        "SET LOCAL SESSION AUTHORIZATION postgres!22023",
        "SET TRANSACTION SNAPSHOT 'x'!0A000"
      })
  void isDoneOrRefused(String attempt) {
    int state = attempt.lastIndexOf('!');
    assertThat(harness.error(attempt.substring(0, state))).isEqualTo(attempt.substring(state + 1));
  }

  @Test
  void vacuumRunsOutsideBlocksOnly() {
    harness.run("BEGIN");
    assertThat(harness.error("VACUUM")).isEqualTo("25001");
    harness.run("ROLLBACK");
    harness.run("BEGIN");
    assertThat(harness.run("ANALYZE t").tag()).isEqualTo("ANALYZE");
    harness.run("ROLLBACK");
  }

  @Test
  void aPrimaryKeyHasTheNameThatItWasGiven() {
    harness.run("CREATE TABLE u (id int CONSTRAINT key_of_u PRIMARY KEY)");
    harness.run("CREATE TABLE v (id int, CONSTRAINT key_of_v PRIMARY KEY (id))");
    harness.run("CREATE TABLE w (id int)");
    harness.run("ALTER TABLE w ADD CONSTRAINT key_of_w PRIMARY KEY (id)");
    assertThat(harness.rows("SELECT conname FROM pg_constraint ORDER BY conname"))
        .containsExactly("key_of_u", "key_of_v", "key_of_w", "t_pkey");
  }

  @Test
  void ifExistsSaysWhatItSkipped() {
    assertThat(harness.run("ALTER TABLE IF EXISTS missing ADD PRIMARY KEY (id)").notices())
        .containsExactly("relation \"missing\" does not exist, skipping");
  }
}
