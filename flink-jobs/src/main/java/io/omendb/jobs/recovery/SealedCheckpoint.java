package io.omendb.jobs.recovery;

import java.util.List;
import java.util.Objects;

/**
 * A complete checkpoint of which every file and directory entry was made durable, with what tells
 * later whether it still is what it was.
 *
 * @param directory relative to the directory of all checkpoints, with slashes
 * @param logPosition where the commit log is read from after it was restored
 * @param csn of the last record that is applied in it
 * @param files its {@code _metadata} and all that this refers to
 */
record SealedCheckpoint(
    String directory, long checkpointId, long logPosition, long csn, List<CheckpointFile> files) {
  SealedCheckpoint {
    Objects.requireNonNull(directory, "directory");
    files = List.copyOf(files);
  }
}
