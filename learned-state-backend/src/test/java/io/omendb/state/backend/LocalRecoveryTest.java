package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.snapshot.IncrementalSnapshotStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.BackendBuildingException;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalLocalKeyedStateHandle;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.LocalSnapshotDirectoryProviderImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateObject;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.BackendRestorerProcedure;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Local copies of checkpoints: what they consist of, what they restore, and what if they cannot.
 */
class LocalRecoveryTest {

  private static final int KEYS = 20_000;
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final ValueStateDescriptor<String> NAMES =
      new ValueStateDescriptor<>("names", StringSerializer.INSTANCE);

  @TempDir Path checkpoints;
  @TempDir Path local;
  private LocalSnapshotDirectoryProviderImpl directories;
  private BackendHarness harness;
  private LearnedKeyedStateBackend<Integer> backend;

  @BeforeEach
  void open() throws Exception {
    directories =
        new LocalSnapshotDirectoryProviderImpl(local.toFile(), new JobID(), new JobVertexID(), 0);
    harness =
        new BackendHarness(checkpoints, LocalRecoveryConfig.backupAndRecoveryEnabled(directories));
    backend = harness.open(IntSerializer.INSTANCE, ALL);
    write(backend, 0, KEYS);
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private static void write(
      LearnedKeyedStateBackend<Integer> backend, int fromKey, int toKeyExclusive) throws Exception {
    ValueState<String> names =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, NAMES);
    for (int key = fromKey; key < toKeyExclusive; key++) {
      backend.setCurrentKey(key);
      names.update("name of number " + key);
    }
  }

