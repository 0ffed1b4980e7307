package io.omendb.state.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.SavepointResources;
import org.apache.flink.runtime.state.SavepointSnapshotStrategy;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategyRunner;
import org.apache.flink.runtime.state.TestTaskStateManager;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.IOUtils;

/** Backends outside a job, with checkpoints in files; plays the JobManager's part too. */
final class BackendHarness implements AutoCloseable {

  static final int KEY_GROUPS = 32;

  private final MockEnvironment environment;
  private final CheckpointStorageAccess storage;
  private final SharedStateRegistry registry = new SharedStateRegistryImpl();
  private final List<AbstractKeyedStateBackend<?>> backends = new ArrayList<>();
  TtlTimeProvider clock = TtlTimeProvider.DEFAULT;

  BackendHarness(Path checkpoints) throws IOException {
    this(checkpoints, LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED);
  }

  BackendHarness(Path checkpoints, LocalRecoveryConfig localRecovery) throws IOException {
    environment =
        MockEnvironment.builder()
            .setTaskStateManager(
                TestTaskStateManager.builder().setLocalRecoveryConfig(localRecovery).build())
            .build();
    FileSystemCheckpointStorage files =
        new FileSystemCheckpointStorage(
            new org.apache.flink.core.fs.Path(checkpoints.toUri()), 0, -1);
    storage = files.createCheckpointStorage(new JobID());
  }

  <K> LearnedKeyedStateBackend<K> open(
      TypeSerializer<K> keySerializer, KeyGroupRange keyGroups, KeyedStateHandle... handles)
      throws IOException {
    return open(keySerializer, keyGroups, List.of(handles));
  }

  <K> LearnedKeyedStateBackend<K> open(
      TypeSerializer<K> keySerializer,
      KeyGroupRange keyGroups,
      Collection<KeyedStateHandle> handles)
      throws IOException {
    return (LearnedKeyedStateBackend<K>)
        open(new LearnedStateBackend(), keySerializer, keyGroups, handles);
  }

  /** Opens a backend of any kind. */
  <K> AbstractKeyedStateBackend<K> open(
      AbstractStateBackend kind,
      TypeSerializer<K> keySerializer,
      KeyGroupRange keyGroups,
      Collection<KeyedStateHandle> handles)
      throws IOException {
    List<KeyedStateHandle> assigned = new ArrayList<>();
    for (KeyedStateHandle handle : handles) {
      KeyedStateHandle part = handle.getIntersection(keyGroups);
      if (part != null) {
        assigned.add(part);
      }
    }
    TaskKvStateRegistry kvStates = environment.getTaskKvStateRegistry();
    AbstractKeyedStateBackend<K> backend =
        kind.createKeyedStateBackend(
            new KeyedStateBackendParametersImpl<>(
                environment,
                new JobID(),
                "operator",
                keySerializer,
                KEY_GROUPS,
                keyGroups,
                kvStates,
                clock,
                new UnregisteredMetricsGroup(),
                assigned,
                new CloseableRegistry()));
    backends.add(backend);
    return backend;
  }

  CheckpointStreamFactory streams(long checkpointId) throws IOException {
    return storage.resolveCheckpointStorageLocation(
        checkpointId, CheckpointStorageLocationReference.getDefault());
  }

  /** Takes a snapshot and registers it as the JobManager would; does not confirm it. */
  KeyedStateHandle snapshot(
      LearnedKeyedStateBackend<?> backend, long checkpointId, SnapshotType type) throws Exception {
    KeyedStateHandle handle = take(backend, checkpointId, type).getJobManagerOwnedSnapshot();
    if (handle == null) {
      throw new IllegalStateException("the snapshot is empty");
    }
    if (!type.isSavepoint()) {
      handle.registerSharedStates(registry, checkpointId);
    }
    return handle;
  }

  SharedStateRegistry registry() {
    return registry;
  }

  /** Takes a snapshot, and registers nothing. */
  SnapshotResult<KeyedStateHandle> take(
      LearnedKeyedStateBackend<?> backend, long checkpointId, SnapshotType type) throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot =
        backend.snapshot(
            checkpointId,
            0,
            streams(checkpointId),
            new CheckpointOptions(type, CheckpointStorageLocationReference.getDefault()));
    snapshot.run();
    return snapshot.get();
  }

  /** Starts a canonical savepoint; what is written before it is run is not in it. */
  <K> RunnableFuture<SnapshotResult<KeyedStateHandle>> canonicalSavepoint(
      AbstractKeyedStateBackend<K> backend, long checkpointId) throws Exception {
    SavepointResources<K> resources = backend.savepoint();
    return new SnapshotStrategyRunner<>(
            "canonical savepoint",
            new SavepointSnapshotStrategy<>(resources.getSnapshotResources()),
            new CloseableRegistry(),
            resources.getPreferredSnapshotExecutionType())
        .snapshot(
            checkpointId,
            0,
            streams(checkpointId),
            new CheckpointOptions(
                SavepointType.savepoint(SavepointFormatType.CANONICAL),
                CheckpointStorageLocationReference.getDefault()));
  }

  @Override
  public void close() {
    backends.forEach(AbstractKeyedStateBackend::dispose);
    IOUtils.closeQuietly(environment);
  }
}
