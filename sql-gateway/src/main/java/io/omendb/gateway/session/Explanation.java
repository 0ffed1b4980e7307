package io.omendb.gateway.session;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.Modification;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.route.Route;
import io.omendb.gateway.route.RouteSetting;
import io.omendb.gateway.sql.statement.OutputColumn;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.calcite.rel.RelNode;
import org.jspecify.annotations.Nullable;

/** EXPLAIN's text: the route, why it was chosen, and the plan that runs there. */
final class Explanation {
  private Explanation() {}

  static List<String> lines(
      OmenSession session,
      PlannedStatement.Explain explain,
      List<@Nullable Object> parameters,
      CancelToken cancel) {
    PlannedStatement plan = explain.statement();
    boolean analyze = "true".equals(explain.options().get("analyze"));
    if (plan instanceof PlannedStatement.Query query) {
      return query(session, query, analyze, parameters, cancel);
    }
    Modification modification = null;
    if (plan instanceof PlannedStatement.Insert insert) {
      modification = Modification.of(insert);
    } else if (plan instanceof PlannedStatement.Update update) {
      modification = Modification.of(update);
    } else if (plan instanceof PlannedStatement.Delete delete) {
      modification = Modification.of(delete);
    }
    if (modification == null) {
      return List.of("Utility Statement");
    }
    List<String> lines = new ArrayList<>();
    lines.add("Route: state (rows are changed where they live)");
    String verb = plan.getClass().getSimpleName();
    lines.add("%s on %s".formatted(verb, modification.table().name()));
    modification.source().describe().forEach(line -> lines.add("  ->  " + line));
    if (analyze) {
      session.block().requireWritable("EXPLAIN ANALYZE of a change");
      long start = System.nanoTime();
      long count =
          modification
              .run(session.execution(session.block().current(), parameters, cancel))
              .count();
      lines.add(measured(count, start));
    }
    return lines;
  }

  private static List<String> query(
      OmenSession session,
      PlannedStatement.Query query,
      boolean analyze,
      List<@Nullable Object> parameters,
      CancelToken cancel) {
    QueryPlan compiled = QueryPlan.of(query.rel());
    Route route = session.services().router().route(query.rel(), compiled, session.route());
    ExecutionContext context = session.execution(session.block().current(), parameters, cancel);
    AnalyticalEngine analytics = session.services().analytics();
    boolean flink = route.engine() == Route.Engine.FLINK;
    List<String> lines = new ArrayList<>();
    lines.add("Route: %s (%s)".formatted(flink ? "flink" : "state", route.reason()));
    if (flink) {
      RelNode plan = query.rel();
      try {
        Objects.requireNonNull(analytics).explain(plan, context).lines().forEach(lines::add);
      } catch (OmenException refused) {
        if (refused.code() != ErrorCode.FEATURE_NOT_SUPPORTED
            || session.route() != RouteSetting.AUTO) {
          throw refused;
        }
        flink = false;
        lines.set(0, "Route: state (%s)".formatted(refused.getMessage()));
      }
    }
    if (!flink) {
      lines.addAll(compiled.describe());
    }
    if (analyze) {
      long start = System.nanoTime();
      long count = 0;
      try (RowSource rows =
          flink
              ? Objects.requireNonNull(analytics)
                  .run(
                      query.rel(),
                      query.columns().stream().map(OutputColumn::type).toList(),
                      context)
              : compiled.open(context)) {
        while (rows.next() != null) {
          count++;
        }
      }
      lines.add(measured(count, start));
    }
    return lines;
  }

  private static String measured(long rows, long startNanos) {
    double millis = (System.nanoTime() - startNanos) / 1e6;
    return "Rows: %d, execution time: %.3f ms".formatted(rows, millis);
  }
}
