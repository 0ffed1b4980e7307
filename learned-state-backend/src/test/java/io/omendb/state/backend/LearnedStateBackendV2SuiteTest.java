package io.omendb.state.backend;

import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.runtime.state.v2.StateBackendTestV2Base;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Flink's suite for backends of State V2, with checkpoints in memory and in files. */
@ExtendWith(ParameterizedTestExtension.class)
class LearnedStateBackendV2SuiteTest extends StateBackendTestV2Base<LearnedStateBackend> {

  @TempDir Path checkpoints;

  @Parameter boolean inFiles;

  @Parameters(name = "in files = {0}")
  static List<Object[]> storages() {
    return List.of(new Object[] {false}, new Object[] {true});
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() {
    return inFiles
        ? new FileSystemCheckpointStorage(
            new org.apache.flink.core.fs.Path(checkpoints.toUri()), 0, -1)
        : new JobManagerCheckpointStorage();
  }

  @Override
  protected ConfigurableStateBackend getStateBackend() {
    return new LearnedStateBackend();
  }

  /** Restoring needs nothing of the job before: handles name all that they consist of. */
  @Override
  protected void restoreJob() {}
}
