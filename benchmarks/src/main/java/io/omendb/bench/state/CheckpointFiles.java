package io.omendb.bench.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SharedStateRegistry;
import org.apache.flink.runtime.state.SharedStateRegistryImpl;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.jspecify.annotations.Nullable;

/**
 * Incremental checkpoints of one subtask in files, as the task and the JobManager together take
 * them: each is confirmed, and then the subtask's one before is given up.
 */
final class CheckpointFiles {

  /**
   * One checkpoint.
   *
   * @param pauseNanos of the task's thread
   * @param uploadNanos of the part that runs beside it
   * @param uploadedBytes what this checkpoint added to the storage
   * @param stateBytes what a restore of it reads
   */
  record Taken(
      KeyedStateHandle handle,
      long pauseNanos,
      long uploadNanos,
      long uploadedBytes,
      long stateBytes) {}

  /** What the subtasks of a job share; closed by who made it. */
  static final class Job implements AutoCloseable {
    private final SharedStateRegistry registry = new SharedStateRegistryImpl();
    private long lastId;

    @Override
    public void close() throws IOException {
      try {
        registry.close();
      } catch (Exception e) {
        throw new IOException("the registry of shared state could not be closed", e);
      }
    }
  }

  private final CheckpointStorageAccess storage;
  private final Job job;
  private @Nullable KeyedStateHandle last;

  CheckpointFiles(Job job, Path directory) throws IOException {
    this.job = job;
    storage =
        new FileSystemCheckpointStorage(new org.apache.flink.core.fs.Path(directory.toUri()), 0, -1)
            .createCheckpointStorage(new JobID());
    storage.initializeBaseLocationsForCheckpoint();
  }

  Taken take(AbstractKeyedStateBackend<?> backend) throws Exception {
    long id = ++job.lastId;
    CheckpointStorageLocationReference location = CheckpointStorageLocationReference.getDefault();
    var streams = storage.resolveCheckpointStorageLocation(id, location);
    CheckpointOptions options = new CheckpointOptions(CheckpointType.CHECKPOINT, location);
    long start = System.nanoTime();
    RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot =
        backend.snapshot(id, System.currentTimeMillis(), streams, options);
    long paused = System.nanoTime();
    snapshot.run();
    KeyedStateHandle handle = snapshot.get().getJobManagerOwnedSnapshot();
    long end = System.nanoTime();
    if (handle == null) {
      throw new IllegalStateException("the checkpoint is empty");
    }
    long uploaded = handle.getCheckpointedSize();
    handle.registerSharedStates(job.registry, id);
    backend.notifyCheckpointComplete(id);
    if (last != null) {
      job.registry.unregisterUnusedState(id);
      last.discardState();
    }
    last = handle;
    return new Taken(handle, paused - start, end - paused, uploaded, handle.getStateSize());
  }
}
