package io.omendb.state.backend;

import static org.apache.flink.runtime.testutils.CommonTestUtils.getLatestCompletedCheckpointPath;
import static org.apache.flink.runtime.testutils.CommonTestUtils.waitForCheckpoint;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs in a MiniCluster that fail or are stopped, and go on from local or retained checkpoints. */
class JobRecoveryTest {

  @TempDir Path checkpoints;
  private final InMemoryReporter metrics = InMemoryReporter.createWithRetainedMetrics();
  private Configuration configuration = new Configuration();
  private @Nullable MiniCluster cluster;

  @AfterEach
  void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  private void start(boolean localRecovery) throws Exception {
    ClassPath.assumeItHasThisModule();
    configuration = NumbersJob.configuration(checkpoints);
    configuration.set(StateRecoveryOptions.LOCAL_RECOVERY, localRecovery);
    Configuration forCluster = new Configuration(configuration);
    metrics.addToConfiguration(forCluster);
    MiniCluster started =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(forCluster)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(2)
                .build());
    cluster = started;
    started.start();
  }

  private MiniCluster cluster() {
    if (cluster == null) {
      throw new IllegalStateException("start() comes first");
    }
    return cluster;
  }

  private void runToTheEnd(JobGraph job) throws Exception {
    cluster().submitJob(job).get();
    cluster()
        .requestJobResult(job.getJobID())
        .get()
        .toJobExecutionResult(getClass().getClassLoader());
  }

  /** Lets a job take some checkpoints of its own, cancels it, and returns the last. */
  private Path stopAfterCheckpoints(JobGraph job) throws Exception {
    JobID id = job.getJobID();
    cluster().submitJob(job).get();
    waitForCheckpoint(id, cluster(), 3);
    cluster().cancelJob(id).get();
    cluster().requestJobResult(id).get();
    return Path.of(URI.create(getLatestCompletedCheckpointPath(id, cluster()).orElseThrow()));
  }

  private JobGraph resumed(Path checkpoint, RecoveryClaimMode mode, boolean asynchronous) {
    JobGraph job = NumbersJob.graph(configuration, false, asynchronous);
    job.setSavepointRestoreSettings(
        SavepointRestoreSettings.forPath(checkpoint.toUri().toString(), false, mode));
    return job;
  }

  /** What the gauges of this name said last, those of ended attempts included. */
  private List<Integer> gauges(String name) {
    return metrics.getMetricsByGroup().values().stream()
        .map(group -> group.get(name))
        .filter(Objects::nonNull)
        .map(JobRecoveryTest::number)
        .toList();
  }

  /** The directory of all of a job's checkpoints, their shared files included. */
  private static Path jobDirectory(Path checkpoint) {
    return Objects.requireNonNull(checkpoint.getParent());
  }

  private static int number(Metric gauge) {
    return ((Number) ((Gauge<?>) gauge).getValue()).intValue();
  }

  @ParameterizedTest(name = "asynchronous state: {0}")
  @ValueSource(booleans = {false, true})
  void aFailedJobRestoresFromLocalCopies(boolean asynchronous) throws Exception {
    start(true);
    JobGraph job = NumbersJob.graph(configuration, true, asynchronous);
    runToTheEnd(job);

    assertThat(NumbersJob.ATTEMPTS).hasValue(2);
    assertThat(NumbersJob.RESULTS).isEqualTo(NumbersJob.expected());
    assertThat(gauges("restoredLocalRuns")).anyMatch(count -> count > 0);
    assertThat(gauges("restoredDownloadedRuns")).isNotEmpty().containsOnly(0);
  }

  @Test
  void withoutLocalRecoveryAFailedJobDownloads() throws Exception {
    start(false);
    JobGraph job = NumbersJob.graph(configuration, true, false);
    runToTheEnd(job);

    assertThat(NumbersJob.ATTEMPTS).hasValue(2);
    assertThat(NumbersJob.RESULTS).isEqualTo(NumbersJob.expected());
    assertThat(gauges("restoredLocalRuns")).isNotEmpty().containsOnly(0);
    assertThat(gauges("restoredDownloadedRuns")).anyMatch(count -> count > 0);
  }

  /** In any combination, jobs with and without asynchronous state read each other's checkpoints. */
  @ParameterizedTest(name = "asynchronous state: {0}, then {1}, then {2}")
  @CsvSource({"false, false, false", "false, true, false", "true, false, true"})
  void unclaimedCheckpointsAreNotNeededAndClaimedOnesAreDeleted(
      boolean first, boolean second, boolean third) throws Exception {
    start(false);
    Path original = stopAfterCheckpoints(NumbersJob.graph(configuration, false, first));

    Path own = stopAfterCheckpoints(resumed(original, RecoveryClaimMode.NO_CLAIM, second));
    assertThat(original).isDirectory();
    FileUtils.deleteDirectory(jobDirectory(original).toFile());
    try (Stream<Path> jobs = Files.list(checkpoints)) {
      assertThat(jobs).containsExactly(jobDirectory(own));
    }

    runToTheEnd(resumed(own, RecoveryClaimMode.CLAIM, third));
    assertThat(NumbersJob.RESULTS).isEqualTo(NumbersJob.expected());
    assertThat(own).doesNotExist();
  }
}
