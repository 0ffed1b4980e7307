package io.omendb.gateway.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.gateway.pgcatalog.PgCatalog;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SessionContext;
import io.omendb.gateway.sql.statement.SqlException;
import io.omendb.jobs.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelNode;
import org.junit.jupiter.api.Test;

/**
 * Statements and what they plan to, or the error: {@code plans.txt} holds them as {@code === SQL}
 * followed by the result. {@code -Dgolden.write=FILE} writes the file anew for review.
 */
class FrontEndGoldenTest {
  private static final SqlFrontEnd FRONT_END =
      new PgFrontEnd(PgCatalog.create(List.of(), List::of));
  private static final SessionContext CONTEXT =
      new SessionContext(ZoneOffset.UTC, List.of("public"), "omendb", "omendb");

  @Test
  void plans() throws IOException {
    String golden = resource("plans.txt");
    StringBuilder actual = new StringBuilder();
    for (String block : golden.split("(?m)^=== ")) {
      if (!block.isBlank()) {
        String sql = block.substring(0, block.indexOf('\n'));
        actual.append("=== ").append(sql).append('\n').append(result(sql));
      }
    }
    String write = System.getProperty("golden.write");
    if (write != null) {
      Files.writeString(Path.of(write), actual.toString());
    }
    assertThat(actual.toString()).isEqualTo(golden);
  }

  /** What psql asks for \d, \d t, \d+ t, \dt, \dt+, \di, \dn, \du, \df and \l. */
  @Test
  void catalogQueriesOfPsqlPlan() throws IOException {
    List<String> failures = new ArrayList<>();
    for (String sql : resource("psql-catalog.sql").split("\n--\n")) {
      String result = result(sql);
      if (result.startsWith("ERROR")) {
        failures.add(result + sql);
      }
    }
    assertThat(failures).isEmpty();
  }

  private static String result(String sql) {
    try {
      StringBuilder out = new StringBuilder();
      for (ParsedSql parsed : FRONT_END.parse(sql)) {
        out.append(shown(FRONT_END.plan(parsed, new TestTables(), new int[0], CONTEXT)));
      }
      return out.toString();
    } catch (SqlException e) {
      assertThat(e.code()).as(sql).isNotEqualTo(ErrorCode.INTERNAL_ERROR);
      return "ERROR %s %s at %d%n".formatted(e.code().sqlState(), e.getMessage(), e.position());
    }
  }

  private static String shown(PlannedStatement statement) {
    if (statement instanceof PlannedStatement.Query query) {
      List<String> columns = new ArrayList<>();
      for (OutputColumn column : query.columns()) {
        columns.add(column.name() + " " + column.type());
      }
      return plan(query.rel()) + "  " + columns + " " + query.parameterTypes() + "\n";
    } else if (statement instanceof PlannedStatement.Insert insert) {
      return "INSERT " + insert.parameterTypes() + "\n" + plan(insert.source());
    } else if (statement instanceof PlannedStatement.Update update) {
      return "UPDATE %s %s%n".formatted(update.assignedColumns(), update.parameterTypes())
          + plan(update.source());
    } else if (statement instanceof PlannedStatement.Delete delete) {
      return "DELETE " + delete.parameterTypes() + "\n" + plan(delete.source());
    } else if (statement instanceof PlannedStatement.CreateTable create) {
      return create.definition() + "\n";
    }
    return statement.getClass().getSimpleName() + "\n";
  }

  private static String plan(RelNode rel) {
    return RelOptUtil.toString(rel)
        .replace("CHARACTER SET \"UTF-8\"", "utf8")
        .replace("_UTF-8", "");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = FrontEndGoldenTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
