package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a checkpoint uploads, and what it refers to. */
class IncrementalCheckpointTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final ValueStateDescriptor<String> NAMES =
      new ValueStateDescriptor<>("names", StringSerializer.INSTANCE);

  @TempDir Path checkpoints;
  private BackendHarness harness;
  private LearnedKeyedStateBackend<Integer> backend;

  @BeforeEach
  void open() throws Exception {
    harness = new BackendHarness(checkpoints);
    backend = harness.open(IntSerializer.INSTANCE, ALL);
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  private void write(int fromKey, int toKeyExclusive) throws Exception {
    ValueState<String> names =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, NAMES);
    for (int key = fromKey; key < toKeyExclusive; key++) {
      backend.setCurrentKey(key);
      names.update("name of number " + key);
    }
  }

  private IncrementalRemoteKeyedStateHandle checkpoint(long id) throws Exception {
    return (IncrementalRemoteKeyedStateHandle)
        harness.snapshot(backend, id, CheckpointType.CHECKPOINT);
  }

  private static Set<String> fileNames(IncrementalRemoteKeyedStateHandle handle) {
    return handle.getSharedState().stream()
        .map(HandleAndLocalPath::getLocalPath)
        .collect(Collectors.toSet());
  }

  @Test
  void uploadsOnlyWhatIsNewSinceTheLastCompleteCheckpoint() throws Exception {
    write(0, 20_000);
    IncrementalRemoteKeyedStateHandle first = checkpoint(1);
    backend.notifyCheckpointComplete(1);
    write(20_000, 20_010);
    IncrementalRemoteKeyedStateHandle second = checkpoint(2);

    assertThat(fileNames(second)).containsAll(fileNames(first)).hasSizeGreaterThan(1);
    assertThat(second.getCheckpointedSize()).isLessThan(first.getCheckpointedSize() / 10);
    assertThat(second.getStateSize()).isGreaterThan(first.getStateSize());
  }

  @Test
  void uploadsNothingButMetadataWhenNothingChanged() throws Exception {
    write(0, 1000);
    IncrementalRemoteKeyedStateHandle first = checkpoint(1);
    backend.notifyCheckpointComplete(1);
    IncrementalRemoteKeyedStateHandle second = checkpoint(2);

    assertThat(fileNames(second)).isEqualTo(fileNames(first));
    assertThat(second.getCheckpointedSize())
        .isEqualTo(
            second.getMetaDataStateHandle().getStateSize()
                + second.getPrivateState().get(0).getStateSize());
  }

  @Test
  void doesNotReferToUnconfirmedCheckpoints() throws Exception {
    write(0, 1000);
    IncrementalRemoteKeyedStateHandle first = checkpoint(1);
    IncrementalRemoteKeyedStateHandle second = checkpoint(2);
    backend.notifyCheckpointAborted(1);

    assertThat(fileNames(second)).isEqualTo(fileNames(first));
    assertThat(second.getCheckpointedSize()).isEqualTo(second.getStateSize());
  }

  @Test
  void goesOnIncrementallyAfterRestore() throws Exception {
    write(0, 20_000);
    IncrementalRemoteKeyedStateHandle first = checkpoint(1);
    backend.dispose();
    backend = harness.open(IntSerializer.INSTANCE, ALL, first);
    write(20_000, 20_010);
    IncrementalRemoteKeyedStateHandle second = checkpoint(2);

    assertThat(fileNames(second)).containsAll(fileNames(first));
    assertThat(second.getCheckpointedSize()).isLessThan(first.getCheckpointedSize() / 10);
    LearnedKeyedStateBackend<Integer> restored = harness.open(IntSerializer.INSTANCE, ALL, second);
    assertThat(restored.getKeys("names", VoidNamespace.INSTANCE)).hasSize(20_010);
  }

  @Test
  void nativeSavepointSharesNothing() throws Exception {
    write(0, 1000);
    IncrementalRemoteKeyedStateHandle first = checkpoint(1);
    backend.notifyCheckpointComplete(1);
    IncrementalRemoteKeyedStateHandle savepoint =
        (IncrementalRemoteKeyedStateHandle)
            harness.snapshot(backend, 2, SavepointType.savepoint(SavepointFormatType.NATIVE));
    backend.notifyCheckpointComplete(2);
    write(1000, 1001);
    IncrementalRemoteKeyedStateHandle third = checkpoint(3);

    assertThat(savepoint.getCheckpointedSize()).isEqualTo(savepoint.getStateSize());
    assertThat(third.getCheckpointedSize()).isLessThan(third.getStateSize());
    first.discardState();
    LearnedKeyedStateBackend<Integer> restored =
        harness.open(IntSerializer.INSTANCE, ALL, savepoint);
    List<Integer> keys = restored.<VoidNamespace>getKeys("names", VoidNamespace.INSTANCE).toList();
    assertThat(keys).hasSize(1000);
  }
}
