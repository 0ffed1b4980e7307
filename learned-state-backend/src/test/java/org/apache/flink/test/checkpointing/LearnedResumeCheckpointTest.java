package org.apache.flink.test.checkpointing;

import io.omendb.state.backend.ClassPath;
import io.omendb.state.backend.LearnedStateBackendFactory;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Flink's test of resuming twice from retained checkpoints, in each claim mode, with and without
 * local recovery. The test fixes its backends in methods, around a body that takes a configuration:
 * that body is what runs here.
 */
class LearnedResumeCheckpointTest {

  @TempDir File directory;

  @ParameterizedTest(name = "{0}, local recovery: {1}")
  @CsvSource({"CLAIM, false", "CLAIM, true", "NO_CLAIM, false", "NO_CLAIM, true"})
  void resumesTwice(RecoveryClaimMode mode, boolean localRecovery) throws Throwable {
    ClassPath.assumeItHasThisModule();
    Configuration configuration = new Configuration();
    configuration.set(
        StateBackendOptions.STATE_BACKEND, LearnedStateBackendFactory.class.getName());
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toURI().toString());
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    Method body =
        ResumeCheckpointManuallyITCase.class.getDeclaredMethod(
            "testExternalizedCheckpoints",
            File.class,
            String.class,
            Configuration.class,
            boolean.class,
            RecoveryClaimMode.class);
    body.setAccessible(true);
    String noZooKeeper = null;
    try {
      body.invoke(null, directory, noZooKeeper, configuration, localRecovery, mode);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
