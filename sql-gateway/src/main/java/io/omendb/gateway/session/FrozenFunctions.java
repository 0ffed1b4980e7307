package io.omendb.gateway.session;

import io.omendb.gateway.sql.functions.CatalogLookup;
import io.omendb.gateway.sql.functions.EvalContext;
import java.time.ZoneId;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What functions of one statement saw of its session when this was made. Nothing in it changes or
 * leads back to the session, so that the tasks of an analytical query share it while the session's
 * thread goes on. {@code clock} is asked anew each time, from any thread; {@code settings} is a
 * copy that nobody writes to; {@code catalog} answers from one version of the catalog.
 */
record FrozenFunctions(
    LongSupplier clock,
    ZoneId zone,
    long transactionMicros,
    long statementMicros,
    String user,
    String database,
    String schema,
    int backendProcessId,
    long transactionId,
    Settings settings,
    CatalogLookup catalog)
    implements EvalContext {

  @Override
  public long clockMicros() {
    return clock.getAsLong();
  }

  @Override
  public @Nullable String setting(String name) {
    return settings.find(name);
  }

  @Override
  public EvalContext frozen() {
    return this;
  }
}
