package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.jobs.OmenException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every setting: what may be given to it, how it is shown, and how the rest is refused. */
class SettingsTest {

  /**
   * Name, what setting it does, and attempts: a value with what SHOW says afterwards, or with the
   * SQLSTATE that refuses it after an exclamation mark. The values are what clients send at
   * start-up and what PostgreSQL refuses.
   */
  private static final String ALL =
      """
      application_name                    APPLIED  psql->psql  bär->b?r
      array_nulls                         AS_IT_IS on->on true->on off!0A000 x!22023
      backslash_quote                     AS_IT_IS safe_encoding->safe_encoding on!0A000
      block_size                          FIXED    8192!55P02
      bytea_output                        AS_IT_IS hex->hex HEX->hex escape!0A000
      check_function_bodies               IDLE     off->off 1->on maybe!22023
      client_encoding                     APPLIED  UTF8->UTF8 utf-8->UTF8 UNICODE->UTF8 LATIN1!0A000
      client_min_messages                 APPLIED  WARNING->warning debug->debug2 loud!22023
      DateStyle                           APPLIED  ISO->ISO,_MDY iso,_mdy->ISO,_MDY German!22023 DMY!22023
      default_table_access_method         AS_IT_IS heap->heap columnar!0A000
      default_tablespace                  AS_IT_IS fast!0A000
      default_transaction_deferrable      IDLE     on->on 2!22023
      default_transaction_isolation       APPLIED  repeatable_read->repeatable_read READ_COMMITTED->read_committed read_uncommitted->read_uncommitted serializable!0A000 chaos!22023
      default_transaction_read_only       APPLIED  on->on yes->on no->off 7!22023
      default_with_oids                   AS_IT_IS off->off on!0A000
      enable_indexscan                    AS_IT_IS on->on off!0A000
      enable_seqscan                      AS_IT_IS on->on off!0A000
      escape_string_warning               IDLE     off->off
      extra_float_digits                  AS_IT_IS 3->3 2->2 1->1 0!0A000 -15!0A000 4!22023 x!22023
      gin_fuzzy_search_limit              AS_IT_IS 0->0 5!0A000
      idle_in_transaction_session_timeout APPLIED  0->0 1000->1s 1min->1min 90s->90s 1.5s->1500ms 2_h->2h 24h->1d 500us->0 -1!22023 1week!22023 x!22023 99999999999!22023
      idle_session_timeout                APPLIED  0->0 250->250ms 1_d->1d -5!22023
      in_hot_standby                      FIXED    on!55P02
      integer_datetimes                   FIXED    off!55P02
      IntervalStyle                       AS_IT_IS postgres->postgres iso_8601!0A000
      is_superuser                        FIXED    off!55P02
      jit                                 AS_IT_IS off->off false->off on!0A000 x!22023
      lc_collate                          FIXED    C!55P02
      lc_ctype                            FIXED    C!55P02
      lock_timeout                        APPLIED  0->0 100->100ms 3s->3s 10_min->10min -1!22023 2fortnights!22023
      log_statement                       AS_IT_IS none->none all!0A000
      maintenance_work_mem                AS_IT_IS 64MB->64MB 65536->64MB 1GB!0A000 1!22023
      max_identifier_length               FIXED    64!55P02
      max_index_keys                      FIXED    64!55P02
      omendb.route                        APPLIED  state->state FLINK->flink auto->auto moon!22023
      plan_cache_mode                     AS_IT_IS auto->auto force_generic_plan!0A000
      quote_all_identifiers               AS_IT_IS off->off on!0A000
      role                                AS_IT_IS none->none omendb->none postgres!22023
      row_security                        IDLE     off->off on->on
      search_path                         APPLIED  public->public app,_public->app,_public
      server_encoding                     FIXED    UTF8!55P02
      server_version                      FIXED    16!55P02
      server_version_num                  FIXED    160000!55P02
      session_authorization               AS_IT_IS omendb->omendb postgres!22023
      session_replication_role            AS_IT_IS origin->origin replica!0A000
      standard_conforming_strings         AS_IT_IS on->on true->on off!0A000
      statement_timeout                   APPLIED  0->0 60000->1min 1500->1500ms 5s->5s -1!22023 5_parsecs!22023
      synchronize_seqscans                IDLE     off->off
      synchronous_commit                  IDLE     off->off local->local remote_apply->remote_apply true->on sometimes!22023
      TimeZone                            APPLIED  UTC->UTC Europe/Berlin->Europe/Berlin Mars/Olympus!22023
      transaction_deferrable              IDLE     on->on
      transaction_isolation               APPLIED  repeatable_read->repeatable_read serializable!0A000
      transaction_read_only               APPLIED  on->on
      transform_null_equals               AS_IT_IS off->off on!0A000
      work_mem                            APPLIED 4MB->4MB 4096->4MB 4096kB->4MB 1GB->1GB 4parsecs!22023 1!22023
      xmloption                           AS_IT_IS content->content document!0A000
      """;

  private final SessionHarness harness = new SessionHarness();

  @AfterEach
  void close() {
    harness.close();
  }

