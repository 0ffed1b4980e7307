package io.omendb.gateway.session;

import io.omendb.gateway.oltp.Modification;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.session.OmenStatement.Compiled;
import io.omendb.gateway.session.OmenStatement.PlanKey;
import io.omendb.gateway.sql.statement.PlannedStatement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles planned statements: what rows they return, and the executor's form of their plans. */
final class StatementCompiler {
  private StatementCompiler() {}

  static Compiled compile(PlanKey key, PlannedStatement plan, OmenSession session) {
    if (plan instanceof PlannedStatement.Query query) {
      return new Compiled(
          key, plan, OmenStatement.resultColumns(query.columns()), QueryPlan.of(query.rel()), null);
    }
    if (plan instanceof PlannedStatement.Insert insert) {
      return modification(key, plan, Modification.of(insert), insert.returning());
    }
    if (plan instanceof PlannedStatement.Update update) {
      return modification(key, plan, Modification.of(update), update.returning());
    }
    if (plan instanceof PlannedStatement.Delete delete) {
      return modification(key, plan, Modification.of(delete), delete.returning());
    }
    return new Compiled(key, plan, columns(plan, session), null, null);
  }

  private static Compiled modification(
      PlanKey key,
      PlannedStatement plan,
      Modification modification,
      PlannedStatement.@Nullable Returning returning) {
    List<ResultColumn> columns =
        returning == null ? null : OmenStatement.resultColumns(returning.columns());
    return new Compiled(key, plan, columns, null, modification);
  }

  private static @Nullable List<ResultColumn> columns(PlannedStatement plan, OmenSession session) {
    if (plan instanceof PlannedStatement.Show show) {
      return show.name().equalsIgnoreCase("all")
          ? List.of(
              OmenStatement.textColumn("name"),
              OmenStatement.textColumn("setting"),
              OmenStatement.textColumn("description"))
          : List.of(OmenStatement.textColumn(showName(show.name())));
    }
    if (plan instanceof PlannedStatement.Explain) {
      return List.of(OmenStatement.textColumn("QUERY PLAN"));
    }
    if (plan instanceof PlannedStatement.Execute execute) {
      OmenStatement statement = Portals.named(session, execute.name());
      return session.plan(statement).columns();
    }
    return null;
  }

  private static String showName(String name) {
    Setting setting = Setting.find(name);
    return setting == null ? name : setting.name();
  }
}
