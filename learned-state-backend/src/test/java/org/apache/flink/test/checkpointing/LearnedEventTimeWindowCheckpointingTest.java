package org.apache.flink.test.checkpointing;

import io.omendb.state.backend.LearnedStateBackendFactory;
import java.io.IOException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * Flink's jobs with event-time windows, a source that fails, and a sink that checks each window, on
 * our backend with checkpoints in files. It is here because the jobs are visible in their package
 * only.
 */
class LearnedEventTimeWindowCheckpointingTest {

  private final LearnedWindows windows = new LearnedWindows();

  @BeforeEach
  void start(TestInfo testInfo) throws Exception {
    windows.setupTestCluster(testInfo);
  }

  @AfterEach
  void stop(TestInfo testInfo) throws Exception {
    windows.stopTestCluster(testInfo);
  }

  @Test
  void tumbling() throws Exception {
    windows.testTumblingTimeWindow();
  }

  @Test
  void tumblingWithKeyedStateAndAsManyKeyGroupsAsSubtasks() throws Exception {
    windows.testTumblingTimeWindowWithKVStateMinMaxParallelism();
  }

  @Test
  void tumblingWithKeyedStateAndTheMostKeyGroups() throws Exception {
    windows.testTumblingTimeWindowWithKVStateMaxMaxParallelism();
  }

  @Test
  void sliding() throws Exception {
    windows.testSlidingTimeWindow();
  }

  @Test
  void preAggregatedTumbling() throws Exception {
    windows.testPreAggregatedTumblingTimeWindow();
  }

  @Test
  void preAggregatedSliding() throws Exception {
    windows.testPreAggregatedSlidingTimeWindow();
  }

  /** Flink's class, whose choice of a backend is turned into ours. */
  private static final class LearnedWindows extends EventTimeWindowCheckpointingITCase {

    @Override
    protected StateBackendEnum getStateBackend() {
      return StateBackendEnum.FILE;
    }

    @Override
    protected Configuration createClusterConfig() throws IOException {
      Configuration configuration = new LearnedConfiguration();
      configuration.addAll(super.createClusterConfig());
      return configuration;
    }
  }

  /** A configuration that always has our backend. */
  private static final class LearnedConfiguration extends Configuration {
    private static final long serialVersionUID = 1;

    @Override
    public <T> Configuration set(ConfigOption<T> option, T value) {
      return option.equals(StateBackendOptions.STATE_BACKEND)
          ? super.set(
              StateBackendOptions.STATE_BACKEND, LearnedStateBackendFactory.class.getName())
          : super.set(option, value);
    }
  }
}
