package io.omendb.gateway.session;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.QueryPlan;
import io.omendb.gateway.oltp.RowSource;
import io.omendb.gateway.session.OmenStatement.Compiled;
import io.omendb.gateway.sql.functions.PgCasts;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.jspecify.annotations.Nullable;

/** Makes the portal that runs a bound statement. */
final class Portals {
  private Portals() {}

  static Portal open(
      OmenSession session, OmenStatement statement, List<@Nullable Object> parameters) {
    return open(session, statement, session.plan(statement), parameters);
  }

  /** Likewise, where the plan is known to be of now. */
  static Portal open(
      OmenSession session,
      OmenStatement statement,
      Compiled compiled,
      List<@Nullable Object> parameters) {
    int expected = compiled.plan().parameterTypes().size();
    if (parameters.size() != expected) {
      throw new OmenException(
          ErrorCode.PROTOCOL_VIOLATION,
          "bind message supplies %d parameters, but prepared statement requires %d"
              .formatted(parameters.size(), expected));
    }
    PlannedStatement plan = compiled.plan();
    if (plan instanceof PlannedStatement.Query) {
      return new QueryPortal(session, statement, parameters);
    }
    if (compiled.modification() != null) {
      return new ModificationPortal(session, statement, parameters);
    }
    if (plan instanceof PlannedStatement.Copy copy) {
      return copy.from() ? new CopyInPortal(session, copy) : new CopyOutPortal(session, copy);
    }
    if (plan instanceof PlannedStatement.Execute execute) {
      return open(session, named(session, execute.name()), arguments(session, execute));
    }
    return new UtilityPortal(session, compiled, parameters);
  }

  /** A statement that SQL's PREPARE made. */
  static OmenStatement named(OmenSession session, String name) {
    OmenStatement statement = session.named().get(name);
    if (statement == null) {
      throw new OmenException(
          ErrorCode.INVALID_SQL_STATEMENT_NAME,
          "prepared statement \"%s\" does not exist".formatted(name));
    }
    return statement;
  }

  private static List<@Nullable Object> arguments(
      OmenSession session, PlannedStatement.Execute execute) {
    List<PgType> types = session.plan(named(session, execute.name())).plan().parameterTypes();
    List<RelDataTypeField> fields = execute.arguments().getRowType().getFieldList();
    boolean none = types.isEmpty() && fields.size() <= 1;
    if (!none && types.size() != fields.size()) {
      throw new OmenException(
          ErrorCode.SYNTAX_ERROR,
          "wrong number of parameters for prepared statement \"%s\": expected %d, got %d"
              .formatted(execute.name(), types.size(), fields.size()));
    }
    List<@Nullable Object> values = new ArrayList<>(types.size());
    ExecutionContext context =
        session.execution(session.block().current(), List.of(), new CancelToken());
    try (RowSource rows = QueryPlan.of(execute.arguments()).open(context)) {
      @Nullable Object[] row = rows.next();
      for (int i = 0; i < types.size(); i++) {
        Object value = row == null ? null : row[i];
        PgType from = RelTypes.pgType(fields.get(i).getType());
        values.add(value == null ? null : PgCasts.cast(value, from, types.get(i), context.zone()));
      }
    }
    return values;
  }
}
