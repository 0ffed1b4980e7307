package io.omendb.gateway.cluster;

import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.client.deployment.ClusterClientJobClientAdapter;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.ResourceManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.jspecify.annotations.Nullable;

/**
 * Flink's MiniCluster with its REST endpoint, configured for short queries beside one long job: no
 * waiting in slot allocation, the default scheduler for both kinds of job, memory sizes that are
 * set rather than tiny. Thread-safe; whoever starts it closes it.
 */
public final class EmbeddedCluster implements AutoCloseable {
  private static final ProcessRegistry<String, EmbeddedCluster> RUNNING =
      ProcessRegistry.of(Content.CLUSTERS);
  private static final long CLOSE_TIMEOUT_SECONDS = 30;

  /** Of each job; a setting of the cluster, which jobs cannot change. */
  public static final int CHECKPOINTS_KEPT = 3;

  private final String id;
  private final MiniCluster miniCluster;
  private final MiniClusterClient client;
  private final Configuration clientConfiguration;
  private final EmbeddedClusterOptions options;

  private EmbeddedCluster(
      String id,
      MiniCluster miniCluster,
      Configuration clientConfiguration,
      EmbeddedClusterOptions options) {
    this.id = id;
    this.miniCluster = miniCluster;
    this.clientConfiguration = clientConfiguration;
    this.options = options;
    this.client = new MiniClusterClient(clientConfiguration, miniCluster);
  }

  /** Starts a cluster under an id that is unique in this JVM. */
  public static EmbeddedCluster start(String id, EmbeddedClusterOptions options) throws Exception {
    Configuration configuration = clusterConfiguration(options);
    MiniCluster miniCluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(options.slotCount())
                .setRpcServiceSharing(RpcServiceSharing.SHARED)
                .build());
    miniCluster.start();
    Configuration clientConfiguration = new Configuration(configuration);
    clientConfiguration.set(RestOptions.PORT, miniCluster.getRestAddress().get().getPort());
    clientConfiguration.set(DeploymentOptions.TARGET, EmbeddedExecutorFactory.NAME);
    clientConfiguration.set(DeploymentOptions.ATTACHED, false);
    clientConfiguration.set(EmbeddedExecutorFactory.CLUSTER_ID, id);
    EmbeddedCluster cluster = new EmbeddedCluster(id, miniCluster, clientConfiguration, options);
    try {
      RUNNING.add(id, cluster);
    } catch (IllegalStateException e) {
      miniCluster.close();
      throw e;
    }
    return cluster;
  }

  private static Configuration clusterConfiguration(EmbeddedClusterOptions options) {
    Configuration c = new Configuration();
    c.set(RestOptions.ADDRESS, "127.0.0.1");
    c.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    c.set(RestOptions.BIND_PORT, Integer.toString(options.flinkUiPort()));
    c.set(RestOptions.PORT, options.flinkUiPort());
    c.set(CoreOptions.TMP_DIRS, options.temporaryDirectory().toString());
    c.set(JobManagerOptions.SCHEDULER, JobManagerOptions.SchedulerType.Default);
    c.set(JobManagerOptions.SLOT_REQUEST_MAX_INTERVAL, Duration.ZERO);
    c.set(ResourceManagerOptions.REQUIREMENTS_CHECK_DELAY, Duration.ZERO);
    c.set(ResourceManagerOptions.DECLARE_NEEDED_RESOURCE_DELAY, Duration.ZERO);
    c.setString("jobstore.type", "Memory");
    c.setString("jobstore.max-capacity", "50");
    c.setString("completed-application-store.max-capacity", "50");
    c.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, new MemorySize(options.managedMemoryBytes()));
    c.set(TaskManagerOptions.NETWORK_MEMORY_MIN, new MemorySize(options.networkMemoryBytes()));
    c.set(TaskManagerOptions.NETWORK_MEMORY_MAX, new MemorySize(options.networkMemoryBytes()));
    // Embedded, a fatal task manager error must not take the server's JVM with it; the job restarts
    // instead.
    c.setString("task.cancellation.timeout", "0");
    c.set(CheckpointingOptions.FILE_MERGING_ENABLED, false);
    c.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, CHECKPOINTS_KEPT);
    c.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofSeconds(10));
    return c;
  }

  static EmbeddedCluster running(String id) {
    @Nullable EmbeddedCluster cluster = RUNNING.get(id);
    if (cluster == null) {
      throw new IllegalStateException("no embedded cluster with id " + id + " runs in this JVM");
    }
    return cluster;
  }

  /** What an environment needs to submit its jobs here. A copy. */
  public Configuration clientConfiguration() {
    return new Configuration(clientConfiguration);
  }

  /**
   * Submits a job by method call, without jars: its classes come from the parent class loader, so
   * that statics (the registries of databases, shards and leases) are one in gateway and tasks.
   */
  public CompletableFuture<JobClient> submit(JobGraph job) {
    return client
        .submitJob(job)
        .thenApply(
            jobId ->
                new ClusterClientJobClientAdapter<>(
                    () -> client, jobId, EmbeddedCluster.class.getClassLoader()));
  }

  public MiniClusterClient client() {
    return client;
  }

  public MiniCluster miniCluster() {
    return miniCluster;
  }

  public EmbeddedClusterOptions options() {
    return options;
  }

  /** Address of the REST endpoint and web interface. */
  public String flinkUiAddress() {
    return client.getWebInterfaceURL();
  }

  @Override
  public void close() {
    if (!RUNNING.remove(id, this)) {
      return;
    }
    try {
      miniCluster.closeAsync().get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the embedded cluster did not stop cleanly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
