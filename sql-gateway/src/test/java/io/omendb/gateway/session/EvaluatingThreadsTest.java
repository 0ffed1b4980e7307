package io.omendb.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.EvaluationSnapshot;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Expression;
import io.omendb.gateway.oltp.Fragments;
import io.omendb.gateway.oltp.StatementMemory;
import io.omendb.gateway.sql.statement.PlannedStatement.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.calcite.rel.core.Project;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Threads that evaluate one statement's expressions beside a session that goes on. */
class EvaluatingThreadsTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 800;
  private static final int ROWS = 40;

  private static final String EXPRESSIONS =
      """
      SELECT now()::text, tz::text, to_char(tz, 'YYYY-MM-DD HH24:MI:SS'), extract(hour FROM tz)::text,
        tz + interval '1 month', current_setting('TimeZone'), current_user::text, y::text,
        regexp_replace(s, '[0-9]+', '<' || i::text || '>'), s LIKE '%' || i::text || '%', upper(s), i * 1.50,
        (random() BETWEEN 0 AND 1)::text, (clock_timestamp() >= now())::text, ARRAY[i, NULL, i]::text
      FROM e\
      """;

  private final SessionHarness harness = new SessionHarness();
  private List<Expression> expressions = List.of();
  private EvaluationSnapshot snapshot;

  @BeforeEach
  void plan() {
    harness.run("CREATE TABLE e (i int PRIMARY KEY, s text, tz timestamptz, y bytea)");
    harness.run("SET TimeZone = 'Asia/Tokyo'");
    harness.run("BEGIN");
    OmenSession session = (OmenSession) harness.session;
    OmenStatement statement =
        (OmenStatement) session.prepare(session.parse(EXPRESSIONS).get(0), new int[0]);
    Project project = (Project) ((Query) session.plan(statement).plan()).rel();
    expressions =
        project.getProjects().stream()
            .map(node -> Fragments.expression(node, project.getCluster().getRexBuilder()))
            .toList();
    snapshot =
        session
            .execution(
                session.block().current(),
                List.of(),
                new CancelToken(),
                StatementMemory.unbounded())
            .evaluationSnapshot();
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private static @Nullable Object[] row(int i) {
    byte[] bytes = {(byte) i, (byte) (i * 7)};
    return new Object[] {
      i, "row %d of %d".formatted(i, ROWS), 1_711_850_400_000_000L * i / 9, bytes
    };
  }

  private List<List<@Nullable Object>> evaluated(ExecutionContext context) {
    List<List<@Nullable Object>> values = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      List<@Nullable Object> of = new ArrayList<>();
      for (Expression expression : expressions) {
        of.add(expression.eval(row(i), context));
      }
      values.add(of);
    }
    return values;
  }

  @Test
  void eachThreadGetsWhatTheStatementSawWhateverTheSessionDoes() throws Exception {
    List<List<@Nullable Object>> expected = evaluated(snapshot.newContext());
    assertThat(expected.get(3).get(5)).isEqualTo("Asia/Tokyo");
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        Callable<Boolean> evaluating =
            () -> {
              ExecutionContext own = snapshot.newContext();
              go.await();
              for (int round = 0; round < ROUNDS / ROWS; round++) {
                assertThat(evaluated(own)).isEqualTo(expected);
              }
              return true;
            };
        results.add(threads.submit(evaluating));
      }
      go.countDown();
      // The session's own thread ends the transaction, changes settings, and drops the table.
      harness.run("COMMIT");
      while (results.stream().anyMatch(result -> !result.isDone())) {
        harness.run("SET TimeZone = 'America/New_York'");
        harness.run("SET search_path = 'pg_catalog'");
        harness.run("RESET ALL");
        harness.run("BEGIN; CREATE TABLE passing (i int); ROLLBACK");
      }
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void anEvaluatingThreadReachesNeitherTransactionNorMemory() {
    ExecutionContext own = snapshot.newContext();
    assertThatThrownBy(own::transaction).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(own::memory).isInstanceOf(IllegalStateException.class);
    assertThat(own.functions().frozen()).isSameAs(own.functions());
  }
}
