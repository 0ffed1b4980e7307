package io.omendb.gateway.cluster;

import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Submits pipelines to the {@link EmbeddedCluster} of this JVM by method call. Jobs carry no jars:
 * their classes come from the parent class loader, so that statics (the registries of databases,
 * shards and leases) are one in gateway and tasks. Flink's own local target would start another
 * cluster per job, and its remote target costs an HTTP round trip and back-off polling.
 */
public final class EmbeddedExecutorFactory implements PipelineExecutorFactory {

  /** Value of {@code execution.target}. */
  public static final String NAME = "omendb-embedded";

  /** Which of this JVM's clusters. */
  public static final ConfigOption<String> CLUSTER_ID =
      ConfigOptions.key("omendb.embedded-cluster-id")
          .stringType()
          .noDefaultValue()
          .withDescription("The embedded cluster of this JVM that jobs are submitted to.");

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public boolean isCompatibleWith(Configuration configuration) {
    return NAME.equalsIgnoreCase(configuration.get(DeploymentOptions.TARGET));
  }

  @Override
  public PipelineExecutor getExecutor(Configuration configuration) {
    return EmbeddedExecutorFactory::submit;
  }

  private static CompletableFuture<JobClient> submit(
      Pipeline pipeline, Configuration configuration, ClassLoader userClassLoader)
      throws Exception {
    EmbeddedCluster cluster = EmbeddedCluster.running(configuration.get(CLUSTER_ID));
    StreamGraph streamGraph = PipelineExecutorUtils.getStreamGraph(pipeline, configuration);
    JobGraph jobGraph = streamGraph.getJobGraph(userClassLoader);
    return cluster.submit(jobGraph);
  }
}
