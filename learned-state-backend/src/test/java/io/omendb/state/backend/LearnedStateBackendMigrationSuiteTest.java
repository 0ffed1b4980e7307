package io.omendb.state.backend;

import java.util.List;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.StateBackendMigrationTestBase;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameter;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flink's suite for changes of serializers between runs. */
@ExtendWith(ParameterizedTestExtension.class)
class LearnedStateBackendMigrationSuiteTest
    extends StateBackendMigrationTestBase<LearnedStateBackend> {

  /** The suite's tests are templates; it asks for at least one parameter. */
  @Parameter int inlineBytesMax;

  @Parameters(name = "states up to {0} bytes inline")
  static List<Integer> inlineSizes() {
    return List.of(0, 20_480);
  }

  @Override
  protected LearnedStateBackend getStateBackend() {
    return new LearnedStateBackend();
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() {
    return new FileSystemCheckpointStorage(
        Path.fromLocalFile(tempFolder.toFile()), inlineBytesMax, -1);
  }
}
