package io.omendb.gateway.session;

import io.omendb.gateway.pgcatalog.CatalogLookups;
import io.omendb.gateway.pgcatalog.PgCatalog;
import io.omendb.gateway.pgcatalog.SettingInfo;
import io.omendb.gateway.route.AnalyticalEngine;
import io.omendb.gateway.route.Router;
import io.omendb.gateway.route.TableSizes;
import io.omendb.gateway.sql.PgFrontEnd;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.memory.MemoryBudget;
import io.omendb.jobs.memory.MemoryShare;
import io.omendb.jobs.serve.Database;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Opens sessions on one database. Thread-safe; the sessions are their openers' to close. */
public final class OmenSessionFactory implements SessionFactory, AutoCloseable {
  private final SessionServices services;
  private final ScheduledExecutorService timeouts;

  /**
   * How statements may use this JVM.
   *
   * @param statementMemory what the operators of all statements share
   * @param connectionMemory what prepared statements and unfinished rows of COPY share
   * @param statementBytesMax what one statement may hold of it
   * @param stateRowsMax see {@link Router}
   * @param spillDirectory where sorts write what does not fit into memory
   */
  public record Options(
      MemoryShare statementMemory,
      MemoryShare connectionMemory,
      long statementBytesMax,
      long stateRowsMax,
      Path spillDirectory) {

    /** With a share that has no bound: each statement has its own. */
    public Options(long statementBytesMax, long stateRowsMax) {
      this(
          MemoryShare.unbounded("statements"),
          MemoryShare.unbounded("connections"),
          statementBytesMax,
          stateRowsMax,
          Path.of(System.getProperty("java.io.tmpdir", ".")));
    }

    /** Of the process's budget; one statement gets at most half of the share of all. */
    public static Options standard(Path spillDirectory) {
      MemoryBudget budget = MemoryBudget.ofProcess();
      MemoryShare statements = budget.share(MemoryBudget.Kind.STATEMENTS);
      return new Options(
          statements,
          budget.share(MemoryBudget.Kind.CONNECTIONS),
          statements.bytesMax() / 2,
          50_000,
          spillDirectory);
    }
  }

  /** {@code analytics} null: everything runs in state. The database stays its opener's to close. */
  public OmenSessionFactory(
      Database database,
      String databaseName,
      @Nullable AnalyticalEngine analytics,
      Clock clock,
      Options options) {
    PgCatalog system = PgCatalog.create(settings(), database::lakeTables);
    timeouts =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "omendb-statement-timeouts");
              thread.setDaemon(true);
              return thread;
            });
    services =
        new SessionServices(
            database,
            databaseName,
            new PgFrontEnd(system),
            analytics,
            new Router(analytics, new TableSizes(), options.stateRowsMax()),
            catalog -> new CatalogLookups(catalog, system),
            timeouts,
            () -> micros(clock.instant()),
            options);
  }

  private static List<SettingInfo> settings() {
    return Setting.all().stream()
        .map(s -> new SettingInfo(s.name(), s.standard(), s.description()))
        .toList();
  }

  private static long micros(Instant instant) {
    return instant.getEpochSecond() * 1_000_000L + instant.getNano() / 1000;
  }

  @Override
  public Session open(Map<String, String> startupParameters, int processId) {
    String user = startupParameters.getOrDefault("user", "");
    if (user.isEmpty()) {
      throw new OmenException(
          ErrorCode.INVALID_AUTHORIZATION, "no PostgreSQL user name specified in startup packet");
    }
    String name = startupParameters.getOrDefault("database", user);
    if (!name.equals(services.databaseName())) {
      throw new OmenException(
          ErrorCode.INVALID_CATALOG_NAME, "database \"%s\" does not exist".formatted(name));
    }
    return new OmenSession(services, startupParameters, user, processId);
  }

  @Override
  public void close() {
    timeouts.shutdownNow();
  }
}
