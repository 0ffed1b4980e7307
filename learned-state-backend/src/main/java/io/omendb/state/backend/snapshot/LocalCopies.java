package io.omendb.state.backend.snapshot;

import io.omendb.state.store.StoreCheckpoint;
import io.omendb.state.store.StoreFiles;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.runtime.state.DirectoryStateHandle;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle.HandleAndLocalPath;
import org.apache.flink.runtime.state.IncrementalLocalKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.LocalSnapshotDirectoryProvider;
import org.apache.flink.runtime.state.filesystem.FileStateHandle;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of checkpoints on this machine, from which a task that restarts here can restore without
 * downloading: in the subtask's directory of the checkpoint, one directory per backend with hard
 * links of the run files and the manifest, and beside it a file of metadata.
 *
 * <p>A copy is a convenience: that it cannot be made is logged and fails nothing. Flink owns what
 * is handed to it, and deletes it when a newer checkpoint is confirmed or this one is aborted.
 * Called by snapshot threads.
 */
public final class LocalCopies {

  private static final Logger LOG = LoggerFactory.getLogger(LocalCopies.class);

  private final @Nullable LocalSnapshotDirectoryProvider directories;
  private final UUID backendId;
  private final KeyGroupRange keyGroups;

  public LocalCopies(LocalRecoveryConfig config, UUID backendId, KeyGroupRange keyGroups) {
    this.directories =
        config.isLocalBackupEnabled() ? config.getLocalStateDirectoryProvider().orElse(null) : null;
    this.backendId = backendId;
    this.keyGroups = keyGroups;
  }

  /**
   * Copies a checkpoint that has been uploaded.
   *
   * @param shared the run files as they are in the checkpoint's storage, which the next checkpoint
   *     after a restore refers to
   * @return nothing if local copies are not wanted, or if this one failed
   */
  Optional<IncrementalLocalKeyedStateHandle> keep(
      long checkpointId,
      StoreCheckpoint checkpoint,
      byte[] metadata,
      List<HandleAndLocalPath> shared) {
    if (directories == null) {
      return Optional.empty();
    }
    File parent = directories.subtaskSpecificCheckpointDirectory(checkpointId);
    // Several operators of one task share the parent.
    Path directory = parent.toPath().resolve(backendId.toString().replace("-", ""));
    Path metadataFile = directory.resolveSibling(directory.getFileName() + ".metadata");
    try {
      FileUtils.deleteDirectory(directory.toFile());
      Files.createDirectories(directory);
      for (Path run : checkpoint.files()) {
        StoreFiles.localScratch().linkOrCopy(run, directory.resolve(run.getFileName()));
      }
      Files.write(directory.resolve(IncrementalSnapshotStrategy.MANIFEST), checkpoint.manifest());
      Files.write(metadataFile, metadata);
      return Optional.of(
          new IncrementalLocalKeyedStateHandle(
              backendId,
              checkpointId,
              DirectoryStateHandle.forPathWithSize(directory),
              keyGroups,
              new FileStateHandle(
                  new org.apache.flink.core.fs.Path(metadataFile.toUri()), metadata.length),
              shared));
    } catch (IOException | RuntimeException e) {
      LOG.warn("No local copy of checkpoint {} could be kept in {}.", checkpointId, directory, e);
      delete(directory, metadataFile);
      return Optional.empty();
    }
  }

  /** What cannot be deleted here goes when Flink deletes the subtask's directory. */
  private static void delete(Path directory, Path metadataFile) {
    try {
      FileUtils.deleteDirectory(directory.toFile());
      Files.deleteIfExists(metadataFile);
    } catch (IOException e) {
      LOG.warn("What there is of a local copy in {} could not be deleted.", directory, e);
    }
  }
}
