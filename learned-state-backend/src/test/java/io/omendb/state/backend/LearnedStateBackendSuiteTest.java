package io.omendb.state.backend;

import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.StateBackendTestBase;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Flink's suite for keyed state backends, with checkpoints in memory and in files. */
@ExtendWith(ParameterizedTestExtension.class)
class LearnedStateBackendSuiteTest extends StateBackendTestBase<LearnedStateBackend> {

  enum Storage {
    MEMORY,
    FILES
  }

  @TempDir Path checkpoints;

  @Parameter Storage storage = Storage.MEMORY;

  @Parameters(name = "storage = {0}")
  static List<Object[]> storages() {
    return List.of(new Object[] {Storage.MEMORY}, new Object[] {Storage.FILES});
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() {
    return storage == Storage.MEMORY
        ? new JobManagerCheckpointStorage()
        : new FileSystemCheckpointStorage(
            new org.apache.flink.core.fs.Path(checkpoints.toUri()), 0, -1);
  }

  @Override
  protected ConfigurableStateBackend getStateBackend() {
    return new LearnedStateBackend();
  }

  @Override
  protected boolean isSerializerPresenceRequiredOnRestore() {
    return false;
  }

  @Override
  protected boolean supportsAsynchronousSnapshots() {
    return true;
  }

  @Override
  protected boolean isSafeToReuseKVState() {
    return true;
  }
}
