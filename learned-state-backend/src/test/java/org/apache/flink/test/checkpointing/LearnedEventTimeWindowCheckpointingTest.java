package org.apache.flink.test.checkpointing;

import io.omendb.state.backend.ClassPath;
import io.omendb.state.backend.LearnedStateBackendFactory;
import java.io.IOException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Flink's jobs with event-time windows, a source that fails, and a sink that checks each window, on
 * our backend with checkpoints in files; two of them with local recovery, as in Flink's {@code
 * LocalRecoveryITCase}. It is here because the jobs are visible in their package only.
 *
 * <p>Flink's source takes half a minute before it fails, whatever the machine, and serves one job
 * at a time. So two jobs, one for each kind of window state, always run; the other four run with
 * {@code -Domendb.test.allWindows=true}.
 */
class LearnedEventTimeWindowCheckpointingTest {

  private static final String ALL = "omendb.test.allWindows";

  /** One of Flink's jobs. */
  private interface Job {
    void runOn(LearnedWindows windows) throws Exception;
  }

  private static void run(Job job, boolean localRecovery, TestInfo testInfo) throws Exception {
    ClassPath.assumeItHasThisModule();
    LearnedWindows windows = new LearnedWindows(localRecovery);
    windows.setupTestCluster(testInfo);
    try {
      job.runOn(windows);
    } finally {
      windows.stopTestCluster(testInfo);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = ALL, matches = "true")
  void tumbling(TestInfo testInfo) throws Exception {
    run(LearnedWindows::testTumblingTimeWindow, true, testInfo);
  }

  @Test
  @EnabledIfSystemProperty(named = ALL, matches = "true")
  void tumblingWithKeyedStateAndAsManyKeyGroupsAsSubtasks(TestInfo testInfo) throws Exception {
    run(LearnedWindows::testTumblingTimeWindowWithKVStateMinMaxParallelism, false, testInfo);
  }

  @Test
  @EnabledIfSystemProperty(named = ALL, matches = "true")
  void tumblingWithKeyedStateAndTheMostKeyGroups(TestInfo testInfo) throws Exception {
    run(LearnedWindows::testTumblingTimeWindowWithKVStateMaxMaxParallelism, false, testInfo);
  }

  @Test
  void sliding(TestInfo testInfo) throws Exception {
    run(LearnedWindows::testSlidingTimeWindow, true, testInfo);
  }

  @Test
  void preAggregatedTumbling(TestInfo testInfo) throws Exception {
    run(LearnedWindows::testPreAggregatedTumblingTimeWindow, false, testInfo);
  }

  @Test
  @EnabledIfSystemProperty(named = ALL, matches = "true")
  void preAggregatedSliding(TestInfo testInfo) throws Exception {
    run(LearnedWindows::testPreAggregatedSlidingTimeWindow, false, testInfo);
  }

  /** Flink's class, whose choice of a backend is turned into ours. */
  private static final class LearnedWindows extends EventTimeWindowCheckpointingITCase {
    private final boolean localRecovery;

    LearnedWindows(boolean localRecovery) {
      this.localRecovery = localRecovery;
    }

    @Override
    protected StateBackendEnum getStateBackend() {
      return StateBackendEnum.FILE;
    }

    @Override
    protected Configuration createClusterConfig() throws IOException {
      Configuration configuration = new LearnedConfiguration();
      configuration.addAll(super.createClusterConfig());
      configuration.set(StateRecoveryOptions.LOCAL_RECOVERY, localRecovery);
      return configuration;
    }
  }

  /** A configuration that always has our backend. */
  private static final class LearnedConfiguration extends Configuration {
    private static final long serialVersionUID = 1;

    @Override
    public <T> Configuration set(ConfigOption<T> option, T value) {
      return option.equals(StateBackendOptions.STATE_BACKEND)
          ? super.set(StateBackendOptions.STATE_BACKEND, LearnedStateBackendFactory.class.getName())
          : super.set(option, value);
    }
  }
}
