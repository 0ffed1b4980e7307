package io.omendb.jobs.recovery;

import java.util.Objects;

/**
 * A file that a checkpoint consists of.
 *
 * @param path relative to the directory of all checkpoints, with slashes
 * @param checksum CRC32C of all its bytes
 */
record CheckpointFile(String path, long bytes, int checksum) {
  CheckpointFile {
    Objects.requireNonNull(path, "path");
    if (bytes < 0) {
      throw new IllegalArgumentException("%s has %d bytes".formatted(path, bytes));
    }
  }
}
