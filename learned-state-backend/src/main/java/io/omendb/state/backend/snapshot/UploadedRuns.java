package io.omendb.state.backend.snapshot;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.PlaceholderStreamStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * Which run files earlier checkpoints have uploaded, and which of these a new checkpoint may refer
 * to instead of uploading them again.
 *
 * <p>Only files of the last checkpoint that is known to be complete may be referred to: those of an
 * unconfirmed one are deleted if it fails. And a file that a later, unconfirmed checkpoint has
 * uploaded once more may not: once that one completes, the JobManager deletes the older copy,
 * perhaps before this side hears of it.
 */
public final class UploadedRuns {

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final SortedMap<Long, List<HandleAndLocalPath>> filesByCheckpoint = new TreeMap<>();

  @GuardedBy("lock")
  private long lastCompleted = -1;

  /** Makes a restored checkpoint the base of the next. */
  public void restored(long checkpointId, List<HandleAndLocalPath> files) {
    synchronized (lock) {
      filesByCheckpoint.put(checkpointId, List.copyOf(files));
      lastCompleted = checkpointId;
    }
  }

  void uploaded(long checkpointId, List<HandleAndLocalPath> files) {
    synchronized (lock) {
      filesByCheckpoint.put(checkpointId, List.copyOf(files));
    }
  }

  /** Savepoints are never bases, so ids that are unknown here change nothing. */
  void completed(long checkpointId) {
    synchronized (lock) {
      if (checkpointId > lastCompleted && filesByCheckpoint.containsKey(checkpointId)) {
        filesByCheckpoint.headMap(checkpointId).clear();
        lastCompleted = checkpointId;
      }
    }
  }

  void aborted(long checkpointId) {
    synchronized (lock) {
      filesByCheckpoint.remove(checkpointId);
    }
  }

  /** The files, by name, that a checkpoint taken now may refer to. */
  Map<String, StreamStateHandle> reusable() {
    Map<String, StreamStateHandle> reusable = new HashMap<>();
    synchronized (lock) {
      List<HandleAndLocalPath> base = filesByCheckpoint.get(lastCompleted);
      if (base != null) {
        base.forEach(file -> reusable.put(file.getLocalPath(), file.getHandle()));
        filesByCheckpoint
            .tailMap(lastCompleted + 1)
            .values()
            .forEach(
                later ->
                    later.stream()
                        .filter(file -> !(file.getHandle() instanceof PlaceholderStreamStateHandle))
                        .forEach(file -> reusable.remove(file.getLocalPath())));
      }
    }
    return reusable;
  }
}
