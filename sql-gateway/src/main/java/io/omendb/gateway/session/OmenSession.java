package io.omendb.gateway.session;

import io.omendb.gateway.oltp.CancelToken;
import io.omendb.gateway.oltp.ExecutionContext;
import io.omendb.gateway.oltp.StatementMemory;
import io.omendb.gateway.route.RouteSetting;
import io.omendb.gateway.sql.statement.ParsedSql;
import io.omendb.gateway.sql.statement.PlannedStatement;
import io.omendb.gateway.sql.statement.SessionContext;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryAccount;
import io.omendb.jobs.serve.Transaction;
import io.omendb.jobs.table.Catalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session over a database. Confined to one thread at a time, except {@link #cancel()}; closes its
 * transaction.
 */
final class OmenSession implements Session {
  private static final Logger LOG = LoggerFactory.getLogger(OmenSession.class);
  private static final int[] NO_OIDS = new int[0];
  static final int NAMED_STATEMENTS_MAX = 10_000;

  private final SessionServices services;
  private final Settings settings = new Settings();
  private final TransactionBlock block;
  private final RunningStatement running = new RunningStatement();
  private final Map<String, OmenStatement> named = new HashMap<>();
  private final String user;
  private final int processId;
  private final MemoryAccount namedMemory;
  private String workMemory = "";
  private long sortBytesMax;
  private @Nullable SessionContext context;
  private @Nullable String contextZone;
  private @Nullable String contextPath;

  OmenSession(
      SessionServices services, Map<String, String> startupParameters, String user, int processId) {
    this.services = services;
    this.user = user;
    this.processId = processId;
    namedMemory =
        new MemoryAccount(
            services.options().connectionMemory(), Long.MAX_VALUE, "DEALLOCATE some statements");
    block = new TransactionBlock(services.database(), settings, services.clockMicros());
    settings.forceDefault("session_authorization", user);
    startupParameters.forEach(this::startupSetting);
  }

  private void startupSetting(String name, String value) {
    switch (name) {
      case "user", "database" -> {}
      case "options" -> StartupOptions.settings(value).forEach(settings::setDefault);
      default -> {
        if (!name.startsWith("_pq_.")) {
          settings.setDefault(name, value);
        }
      }
    }
  }

  SessionServices services() {
    return services;
  }

  Settings settings() {
    return settings;
  }

  TransactionBlock block() {
    return block;
  }

  int processId() {
    return processId;
  }

  long nowMicros() {
    return services.clockMicros().getAsLong();
  }

  long transactionId() {
    return block.current().id();
  }

  Map<String, OmenStatement> named() {
    return named;
  }

  RouteSetting route() {
    return RouteSetting.parse(settings.get("omendb.route")).orElse(RouteSetting.AUTO);
  }

  /** What plans depend on; the same object for as long as the settings behind it are the same. */
  SessionContext context() {
    String zone = settings.get("TimeZone");
    String path = settings.get("search_path");
    if (context == null || !zone.equals(contextZone) || !path.equals(contextPath)) {
      context =
          new SessionContext(
              SettingValues.zoneId(zone), schemas(path), user, services.databaseName());
      contextZone = zone;
      contextPath = path;
    }
    return context;
  }

  private List<String> schemas(String path) {
    List<String> schemas = new ArrayList<>();
    for (String part : path.split(",")) {
      String name = part.strip();
      if (name.startsWith("\"") && name.endsWith("\"") && name.length() > 1) {
        name = name.substring(1, name.length() - 1);
      }
      name = name.equals("$user") ? user : name;
      if (!name.isEmpty()) {
        schemas.add(name);
      }
    }
    return schemas;
  }

  @Override
  public Status status() {
    return block.status();
  }

  @Override
  public List<ParsedStatement> parse(String sql) {
    return guarded(
        () -> {
          List<ParsedSql> parsed = services.frontEnd().parse(sql);
          List<ParsedStatement> statements = new ArrayList<>(parsed.size());
          parsed.forEach(p -> statements.add(new SessionStatement(p, parsed.size() == 1)));
          return statements;
        });
  }

  @Override
  public PreparedStatement prepare(ParsedStatement statement, int[] parameterOids) {
    return run(
        new CancelToken(),
        () -> {
          OmenStatement prepared =
              new OmenStatement(((SessionStatement) statement).parsed(), parameterOids);
          plan(prepared);
          return prepared;
        });
  }

  /** Makes sure that the statement's plan is of now. */
  OmenStatement.Compiled plan(OmenStatement statement) {
    if (block.status() == Status.FAILED) {
      return planInFailedBlock(statement);
    }
    Catalog catalog = block.catalog();
    OmenStatement.PlanKey key = key(catalog);
    OmenStatement.Compiled current = statement.compiled();
    if (current == null || !current.key().equals(key)) {
      PlannedStatement plan =
          services
              .frontEnd()
              .plan(statement.parsed(), catalog, statement.parameterOids(), context());
      current = StatementCompiler.compile(key, plan, this);
      statement.compiled(current);
    }
    return current;
  }

  /** Only what ends the transaction is planned; all else is refused before it is looked at. */
  private OmenStatement.Compiled planInFailedBlock(OmenStatement statement) {
    PlannedStatement plan = null;
    try {
      plan = services.frontEnd().plan(statement.parsed(), block.catalog(), NO_OIDS, context());
    } catch (OmenException refusedBelow) {
      LOG.trace("in a failed transaction", refusedBelow);
    }
    boolean ends =
        plan instanceof PlannedStatement.Commit
            || plan instanceof PlannedStatement.Rollback
            || plan instanceof PlannedStatement.Empty;
    if (plan == null || !ends) {
      throw new OmenException(
          ErrorCode.IN_FAILED_SQL_TRANSACTION,
          "current transaction is aborted, commands ignored until end of transaction block");
    }
    OmenStatement.Compiled compiled =
        StatementCompiler.compile(new OmenStatement.PlanKey(-1, 0, context()), plan, this);
    statement.compiled(compiled);
    return compiled;
  }

  @Override
  public Portal bind(PreparedStatement statement, List<@Nullable Object> parameters) {
    return run(new CancelToken(), () -> Portals.open(this, (OmenStatement) statement, parameters));
  }

  @Override
  public @Nullable Portal tryBind(PreparedStatement statement, List<@Nullable Object> parameters) {
    OmenStatement.Compiled compiled = tryPlan((OmenStatement) statement);
    if (compiled == null || compiled.plan() instanceof PlannedStatement.Execute) {
      return null;
    }
    try {
      return Portals.open(this, (OmenStatement) statement, compiled, parameters);
    } catch (RuntimeException refused) {
      // A worker meets it again, and may do what follows an error.
      LOG.trace("not bound at once", refused);
      return null;
    }
  }

  /** The statement's plan if it is of now; null, instead of planning, where it is not. */
  OmenStatement.@Nullable Compiled tryPlan(OmenStatement statement) {
    OmenStatement.Compiled current = statement.compiled();
    Catalog catalog = block.status() == Status.FAILED ? null : block.tryCatalog();
    return current != null && catalog != null && current.key().equals(key(catalog))
        ? current
        : null;
  }

  private OmenStatement.PlanKey key(Catalog catalog) {
    return new OmenStatement.PlanKey(catalog.version(), block.ownDefinitions(), context());
  }

  /** What an execution of a statement needs, in the current transaction. */
  ExecutionContext execution(
      Transaction transaction,
      List<@Nullable Object> parameters,
      CancelToken cancel,
      StatementMemory memory) {
    return new ExecutionContext(
        transaction, parameters, functions(transaction.catalog()), cancel, memory);
  }

  /** For one statement, which closes it. */
  StatementMemory statementMemory() {
    OmenSessionFactory.Options options = services.options();
    return new StatementMemory(
        options.statementMemory(),
        options.statementBytesMax(),
        sortBytesMax(),
        options.spillDirectory());
  }

  private long sortBytesMax() {
    String text = settings.get("work_mem");
    if (!text.equals(workMemory)) {
      sortBytesMax = SettingValues.bytes("work_mem", text);
      workMemory = text;
    }
    return sortBytesMax;
  }

  /** What a statement that SQL's PREPARE made takes while it is kept. */
  MemoryAccount namedMemory() {
    return namedMemory;
  }

  StatementFunctions functions(Catalog catalog) {
    long now = nowMicros();
    return new StatementFunctions(
        this, Math.min(block.beganMicros(), now), now, services.lookups().apply(catalog));
  }

  /**
   * Runs a statement, or a further piece of its rows: it can be cancelled, it ends after
   * statement_timeout, and its errors fail the transaction.
   */
  <T> T run(CancelToken token, Supplier<T> body) {
    ScheduledFuture<?> timeout = startTimeout(token);
    try {
      return runPiece(token, body);
    } finally {
      if (timeout != null) {
        timeout.cancel(false);
      }
    }
  }

  /** Ends the statement after statement_timeout, unless that is cancelled; null for no timeout. */
  @Nullable ScheduledFuture<?> startTimeout(CancelToken token) {
    long timeoutMs = settings.millis("statement_timeout");
    return timeoutMs == 0
        ? null
        : services
            .timeouts()
            .schedule(
                () -> running.end(token, "canceling statement due to statement timeout"),
                timeoutMs,
                TimeUnit.MILLISECONDS);
  }

  /** Likewise, of a statement whose timeout runs already. */
  <T> T runPiece(CancelToken token, Supplier<T> body) {
    running.begin(token);
    try {
      return body.get();
    } catch (RuntimeException | Error error) {
      throw failed(error, token);
    } finally {
      running.end();
    }
  }

  private <T> T guarded(Supplier<T> body) {
    try {
      return body.get();
    } catch (RuntimeException | Error error) {
      throw failed(error, null);
    }
  }

  private OmenException failed(Throwable error, @Nullable CancelToken token) {
    // A pending interrupt must not disturb the rollback.
    boolean cancelled = token != null && token.isCancelled();
    if (cancelled) {
      Thread.interrupted();
    }
    OmenException reported = reported(error, token);
    try {
      block.fail();
    } catch (RuntimeException alsoFailed) {
      LOG.warn("rolling back after an error failed", alsoFailed);
      reported.addSuppressed(alsoFailed);
    }
    return reported;
  }

  private static OmenException reported(Throwable error, @Nullable CancelToken token) {
    if (token != null && token.isCancelled()) {
      return token.error();
    }
    if (error instanceof OmenException expected) {
      return expected;
    }
    if (error instanceof StackOverflowError) {
      return new OmenException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "stack depth limit exceeded: the statement is nested too deeply",
          error);
    }
    if (error instanceof OutOfMemoryError) {
      return new OmenException(
          ErrorCode.OUT_OF_MEMORY, "out of memory while running the statement", error);
    }
    LOG.error("a statement failed unexpectedly", error);
    return new OmenException(ErrorCode.INTERNAL_ERROR, "internal error: " + error, error);
  }

  @Override
  public void endImplicitTransaction(boolean failed) {
    guarded(
        () -> {
          block.endImplicit(failed);
          return true;
        });
  }

  @Override
  public void fail() {
    if (block.status() == Status.IN_TRANSACTION) {
      block.fail();
    }
  }

  @Override
  public boolean endMayBlock() {
    return block.status() == Status.IDLE && block.isOpen();
  }

  @Override
  public @Nullable CompletableFuture<?> startImplicitCommit() {
    try {
      return block.startCommit();
    } catch (RuntimeException error) {
      throw failed(error, null);
    }
  }

  @Override
  public void finishImplicitCommit(CompletableFuture<?> commit) {
    guarded(
        () -> {
          block.finishCommit(commit);
          return true;
        });
  }

  @Override
  public long idleTimeoutMs() {
    return settings.millis(
        block.status() == Status.IDLE
            ? "idle_session_timeout"
            : "idle_in_transaction_session_timeout");
  }

  @Override
  public String setting(String name) {
    return settings.get(name);
  }

  @Override
  public void onSettingChanged(SettingListener listener) {
    settings.listen(listener);
  }

  @Override
  public void cancel() {
    running.cancel("canceling statement due to user request");
  }

  @Override
  public void close() {
    try {
      block.rollback();
    } finally {
      named.clear();
      namedMemory.close();
    }
  }
}
