package io.omendb.gateway.server;

import io.omendb.gateway.cluster.EmbeddedCluster;
import io.omendb.gateway.cluster.EmbeddedClusterOptions;
import io.omendb.gateway.olap.FlinkEngine;
import io.omendb.gateway.pgwire.PgEndpoint;
import io.omendb.gateway.pgwire.PgEndpointFactory;
import io.omendb.gateway.pgwire.PgEndpointOptions;
import io.omendb.gateway.session.OmenSessionFactory;
import io.omendb.jobs.memory.MemoryBudget;
import io.omendb.jobs.runtime.CheckpointFinder;
import io.omendb.jobs.runtime.EmbeddedDatabases;
import io.omendb.jobs.runtime.RuntimeJob;
import io.omendb.jobs.runtime.RuntimeJobOptions;
import io.omendb.jobs.serve.Database;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
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

  private static final String STATE_BACKEND = "io.omendb.state.backend.LearnedStateBackendFactory";
  private static final String DATABASE_NAME = "omendb";
  private static final Duration DATABASE_TIMEOUT = Duration.ofSeconds(60);
  private static final long LAST_CHECKPOINT_TIMEOUT_SECONDS = 20;
  private static final int CHECKPOINTS_KEPT = 2;

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

    DataDirectory directory = DataDirectory.open(options.dataDirectory(), options.shardCount());
    parts.push(new Part("data directory", directory));

    EmbeddedClusterOptions clusterOptions =
        EmbeddedClusterOptions.defaults(directory.work(), options.flinkUiPort());
    EmbeddedCluster cluster = EmbeddedCluster.start(directory.databaseId(), clusterOptions);
    parts.push(new Part("Flink cluster", cluster));

    JobClient job = startRuntimeJob(cluster, directory, options);
    parts.push(
        new Part(
            "runtime job",
            () -> {
              stopRuntimeJob(cluster, job);
              EmbeddedDatabases.stopped(directory.databaseId());
            }));
    parts.push(new Part("memory gauges", MemoryGauges.register(MemoryBudget.ofProcess())));
    Database database = EmbeddedDatabases.await(directory.databaseId(), DATABASE_TIMEOUT);
    parts.push(new Part("database", database));

    FlinkEngine engine = new FlinkEngine(cluster);
    parts.push(new Part("analytical engine", engine));
    engine.warmUp();

    startGateway(cluster, database, engine, directory.work(), options);
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

  private static JobClient startRuntimeJob(
      EmbeddedCluster cluster, DataDirectory directory, ServerOptions options) throws Exception {
    Configuration configuration = cluster.clientConfiguration();
    configuration.set(StateBackendOptions.STATE_BACKEND, STATE_BACKEND);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.checkpoints().toUri().toString());
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    Optional<Path> newest = CheckpointFinder.newest(directory.checkpoints());
    if (newest.isPresent()) {
      LOG.info("restoring from checkpoint {}", newest.get());
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, newest.get().toUri().toString());
      configuration.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
    }
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
    RuntimeJob.build(env, runtimeOptions(cluster, directory, options));
    return env.executeAsync("OmenDB");
  }

  private static RuntimeJobOptions runtimeOptions(
      EmbeddedCluster cluster, DataDirectory directory, ServerOptions options) {
    Map<String, String> lake = options.lakeProperties();
    if (lake.isEmpty()) {
      lake = IcebergLakeCatalog.localProperties(directory.lake());
    }
    return RuntimeJobOptions.defaults(directory.databaseId(), directory.root(), lake)
        .withShardCount(directory.shardCount())
        .withParallelism(Math.min(cluster.options().runtimeParallelism(), directory.shardCount()))
        .withCuts(options.cutIntervalMs(), options.cutBytesMax())
        .withDiskReserve(options.diskReserveBytes())
        .withCheckpoints(options.checkpointIntervalMs(), CHECKPOINTS_KEPT);
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
    PgEndpointFactory.serve(sessions);
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
    InetSocketAddress postgres = PgEndpointFactory.running().map(PgEndpoint::address).orElseThrow();
    addresses =
        Map.of(
            "PostgreSQL", postgres.getHostString() + ":" + postgres.getPort(),
            "Flink UI", cluster.flinkUiAddress(),
            "Flink SQL gateway", "http://127.0.0.1:" + restPort);
  }

  private static void stopRuntimeJob(EmbeddedCluster cluster, JobClient job) throws Exception {
    try {
      cluster
          .client()
          .triggerCheckpoint(job.getJobID(), CheckpointType.CONFIGURED)
          .get(LAST_CHECKPOINT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // The log has everything; the next start only has more of it to replay.
      LOG.warn("no checkpoint at the end", e);
    }
    job.cancel().get(LAST_CHECKPOINT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
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
