package io.omendb.lake;

import java.util.Objects;

/**
 * What one writer wrote for a cut: data files, former locations to delete, and the location file
 * part, in a self-contained encoding that travels between tasks. {@code rowCount} and {@code
 * deleteCount} are for metrics.
 */
public record CutFiles(byte[] encoded, long rowCount, long deleteCount) {
  public CutFiles {
    Objects.requireNonNull(encoded, "encoded");
  }
}
