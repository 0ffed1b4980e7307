package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakeOptions;
import io.omendb.jobs.log.FileCommitLogOptions;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What one runtime job is told. {@code databaseDirectory} holds the commit log in {@code log/};
 * {@code lake} are the lake catalog's properties; {@code shardCount} is fixed for the life of the
 * database; a cut is taken when something changed and {@code cutIntervalMs} passed or {@code
 * cutBytesMax} bytes were committed since the last.
 *
 * <p>{@code checkpointsKeptMax} is how many completed checkpoints Flink retains: the log and lake
 * files that the oldest of them needs are kept. With {@code servesRemotely} the shards answer other
 * processes, too (see {@link io.omendb.jobs.serve.remote.ShardServer}).
 *
 * <p>{@code localCheckpoints} is the directory of this job's checkpoints where that is on a local
 * disk: they are then made durable before the log is trimmed on their account. Empty: they are in a
 * storage that makes them durable itself. After {@code failuresMax} failures in a row the job fails
 * for good.
 *
 * <p>While the log's disk has less than {@code diskReserveBytes} free, transactions that write are
 * refused.
 */
public record RuntimeJobOptions(
    String databaseId,
    String databaseDirectory,
    Map<String, String> lake,
    int shardCount,
    int parallelism,
    long cutIntervalMs,
    long cutBytesMax,
    long checkpointIntervalMs,
    int checkpointsKeptMax,
    boolean servesRemotely,
    String localCheckpoints,
    int failuresMax,
    long logSegmentBytes,
    long diskReserveBytes)
    implements Serializable {
  /** So many full cuts are kept in the log for a table that is not published. */
  private static final long LAKE_LOG_CUTS = 16;

  /** Of {@code failuresMax}: the job restarts for ever. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  public RuntimeJobOptions {
    Objects.requireNonNull(databaseId, "databaseId");
    Objects.requireNonNull(databaseDirectory, "databaseDirectory");
    Objects.requireNonNull(localCheckpoints, "localCheckpoints");
    lake = Map.copyOf(lake);
    if (shardCount < 1 || shardCount > 1 << 15) {
      throw new IllegalArgumentException("shards must be 1 to 32768, got " + shardCount);
    }
    if (parallelism < 1 || parallelism > shardCount) {
      throw new IllegalArgumentException(
          "parallelism must be 1 to the %d shards, got %d".formatted(shardCount, parallelism));
    }
    if (cutIntervalMs < 1 || cutBytesMax < 1) {
      throw new IllegalArgumentException(
          "cut interval and size must be positive, got %d ms and %d bytes"
              .formatted(cutIntervalMs, cutBytesMax));
    }
    if (checkpointIntervalMs < 1 || checkpointsKeptMax < 1) {
      throw new IllegalArgumentException(
          "checkpoint interval and number must be positive, got %d ms and %d"
              .formatted(checkpointIntervalMs, checkpointsKeptMax));
    }
    if (failuresMax < 1 || logSegmentBytes < 1) {
      throw new IllegalArgumentException(
          "the number of failures and the size of log files must be positive, got %d and %d bytes"
              .formatted(failuresMax, logSegmentBytes));
    }
  }

  /** The same options but for what {@code change} sets. */
  public RuntimeJobOptions with(Consumer<Settings> change) {
    Settings settings = new Settings(this);
    change.accept(settings);
    return new RuntimeJobOptions(
        settings.databaseId,
        settings.databaseDirectory,
        settings.lake,
        settings.shardCount,
        settings.parallelism,
        settings.cutIntervalMs,
        settings.cutBytesMax,
        settings.checkpointIntervalMs,
        settings.checkpointsKeptMax,
        settings.servesRemotely,
        settings.localCheckpoints,
        settings.failuresMax,
        settings.logSegmentBytes,
        settings.diskReserveBytes);
  }

  /** The same with checkpoints in {@code directory}, and with an end to restarting. */
  public RuntimeJobOptions withLocalCheckpoints(Path directory, int failuresMax) {
    return with(
        settings -> {
          settings.localCheckpoints = directory.toString();
          settings.failuresMax = failuresMax;
        });
  }

  /** The same with a commit log in files of about that size, the unit in which it is trimmed. */
  public RuntimeJobOptions withLogSegmentBytes(long bytes) {
    return with(settings -> settings.logSegmentBytes = bytes);
  }

  /** What the lake's work is told. */
  LakeOptions lakeOptions() {
    return new LakeOptions(databaseId, lake);
  }

  /**
   * How much of the log is kept for tables that the lake is behind with, once no checkpoint needs
   * it any more. See {@link io.omendb.jobs.log.LogState#neededFrom(long)}.
   */
  long lakeLogBytesMax() {
    return cutBytesMax > Long.MAX_VALUE / LAKE_LOG_CUTS
        ? Long.MAX_VALUE
        : cutBytesMax * LAKE_LOG_CUTS;
  }

  /** Where the shards' servers announce their addresses. */
  public Path announcements() {
    return Path.of(databaseDirectory).resolve("serve");
  }

  /** Two subtasks, 32 shards, a cut every two seconds, a checkpoint every ten. */
  public static RuntimeJobOptions defaults(
      String databaseId, Path databaseDirectory, Map<String, String> lake) {
    return new RuntimeJobOptions(
        databaseId,
        databaseDirectory.toString(),
        lake,
        32,
        2,
        2_000,
        64L << 20,
        10_000,
        3,
        false,
        "",
        UNLIMITED,
        FileCommitLogOptions.DEFAULT.segmentBytes(),
        0);
  }

  public RuntimeJobOptions withParallelism(int parallelism) {
    return with(settings -> settings.parallelism = parallelism);
  }

  public RuntimeJobOptions withCuts(long intervalMs, long bytesMax) {
    return with(
        settings -> {
          settings.cutIntervalMs = intervalMs;
          settings.cutBytesMax = bytesMax;
        });
  }

  public RuntimeJobOptions withCheckpoints(long intervalMs, int keptMax) {
    return with(
        settings -> {
          settings.checkpointIntervalMs = intervalMs;
          settings.checkpointsKeptMax = keptMax;
        });
  }

  public RuntimeJobOptions withShardCount(int shardCount) {
    return with(settings -> settings.shardCount = shardCount);
  }

  public RuntimeJobOptions withDiskReserve(long bytes) {
    return with(settings -> settings.diskReserveBytes = bytes);
  }

  /** The options while they are being changed; each field is the record's component of its name. */
  public static final class Settings {
    public String databaseId;
    public String databaseDirectory;
    public Map<String, String> lake;
    public int shardCount;
    public int parallelism;
    public long cutIntervalMs;
    public long cutBytesMax;
    public long checkpointIntervalMs;
    public int checkpointsKeptMax;
    public boolean servesRemotely;
    public String localCheckpoints;
    public int failuresMax;
    public long logSegmentBytes;
    public long diskReserveBytes;

    private Settings(RuntimeJobOptions from) {
      databaseId = from.databaseId;
      databaseDirectory = from.databaseDirectory;
      lake = from.lake;
      shardCount = from.shardCount;
      parallelism = from.parallelism;
      cutIntervalMs = from.cutIntervalMs;
      cutBytesMax = from.cutBytesMax;
      checkpointIntervalMs = from.checkpointIntervalMs;
      checkpointsKeptMax = from.checkpointsKeptMax;
      servesRemotely = from.servesRemotely;
      localCheckpoints = from.localCheckpoints;
      failuresMax = from.failuresMax;
      logSegmentBytes = from.logSegmentBytes;
      diskReserveBytes = from.diskReserveBytes;
    }
  }
}