  private static Stream<List<String>> settings() {
    return ALL.lines().map(line -> Arrays.asList(line.strip().split(" +")));
  }

  @Test
  void theListIsComplete() {
    assertThat(settings().map(words -> words.get(0)))
        .containsExactlyInAnyOrderElementsOf(Setting.all().stream().map(Setting::name).toList());
  }

  @ParameterizedTest
  @MethodSource("settings")
  void takesWhatItDoesAndRefusesTheRest(List<String> words) {
    String name = words.get(0);
    Setting setting = Objects.requireNonNull(Setting.find(name), name);
    assertThat(setting.kind()).hasToString(words.get(1));
    for (String attempt : words.subList(2, words.size())) {
      String spaced = attempt.replace('_', ' ').replace("read committed", "read committed");
      int refused = attempt.lastIndexOf('!');
      if (refused > 0) {
        String value = value(attempt.substring(0, refused));
        assertThat(harness.error("SET %s = '%s'".formatted(name, value)))
            .as(spaced)
            .isEqualTo(attempt.substring(refused + 1));
        continue;
      }
      String[] pair = attempt.split("->");
      harness.run("BEGIN");
      harness.run("SET %s = '%s'".formatted(name, value(pair[0])));
      assertThat(harness.rows("SHOW " + name)).as(spaced).containsExactly(value(pair[1]));
      harness.run("ROLLBACK");
    }
    if (setting.kind() != Setting.Kind.FIXED) {
      harness.run("SET %s TO DEFAULT".formatted(name));
      harness.run("RESET " + name);
    }
  }

  /** Spaces are written as underscores above, but in these names of values. */
  private static String value(String written) {
    boolean names = written.matches("safe_encoding|iso_8601|force_generic_plan|remote_apply");
    return names ? written : written.replace('_', ' ');
  }

