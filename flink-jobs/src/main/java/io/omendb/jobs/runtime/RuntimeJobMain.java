package io.omendb.jobs.runtime;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * The runtime job for {@code flink run}.
 *
 * <pre>
 * --database-dir DIR            commit log and announcements; seen by all TaskManagers
 * --database-id ID              default: omendb
 * --lake-KEY VALUE              a property of the lake's catalog in Iceberg's terms, e.g. --lake-uri;
 *                               without any: a catalog on SQLite in DIR/lake
 * --shards N                    default 32, fixed for the life of the database
 * --parallelism N               default 2
 * --cut-interval-ms MS          default 2000
 * --cut-bytes-max BYTES         default 64 MiB
 * --checkpoint-interval-ms MS   default 10000
 * --checkpoints-kept N          default 3; what the cluster's own execution.checkpointing.num-retained
 *                               says, which a job cannot set
 * --disk-reserve-bytes BYTES    default 256 MiB: with less free, writes are refused
 * </pre>
 */
public final class RuntimeJobMain {
  private static final long DISK_RESERVE_BYTES = 256L << 20;
  private static final String LAKE_PREFIX = "lake-";
  private static final Set<String> NAMES =
      Set.of(
          "database-dir",
          "database-id",
          "shards",
          "parallelism",
          "cut-interval-ms",
          "cut-bytes-max",
          "checkpoint-interval-ms",
          "checkpoints-kept",
          "disk-reserve-bytes");

  private RuntimeJobMain() {}

  public static void main(String[] args) throws Exception {
    RuntimeJobOptions options = options(args);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    RuntimeJob.build(env, options);
    env.execute("OmenDB " + options.databaseId());
  }

  static RuntimeJobOptions options(String[] args) {
    Map<String, String> values = new HashMap<>();
    Map<String, String> lake = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      String name = args[i].startsWith("--") ? args[i].substring(2) : "";
      if (i + 1 == args.length || !(NAMES.contains(name) || name.startsWith(LAKE_PREFIX))) {
        throw invalid("unknown option or option without a value: " + args[i]);
      }
      if (name.startsWith(LAKE_PREFIX)) {
        lake.put(name.substring(LAKE_PREFIX.length()), args[i + 1]);
      } else {
        values.put(name, args[i + 1]);
      }
    }
    @Nullable String directory = values.get("database-dir");
    if (directory == null) {
      throw invalid("--database-dir is missing");
    }
    Path path = Path.of(directory).toAbsolutePath();
    if (lake.isEmpty()) {
      lake.putAll(IcebergLakeCatalog.localProperties(path.resolve("lake")));
    }
    return RuntimeJobOptions.defaults(values.getOrDefault("database-id", "omendb"), path, lake)
        .with(
            to -> {
              to.shardCount = (int) number(values, "shards", to.shardCount);
              to.parallelism = (int) number(values, "parallelism", to.parallelism);
              to.cutIntervalMs = number(values, "cut-interval-ms", to.cutIntervalMs);
              to.cutBytesMax = number(values, "cut-bytes-max", to.cutBytesMax);
              to.checkpointIntervalMs =
                  number(values, "checkpoint-interval-ms", to.checkpointIntervalMs);
              to.checkpointsKeptMax =
                  (int) number(values, "checkpoints-kept", to.checkpointsKeptMax);
              to.servesRemotely = true;
              to.diskReserveBytes = number(values, "disk-reserve-bytes", DISK_RESERVE_BYTES);
            });
  }

  private static long number(Map<String, String> values, String name, long otherwise) {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw invalid("--%s must be a number, got \"%s\"".formatted(name, value));
    }
  }

  private static OmenException invalid(String message) {
    return new OmenException(ErrorCode.INVALID_PARAMETER_VALUE, message);
  }
}