  private static void assertHolds(AbstractKeyedStateBackend<Integer> backend, int keyCount)
      throws Exception {
    ValueState<String> names =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, NAMES);
    assertThat(backend.getKeys("names", VoidNamespace.INSTANCE)).hasSize(keyCount);
    for (int key = 0; key < keyCount; key += 97) {
      backend.setCurrentKey(key);
      assertThat(names.value()).isEqualTo("name of number " + key);
    }
  }

  private SnapshotResult<KeyedStateHandle> checkpoint(long id) throws Exception {
    return harness.take(backend, id, CheckpointType.CHECKPOINT);
  }

  private static IncrementalLocalKeyedStateHandle localPart(
      SnapshotResult<KeyedStateHandle> result) {
    KeyedStateHandle handle = result.getTaskLocalSnapshot();
    assertThat(handle).isInstanceOf(IncrementalLocalKeyedStateHandle.class);
    return (IncrementalLocalKeyedStateHandle) handle;
  }

  private static KeyedStateHandle remotePart(SnapshotResult<KeyedStateHandle> result) {
    KeyedStateHandle handle = result.getJobManagerOwnedSnapshot();
    assertThat(handle).isInstanceOf(IncrementalRemoteKeyedStateHandle.class);
    return handle;
  }

  @Test
  void restoresFromTheLocalCopyAlone() throws Exception {
    SnapshotResult<KeyedStateHandle> first = checkpoint(1);
    backend.dispose();
    FileUtils.deleteDirectory(checkpoints.toFile());

    assertHolds(harness.open(IntSerializer.INSTANCE, ALL, localPart(first)), KEYS);
  }

  @Test
  void whatIsUploadedIsNotUploadedAgainAfterALocalRestore() throws Exception {
    KeyedStateHandle unconfirmed = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
    backend.notifyCheckpointComplete(1);
    write(backend, KEYS, KEYS + 10);
    SnapshotResult<KeyedStateHandle> second = checkpoint(2);
    remotePart(second).registerSharedStates(harness.registry(), 2);
    backend.dispose();

    backend = harness.open(IntSerializer.INSTANCE, ALL, localPart(second));
    write(backend, KEYS + 10, KEYS + 20);
    IncrementalRemoteKeyedStateHandle third =
        (IncrementalRemoteKeyedStateHandle) harness.snapshot(backend, 3, CheckpointType.CHECKPOINT);

    assertThat(fileNames(third))
        .containsAll(fileNames((IncrementalRemoteKeyedStateHandle) unconfirmed));
    assertThat(third.getCheckpointedSize()).isLessThan(third.getStateSize() / 10);
    assertHolds(harness.open(IntSerializer.INSTANCE, ALL, third), KEYS + 20);
  }

  private static Set<String> fileNames(IncrementalRemoteKeyedStateHandle handle) {
    return handle.getSharedState().stream()
        .map(HandleAndLocalPath::getLocalPath)
        .collect(Collectors.toSet());
  }

  /** How a copy is damaged. */
  private interface Damage {
    void to(Path copy) throws IOException;
  }

  @Test
  void fallsBackToTheCheckpointWhenARunIsCutOff() throws Exception {
    fallsBackAfter(
        copy -> {
          Path run = aRunIn(copy);
          byte[] bytes = Files.readAllBytes(run);
          Files.delete(run); // it is a link: what else refers to the file must stay whole
          Files.write(run, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        });
  }

  @Test
  void fallsBackToTheCheckpointWhenTheEndOfARunIsOverwritten() throws Exception {
    fallsBackAfter(
        copy -> {
          Path run = aRunIn(copy);
          byte[] bytes = Files.readAllBytes(run);
          Files.delete(run);
          bytes[bytes.length - 5] ^= 1;
          Files.write(run, bytes);
        });
  }

  @Test
  void fallsBackToTheCheckpointWhenARunIsGone() throws Exception {
    fallsBackAfter(copy -> Files.delete(aRunIn(copy)));
  }

  @Test
  void fallsBackToTheCheckpointWhenTheManifestIsDamaged() throws Exception {
    fallsBackAfter(
        copy -> {
          Path manifest = copy.resolve(IncrementalSnapshotStrategy.MANIFEST);
          byte[] bytes = Files.readAllBytes(manifest);
          bytes[bytes.length / 2] ^= 1;
          Files.write(manifest, bytes);
        });
  }

  @Test
  void fallsBackToTheCheckpointWhenTheCopyIsGone() throws Exception {
    fallsBackAfter(copy -> FileUtils.deleteDirectory(copy.toFile()));
  }

  private static Path aRunIn(Path copy) throws IOException {
    try (Stream<Path> files = Files.list(copy)) {
      return files
          .filter(file -> !file.endsWith(IncrementalSnapshotStrategy.MANIFEST))
          .findFirst()
          .orElseThrow();
    }
  }

  private void fallsBackAfter(Damage damage) throws Exception {
    SnapshotResult<KeyedStateHandle> first = checkpoint(1);
    damage.to(localPart(first).getDirectoryStateHandle().getDirectory());

    assertThatThrownBy(() -> harness.open(IntSerializer.INSTANCE, ALL, localPart(first)))
        .isInstanceOf(BackendBuildingException.class);
    try (CloseableRegistry registry = new CloseableRegistry()) {
      AbstractKeyedStateBackend<Integer> restored =
          new BackendRestorerProcedure<AbstractKeyedStateBackend<Integer>, KeyedStateHandle>(
                  handles ->
                      harness.open(new LearnedStateBackend(), IntSerializer.INSTANCE, ALL, handles),
                  registry,
                  "a backend with a damaged local copy")
              .createAndRestore(
                  List.of(List.of(localPart(first)), List.of(remotePart(first))),
                  StateObject.StateObjectSizeStatsCollector.create());
      assertHolds(restored, KEYS);
    }
  }

  @Test
  void aCopyThatCannotBeMadeFailsNothing() throws Exception {
    Path parent = directories.subtaskSpecificCheckpointDirectory(1).toPath();
    Files.createDirectories(parent.getParent());
    Files.writeString(parent, "a file where the directory of the checkpoint should be");
    SnapshotResult<KeyedStateHandle> first = checkpoint(1);

    assertThat(first.getTaskLocalSnapshot()).isNull();
    assertHolds(harness.open(IntSerializer.INSTANCE, ALL, remotePart(first)), KEYS);
  }

  @Test
  void savepointsHaveNoLocalCopy() throws Exception {
    SnapshotResult<KeyedStateHandle> savepoint =
        harness.take(backend, 1, SavepointType.savepoint(SavepointFormatType.NATIVE));

    assertThat(savepoint.getTaskLocalSnapshot()).isNull();
    assertThat(filesIn(local)).isEmpty();
  }

  @Test
  void discardingTheCopyRemovesItAndNothingElse() throws Exception {
    SnapshotResult<KeyedStateHandle> first = checkpoint(1);
    assertThat(filesIn(local)).isNotEmpty();
    localPart(first).discardState();

    assertThat(filesIn(local)).isEmpty();
    assertHolds(backend, KEYS);
    assertHolds(harness.open(IntSerializer.INSTANCE, ALL, remotePart(first)), KEYS);
  }

  private static List<Path> filesIn(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