  @ParameterizedTest
  @ValueSource(strings = {"transaction_timeout", "no_such_setting", "omendb.no_such_setting"})
  void unknownSettingsAreUnknown(String name) {
    assertThat(harness.error("SET %s = 1".formatted(name))).isEqualTo("42704");
    assertThat(harness.error("SHOW " + name)).isEqualTo("42704");
    assertThat(harness.error("RESET " + name)).isEqualTo("42704");
    assertThatThrownBy(() -> harness.another(Map.of(name, "1")).close())
        .isInstanceOfSatisfying(
            OmenException.class, e -> assertThat(e.code().sqlState()).isEqualTo("42704"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN ISOLATION LEVEL SERIALIZABLE",
        "BEGIN TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE",
        "START TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET default_transaction_isolation = 'serializable'",
        "SET transaction_isolation TO serializable"
      })
  void serializableIsRefusedHoweverItIsAskedFor(String sql) {
    assertThat(harness.error(sql)).isEqualTo("0A000");
    assertThat(harness.session.status()).isEqualTo(Session.Status.IDLE);
    harness.run("BEGIN");
    assertThat(harness.error(sql)).isEqualTo("0A000");
    harness.run("ROLLBACK");
    assertThat(harness.rows("SHOW transaction_isolation")).containsExactly("read committed");
  }

  @Test
  void serializableIsRefusedAtStartUp() {
    List<Map<String, String>> attempts =
        List.of(
            Map.of("default_transaction_isolation", "serializable"),
            Map.of("options", "-c default_transaction_isolation=serializable"),
            Map.of("options", "--default-transaction-isolation=serializable"));
    for (Map<String, String> parameters : attempts) {
      assertThatThrownBy(() -> harness.another(parameters).close())
          .isInstanceOfSatisfying(
              OmenException.class, e -> assertThat(e.code().sqlState()).isEqualTo("0A000"));
    }
  }

  @Test
  void whatATransactionIsComesFromItsBeginOrTheDefaults() {
    assertThat(harness.rows("SHOW transaction_isolation")).containsExactly("read committed");
    harness.run("SET default_transaction_isolation = 'repeatable read'");
    assertThat(harness.rows("SHOW transaction_isolation")).containsExactly("repeatable read");
    harness.run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    assertThat(harness.rows("SHOW transaction_isolation")).containsExactly("read committed");
    harness.run("RESET ALL");
    assertThat(harness.rows("SHOW transaction_isolation")).containsExactly("read committed");
    assertThat(harness.rows("SHOW transaction_read_only")).containsExactly("on");
    harness.run("COMMIT AND CHAIN");
    assertThat(harness.rows("SHOW transaction_read_only")).containsExactly("on");
    harness.run("ROLLBACK AND CHAIN");
    assertThat(harness.rows("SHOW transaction_read_only")).containsExactly("on");
    harness.run("ROLLBACK");
    assertThat(harness.rows("SHOW transaction_read_only")).containsExactly("off");
    harness.run("SET transaction_read_only = on");
    assertThat(harness.rows("SHOW transaction_read_only")).containsExactly("off");
    assertThat(harness.error("COMMIT AND CHAIN")).isEqualTo("25P01");
  }

  @Test
  void aTransactionThatHasReadKeepsItsModes() {
    harness.run("CREATE TABLE t (id int PRIMARY KEY)");
    harness.run("BEGIN READ ONLY");
    harness.run("SET TRANSACTION READ WRITE");
    harness.run("SET TRANSACTION READ ONLY");
    harness.rows("SELECT * FROM t");
    harness.run("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    assertThat(harness.error("SET TRANSACTION READ WRITE")).isEqualTo("25001");
    harness.run("ROLLBACK");
    harness.run("BEGIN");
    harness.rows("SELECT * FROM t");
    assertThat(harness.error("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")).isEqualTo("25001");
    harness.run("ROLLBACK");
    harness.run("BEGIN");
    harness.rows("SELECT * FROM t");
    assertThat(harness.error("SET transaction_isolation = 'repeatable read'")).isEqualTo("25001");
    harness.run("ROLLBACK");
  }

  @Test
  void readOnlyTransactionsRefuseEveryChange() {
    harness.run("CREATE TABLE t (id int PRIMARY KEY)");
    harness.run("SET default_transaction_read_only = on");
    for (String sql :
        List.of(
            "INSERT INTO t VALUES (1)",
            "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
            "UPDATE t SET id = 2",
            "DELETE FROM t",
            "TRUNCATE t",
            "DROP TABLE t",
            "CREATE TABLE u AS SELECT 1 AS a")) {
      assertThat(harness.error(sql)).as(sql).isEqualTo("25006");
    }
    harness.run("BEGIN READ WRITE");
    harness.run("INSERT INTO t VALUES (1)");
    harness.run("COMMIT");
    assertThat(harness.rows("SELECT count(*) FROM t")).containsExactly("1");
  }

  @Test
  void clientMinMessagesLeavesOutLesserNotices() {
    String notice = "DROP TABLE IF EXISTS missing";
    String warning = "SET LOCAL work_mem = '4MB'";
    assertThat(harness.run(notice).notices()).hasSize(1);
    assertThat(harness.run(warning).notices()).hasSize(1);
    harness.run("SET client_min_messages = warning");
    assertThat(harness.run(notice).notices()).isEmpty();
    assertThat(harness.run(warning).notices()).hasSize(1);
    harness.run("SET client_min_messages = error");
    assertThat(harness.run(warning).notices()).isEmpty();
  }

  @Test
  void startUpOptionsAreSettings() {
    Session session =
        harness.another(
            Map.of(
                "options",
                "-c statement_timeout=5s -csearch_path=app --lock-timeout=1min"
                    + " -c application_name=a\\ b"));
    assertThat(session.setting("statement_timeout")).isEqualTo("5s");
    assertThat(session.setting("search_path")).isEqualTo("app");
    assertThat(session.setting("lock_timeout")).isEqualTo("1min");
    assertThat(session.setting("application_name")).isEqualTo("a b");
    SessionHarness.run(session, "SET statement_timeout = 0");
    SessionHarness.run(session, "RESET ALL");
    assertThat(session.setting("statement_timeout")).isEqualTo("5s");
    session.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-S 4MB!42601",
        "nonsense!42601",
        "-c!42601",
        "-c work_mem!42601",
        "-c maintenance_work_mem=1GB!0A000",
        "-c server_version=9!55P02",
        "-c transaction_read_only=on!55P02",
        "-c jit=maybe!22023"
      })
  void otherStartUpOptionsAreRefused(String attempt) {
    int state = attempt.lastIndexOf('!');
    Map<String, String> parameters = Map.of("options", attempt.substring(0, state));
    assertThatThrownBy(() -> harness.another(parameters).close())
        .isInstanceOfSatisfying(
            OmenException.class,
            e -> assertThat(e.code().sqlState()).isEqualTo(attempt.substring(state + 1)));
  }

  @Test
  void whatClientsSendAtStartUpIsTaken() {
    for (String sql :
        List.of(
            "SET extra_float_digits = 3",
            "SET application_name = 'PostgreSQL JDBC Driver'",
            "SET datestyle TO 'ISO'",
            "SET client_encoding TO 'UTF8'",
            "SET NAMES 'utf8'",
            "SET SESSION TIME ZONE 'UTC'",
            "SET statement_timeout = 0; SET lock_timeout = 0",
            "SET idle_in_transaction_session_timeout = 0",
            "SET standard_conforming_strings = on",
            "SELECT pg_catalog.current_setting('server_version_num')",
            "SET check_function_bodies = false",
            "SET xmloption = content",
            "SET client_min_messages = warning",
            "SET row_security = off",
            "SET default_tablespace = ''",
            "SET default_table_access_method = heap",
            "SET bytea_output = 'hex'",
            "SET IntervalStyle = postgres",
            "SET synchronize_seqscans TO off",
            "SET quote_all_identifiers = off",
            "SET default_transaction_read_only = off",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
            "SET search_path = public, pg_catalog",
            "RESET ALL",
            "DISCARD ALL")) {
      assertThat(harness.error(sql)).as(sql).isEqualTo("none");
    }
  }

  @Test
  void oneValueIsOneValue() {
    assertThat(harness.error("SET application_name = a, b")).isEqualTo("22023");
    assertThat(harness.error("SET search_path = a, b")).isEqualTo("none");
  }
}
