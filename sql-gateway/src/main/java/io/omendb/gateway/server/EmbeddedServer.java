package io.omendb.gateway.server;

import io.omendb.gateway.cluster.EmbeddedCluster;
import io.omendb.gateway.cluster.EmbeddedClusterOptions;
import io.omendb.gateway.olap.FlinkEngine;
import io.omendb.gateway.pgwire.PgEndpoint;
import io.omendb.gateway.pgwire.PgEndpointFactory;
import io.omendb.gateway.pgwire.PgEndpointOptions;
import io.omendb.gateway.session.OmenSessionFactory;
import io.omendb.jobs.memory.MemoryBudget;
import io.omendb.jobs.recovery.RestorePlan;
import io.omendb.jobs.runtime.EmbeddedDatabases;
import io.omendb.jobs.serve.Database;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.gateway.SqlGateway;
import org.apache.flink.table.gateway.service.context.DefaultContext;
import org.apache.flink.table.gateway.service.session.SessionManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything in one process: Flink's MiniCluster with the runtime job, the analytical engine on the
 * same cluster, and Flink's SQL gateway with its stock REST endpoint and the PostgreSQL endpoint.
 * Parts start in the order in which they need each other and stop in the reverse one; before the
 * job ends a last checkpoint is taken, so that the next start has little to replay.
 */
public final class EmbeddedServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedServer.class);

  private static final String DATABASE_NAME = "omendb";

  private final Deque<Part> parts = new ArrayDeque<>();
  private Map<String, String> addresses = Map.of();

  /** Something that was started and is to be stopped. */
  private record Part(String name, AutoCloseable stop) {}

  private EmbeddedServer() {}

  /** Starts a server; when this returns, clients that connect are served. */
  public static EmbeddedServer start(ServerOptions options) throws ServerException {
    EmbeddedServer server = new EmbeddedServer();
    try {
      server.startParts(options);
      return server;
    } catch (ServerException | RuntimeException e) {
      server.close();
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      server.close();
      throw new ServerException("interrupted while starting", e);
    } catch (Exception e) {
      server.close();
      throw new ServerException("the server cannot start: " + e.getMessage(), e);
    }
  }

  private void startParts(ServerOptions options) throws Exception {
    requireFreePort(options.host(), options.port(), "--port");
    requireFreePort("127.0.0.1", options.flinkUiPort(), "--flink-ui-port");
    requireFreePort("127.0.0.1", options.gatewayRestPort(), "--gateway-rest-port");

    Phases phases = new Phases();
    DataDirectory directory = DataDirectory.open(options.dataDirectory(), options.shardCount());
    parts.push(new Part("data directory", directory));
    RestorePlan plan = RuntimeJobSupervisor.plan(directory, options);
    plan.passedOver().forEach(reason -> LOG.warn("{}", reason));
    directory.clearScratch();
    Database database = EmbeddedDatabases.handle(directory.databaseId());
    StatementWarmUp warmUp = StatementWarmUp.start(database, DATABASE_NAME, directory.work());
    parts.push(new Part("warm-up", warmUp::stop));
    phases.end("data directory");

    EmbeddedClusterOptions clusterOptions =
        EmbeddedClusterOptions.defaults(directory.work(), options.flinkUiPort());
    EmbeddedCluster cluster = EmbeddedCluster.start(directory.databaseId(), clusterOptions);
    parts.push(new Part("Flink cluster", cluster));
    phases.end("Flink cluster");

    RuntimeJobSupervisor job = new RuntimeJobSupervisor(cluster, directory, options);
    parts.push(new Part("runtime job", job));
    job.start(plan);
    warmUp.served();
    parts.push(new Part("memory gauges", MemoryGauges.register(MemoryBudget.ofProcess())));
    phases.end("database");

    FlinkEngine engine = new FlinkEngine(cluster);
    parts.push(new Part("analytical engine", engine));
    startGateway(cluster, database, engine, directory.work(), options);
    warmUp.await();
    phases.end("endpoints");
    LOG.info("started: {}", phases);
    // The first analytical query would do the same; what runs on table state does not need it.
    engine.warmUp();
  }

  /** How long the parts of a start took. */
  private static final class Phases {
    private final StringBuilder text = new StringBuilder();
    private long sinceNanos = System.nanoTime();

    Phases() {
      long beforeMs =
          System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
      text.append("JVM ").append(beforeMs);
    }

    void end(String phase) {
      long now = System.nanoTime();
      text.append(" ms, ").append(phase).append(' ').append((now - sinceNanos) / 1_000_000);
      sinceNanos = now;
    }

    @Override
    public String toString() {
      return text + " ms";
    }
  }

  private static void requireFreePort(String host, int port, String option) throws ServerException {
    if (port == 0) {
      return;
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(host), port));
    } catch (IOException e) {
      throw new ServerException(
          "cannot listen on %s port %d (%s); choose another with %s"
              .formatted(host, port, e.getMessage(), option),
          e);
    }
  }

  /** Flink's REST endpoint takes no 0, and does not tell which port it took of a range. */
  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    }
  }

  private void startGateway(
      EmbeddedCluster cluster,
      Database database,
      FlinkEngine engine,
      Path spillDirectory,
      ServerOptions options)
      throws Exception {
    OmenSessionFactory sessions =
        new OmenSessionFactory(
            database,
            DATABASE_NAME,
            engine,
            Clock.systemUTC(),
            OmenSessionFactory.Options.standard(spillDirectory));
    parts.push(new Part("sessions", sessions));
    PgEndpointFactory.Served served = PgEndpointFactory.serve(sessions);
    parts.push(new Part("PostgreSQL endpoint", served));
    int restPort = options.gatewayRestPort() == 0 ? freePort() : options.gatewayRestPort();
    Configuration configuration = cluster.clientConfiguration();
    configuration.setString("sql-gateway.endpoint.type", "rest;" + PgEndpointFactory.IDENTIFIER);
    configuration.setString("sql-gateway.endpoint.rest.address", "127.0.0.1");
    configuration.setString("sql-gateway.endpoint.rest.bind-address", "127.0.0.1");
    configuration.setString("sql-gateway.endpoint.rest.port", Integer.toString(restPort));
    configuration.setString("sql-gateway.endpoint.rest.bind-port", Integer.toString(restPort));
    String prefix = "sql-gateway.endpoint." + PgEndpointFactory.IDENTIFIER + ".";
    configuration.setString(prefix + PgEndpointOptions.HOST.key(), options.host());
    configuration.setString(
        prefix + PgEndpointOptions.PORT.key(), Integer.toString(options.port()));
    configuration.setString(
        prefix + PgEndpointOptions.CONNECTIONS_MAX.key(),
        Integer.toString(options.connectionsMax()));
    SqlGateway gateway =
        new SqlGateway(
            configuration, SessionManager.create(new DefaultContext(configuration, List.of())));
    gateway.start();
    parts.push(new Part("SQL gateway", gateway::stop));
    InetSocketAddress postgres = served.endpoint().map(PgEndpoint::address).orElseThrow();
    addresses =
        Map.of(
            "PostgreSQL", postgres.getHostString() + ":" + postgres.getPort(),
            "Flink UI", cluster.flinkUiAddress(),
            "Flink SQL gateway", "http://127.0.0.1:" + restPort);
  }

  /**
   * Where clients connect, by kind: "PostgreSQL" as host:port, "Flink UI" and "Flink SQL gateway"
   * as URLs.
   */
  public Map<String, String> addresses() {
    return addresses;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      try {
        part.stop().close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.warn("{} did not stop cleanly", part.name(), e);
      }
    }
  }
}
