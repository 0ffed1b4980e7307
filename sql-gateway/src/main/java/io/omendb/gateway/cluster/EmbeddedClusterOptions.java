package io.omendb.gateway.cluster;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Sizes of the embedded cluster. {@code runtimeParallelism} slots are for the runtime job; each of
 * {@code queriesMax} concurrent analytical queries gets {@code queryParallelism} slots. {@code
 * flinkUiPort} 0 takes a free port.
 */
public record EmbeddedClusterOptions(
    Path temporaryDirectory,
    int runtimeParallelism,
    int queryParallelism,
    int queriesMax,
    int flinkUiPort,
    long managedMemoryBytes,
    long networkMemoryBytes) {

  public EmbeddedClusterOptions {
    Objects.requireNonNull(temporaryDirectory, "temporaryDirectory");
    if (runtimeParallelism < 1 || queryParallelism < 1 || queriesMax < 1) {
      throw new IllegalArgumentException(
          "parallelisms and query limit must be at least 1, got %d, %d, %d"
              .formatted(runtimeParallelism, queryParallelism, queriesMax));
    }
  }

  /** What a laptop can bear: two subtasks, four queries at once. */
  public static EmbeddedClusterOptions defaults(Path temporaryDirectory, int flinkUiPort) {
    return new EmbeddedClusterOptions(
        temporaryDirectory, 2, 2, 4, flinkUiPort, 512L << 20, 192L << 20);
  }

  int slotCount() {
    return runtimeParallelism + queryParallelism * queriesMax;
  }
}
