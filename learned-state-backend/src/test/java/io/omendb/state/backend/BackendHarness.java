package io.omendb.state.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.util.IOUtils;

/** Backends outside a job, with checkpoints in files; plays the JobManager's part too. */
final class BackendHarness implements AutoCloseable {

  static final int KEY_GROUPS = 32;

  private final MockEnvironment environment;
  private final CheckpointStorageAccess storage;
  private final SharedStateRegistry registry = new SharedStateRegistryImpl();
  private final List<LearnedKeyedStateBackend<?>> backends = new ArrayList<>();
  TtlTimeProvider clock = TtlTimeProvider.DEFAULT;

  BackendHarness(Path checkpoints) throws IOException {
    environment = MockEnvironment.builder().build();
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
    List<KeyedStateHandle> assigned = new ArrayList<>();
    for (KeyedStateHandle handle : handles) {
      KeyedStateHandle part = handle.getIntersection(keyGroups);
      if (part != null) {
        assigned.add(part);
      }
    }
    TaskKvStateRegistry kvStates = environment.getTaskKvStateRegistry();
    LearnedKeyedStateBackend<K> backend =
        (LearnedKeyedStateBackend<K>)
            new LearnedStateBackend()
                .<K>createKeyedStateBackend(
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
    RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot =
        backend.snapshot(
            checkpointId,
            0,
            streams(checkpointId),
            new CheckpointOptions(type, CheckpointStorageLocationReference.getDefault()));
    snapshot.run();
    KeyedStateHandle handle = snapshot.get().getJobManagerOwnedSnapshot();
    if (handle == null) {
      throw new IllegalStateException("the snapshot is empty");
    }
    if (!type.isSavepoint()) {
      handle.registerSharedStates(registry, checkpointId);
    }
    return handle;
  }

  @Override
  public void close() {
    backends.forEach(LearnedKeyedStateBackend::dispose);
    IOUtils.closeQuietly(environment);
  }
}
