package org.apache.flink.state.changelog;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.LearnedStateBackend;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.state.CheckpointStorage;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.runtime.state.StateBackendTestBase;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's suite for keyed state backends with Flink's changelog around this one; in Flink's package
 * because its wrapper is made there only.
 */
@ExtendWith(ParameterizedTestExtension.class)
class LearnedChangelogSuiteTest extends StateBackendTestBase<LearnedStateBackend> {

  @TempDir Path checkpoints;

  @Parameters
  static List<Object[]> parameters() {
    return List.of(new Object[][] {{}});
  }

  @Override
  protected ConfigurableStateBackend getStateBackend() {
    return new ChangelogStateBackend(new LearnedStateBackend());
  }

  @Override
  protected CheckpointStorage getCheckpointStorage() {
    return new FileSystemCheckpointStorage(
        new org.apache.flink.core.fs.Path(checkpoints.toUri()), 0, -1);
  }

  @Override
  protected boolean isSerializerPresenceRequiredOnRestore() {
    return false;
  }

  @Override
  protected boolean supportsAsynchronousSnapshots() {
    return true;
  }

  /** A checkpoint is what the log has; nothing is written to a stream of the checkpoint. */
  @Override
  protected boolean snapshotUsesStreamFactory() {
    return false;
  }

  @Override
  protected boolean supportsMetaInfoVerification() {
    return false;
  }

  /**
   * The wrapper logs a map's value by the user's serializer, whatever backend it is around; where
   * that takes no null, neither does the wrapper.
   */
  @Override
  @TestTemplate
  public void testMapStateWithNullValue() {
    assertThatThrownBy(super::testMapStateWithNullValue)
        .isInstanceOf(NullPointerException.class)
        .hasStackTraceContaining(ChangelogMapState.class.getName() + ".put");
  }

  @Override
  protected boolean isSafeToReuseKVState() {
    return true;
  }
}
