package io.omendb.gateway.server;

import io.omendb.gateway.session.OmenSessionFactory;
import io.omendb.gateway.session.ParsedStatement;
import io.omendb.gateway.session.Portal;
import io.omendb.gateway.session.PreparedStatement;
import io.omendb.gateway.session.Session;
import io.omendb.jobs.serve.Database;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a small statement beside the rest of a start, so that the first one of a client does not
 * wait for the classes that parse, plan and run it: parsing while Flink starts, the rest once the
 * database is there. A warm-up that fails is logged and harms nothing.
 */
final class StatementWarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(StatementWarmUp.class);
  private static final String STATEMENT =
      "SELECT s, count(*) FROM (VALUES (1, 'a'), (2, 'b')) AS t(i, s) WHERE i > 0 GROUP BY s ORDER"
          + " BY s";

  private final CountDownLatch served = new CountDownLatch(1);
  private final Thread thread;

  private StatementWarmUp(Database database, String databaseName, Path spillDirectory) {
    this.thread = new Thread(() -> run(database, databaseName, spillDirectory), "omendb-warm-up");
    thread.setDaemon(true);
  }

  static StatementWarmUp start(Database database, String databaseName, Path spillDirectory) {
    StatementWarmUp warmUp = new StatementWarmUp(database, databaseName, spillDirectory);
    warmUp.thread.start();
    return warmUp;
  }

  private void run(Database database, String databaseName, Path spillDirectory) {
    try (OmenSessionFactory sessions =
            new OmenSessionFactory(
                database,
                databaseName,
                null,
                Clock.systemUTC(),
                OmenSessionFactory.Options.standard(spillDirectory));
        Session session = sessions.open(Map.of("user", "warm-up", "database", databaseName), 0)) {
      ParsedStatement parsed = session.parse(STATEMENT).get(0);
      served.await();
      PreparedStatement prepared = session.prepare(parsed, new int[0]);
      try (Portal portal = session.bind(prepared, List.of())) {
        portal.execute(0, new Discarded());
      }
      session.endImplicitTransaction(false);
    } catch (InterruptedException e) {
      LOG.debug("The start ends before its warm-up", e);
    } catch (RuntimeException e) {
      LOG.warn("The statement that warms up failed", e);
    }
  }

  /** The database serves. */
  void served() {
    served.countDown();
  }

  /** Waits until the statement has run. */
  void await() throws InterruptedException {
    thread.join();
  }

  /** The start has failed, or is over. */
  void stop() {
    thread.interrupt();
  }

  private static final class Discarded implements Portal.RowSink {
    @Override
    public void row(@Nullable Object[] datums) {}

    @Override
    public void copyData(byte[] bytes) {}
  }
}
