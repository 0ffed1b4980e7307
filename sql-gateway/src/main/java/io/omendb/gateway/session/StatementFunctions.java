package io.omendb.gateway.session;

import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.gateway.sql.functions.EvalContext;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** What functions of one statement see of its session. */
record StatementFunctions(
    OmenSession session, long transactionMicros, long statementMicros, CatalogLookup catalog)
    implements EvalContext {

  @Override
  public ZoneId zone() {
    return session.context().zone();
  }

  @Override
  public long clockMicros() {
    return session.nowMicros();
  }

  @Override
  public String user() {
    return session.context().user();
  }

  @Override
  public String database() {
    return session.context().database();
  }

  @Override
  public String schema() {
    return session.context().searchPath().isEmpty()
        ? "public"
        : session.context().searchPath().get(session.context().searchPath().size() - 1);
  }

  @Override
  public int backendProcessId() {
    return session.processId();
  }

  @Override
  public long transactionId() {
    return session.transactionId();
  }

  @Override
  public @Nullable String setting(String name) {
    return session.settings().find(name);
  }

  @Override
  public EvalContext frozen() {
    return new FrozenFunctions(
        session.services().clockMicros(),
        zone(),
        transactionMicros,
        statementMicros,
        user(),
        database(),
        schema(),
        backendProcessId(),
        transactionId(),
        session.settings().copy(),
        catalog);
  }
}
