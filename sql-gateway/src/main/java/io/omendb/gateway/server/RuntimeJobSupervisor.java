package io.omendb.gateway.server;

import io.omendb.gateway.cluster.EmbeddedCluster;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.log.LogFileSystem;
import io.omendb.jobs.recovery.JobFailure;
import io.omendb.jobs.recovery.RestorePlan;
import io.omendb.jobs.recovery.StartCheck;
import io.omendb.jobs.runtime.EmbeddedDatabases;
import io.omendb.jobs.runtime.EmbeddedDatabases.Progress;
import io.omendb.jobs.runtime.RuntimeJob;
import io.omendb.jobs.runtime.RuntimeJobOptions;
import io.omendb.lake.catalog.IcebergLakeCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the runtime job running: decides what it is restored from, submits it, waits until every
 * shard has applied the whole log, and starts over when the job has ended.
 *
 * <p>Flink restarts the job after a failure, up to {@value #FAILURES_MAX} times in a row. If it
 * still fails, clients hear why at once instead of waiting, and it is submitted again after a
 * pause, from whatever {@link StartCheck} then finds: what can be mended while the server runs (a
 * full disk, a file that was put back) needs no restart of it. A checkpoint that passed the check
 * and still cannot be restored is passed over.
 *
 * <p>{@link #start} and {@link #close} are for the thread that owns the server; in between a thread
 * of its own watches.
 */
final class RuntimeJobSupervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeJobSupervisor.class);

  private static final String STATE_BACKEND = "io.omendb.state.backend.LearnedStateBackendFactory";
  static final int FAILURES_MAX = 5;

  private static final long POLL_MS = 5;
  private static final long REPORT_MS = 1_000;
  private static final long PAUSE_MIN_MS = 1_000;
  private static final long PAUSE_MAX_MS = 30_000;
  private static final long LAST_CHECKPOINT_TIMEOUT_SECONDS = 20;

  /**
   * Without any progress for this long, and for the log at {@link #READ_BYTES_PER_MS_MIN}, a start
   * ends.
   */
  private static final long STALLED_MS = 60_000;

  private static final long READ_BYTES_PER_MS_MIN = 10_000;

  /** Likewise for a lake's rows, of which no progress is seen. */
  private static final long LAKE_ROWS_PER_MS_MIN = 5;

  private final EmbeddedCluster cluster;
  private final DataDirectory directory;
  private final ServerOptions options;
  private final StartCheck check;
  private final Thread watcher;
  private volatile boolean closing;
  private volatile @Nullable Running running;

  /** A job that was submitted. */
  private record Running(JobID id, Path checkpoints, CompletableFuture<JobResult> result) {}

  RuntimeJobSupervisor(EmbeddedCluster cluster, DataDirectory directory, ServerOptions options) {
    this.cluster = cluster;
    this.directory = directory;
    this.options = options;
    this.check = check(directory, options);
    this.watcher = new Thread(this::watch, "omendb-runtime-job");
    watcher.setDaemon(true);
  }

  private static StartCheck check(DataDirectory directory, ServerOptions options) {
    return new StartCheck(
        LogFileSystem.LOCAL,
        directory.log(),
        directory.checkpoints(),
        new LakeCheck(directory, options.lakeProperties()));
  }

  /** Decides without changing anything: whether and from what this database can be restored. */
  static RestorePlan plan(DataDirectory directory, ServerOptions options) throws ServerException {
    StartCheck check = check(directory, options);
    try {
      RestorePlan plan = check.plan(Map.of());
      Path catalog = directory.lakeCatalog();
      if (options.lakeProperties().isEmpty() && !Files.exists(catalog)) {
        requireNothingPublished(check.publishedTables(plan), catalog);
      }
      return plan;
    } catch (OmenException e) {
      throw new ServerException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new ServerException(
          "the data directory %s cannot be read: %s".formatted(directory.root(), e), e);
    }
  }

  /** Without the catalog the lake would begin anew, beside files of the tables it had. */
  private static void requireNothingPublished(List<String> tables, Path catalog)
      throws ServerException {
    if (!tables.isEmpty()) {
      throw new ServerException(
          "the lake's catalog %s is missing, and %d tables were published to it, %s among them. Nothing was changed. Put the file back, from a backup or from where it went, and start again"
              .formatted(catalog, tables.size(), tables.get(0)));
    }
  }

  /**
   * Returns once a statement about any table would be answered at once.
   *
   * @param first from {@link #plan}
   */
  void start(RestorePlan first) throws ServerException, InterruptedException {
    try {
      restore(first);
    } catch (OmenException e) {
      throw new ServerException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new ServerException("the database cannot be restored: " + e, e);
    }
    watcher.start();
  }

  private void restore(RestorePlan first) throws IOException, InterruptedException {
    Map<Path, String> refused = new HashMap<>();
    for (RestorePlan plan = first; ; plan = check.plan(refused)) {
      Set<Path> needed = check.adopt(plan);
      Running job = submit(plan);
      running = job;
      OmenException failure = awaitServed(job, plan);
      if (failure == null) {
        check.deleteAllBut(needed, job.checkpoints());
        return;
      }
      if (plan.checkpoint().isEmpty() || failure.code() != ErrorCode.DATA_CORRUPTED) {
        throw failure;
      }
      LOG.warn("Checkpoint {} cannot be restored", plan.checkpoint().get(), failure);
      refused.put(plan.checkpoint().get(), String.valueOf(failure.getMessage()));
    }
  }

  private Running submit(RestorePlan plan) throws IOException {
    JobID id = new JobID();
    Path checkpoints = directory.checkpoints().resolve(id.toHexString());
    Configuration configuration = cluster.clientConfiguration();
    configuration.set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, id.toHexString());
    configuration.set(StateBackendOptions.STATE_BACKEND, STATE_BACKEND);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.checkpoints().toUri().toString());
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    plan.checkpoint()
        .ifPresent(
            checkpoint -> {
              configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint.toUri().toString());
              configuration.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
            });
    LOG.info(
        "Restoring from {} and the commit log's positions {} to {}",
        plan.checkpoint()
            .map(path -> "checkpoint " + path)
            .orElse(plan.isFromLake() ? "the lake" : "no checkpoint"),
        plan.logPosition(),
        plan.logEnd());
    try {
      StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
      RuntimeJob.build(env, runtimeOptions(checkpoints));
      env.executeAsync("OmenDB");
      return new Running(id, checkpoints, cluster.client().requestJobResult(id));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the runtime job cannot be submitted: " + e.getMessage(), e);
    }
  }

  private RuntimeJobOptions runtimeOptions(Path checkpoints) {
    Map<String, String> lake = options.lakeProperties();
    if (lake.isEmpty()) {
      lake = IcebergLakeCatalog.localProperties(directory.lake());
    }
    return RuntimeJobOptions.defaults(directory.databaseId(), directory.root(), lake)
        .withShardCount(directory.shardCount())
        .withParallelism(Math.min(cluster.options().runtimeParallelism(), directory.shardCount()))
        .withCuts(options.cutIntervalMs(), options.cutBytesMax())
        .withDiskReserve(options.diskReserveBytes())
        .withCheckpoints(options.checkpointIntervalMs(), EmbeddedCluster.CHECKPOINTS_KEPT)
        .withLogSegmentBytes(options.logSegmentBytes())
        .withLocalCheckpoints(checkpoints, FAILURES_MAX);
  }

  /** Null once all shards have applied the log, or why they never will. */
  private @Nullable OmenException awaitServed(Running job, RestorePlan plan)
      throws IOException, InterruptedException {
    long stalledMs = STALLED_MS + (plan.logEnd() - plan.logPosition()) / READ_BYTES_PER_MS_MIN;
    if (plan.isFromLake()) {
      stalledMs += plan.lakeRows() / LAKE_ROWS_PER_MS_MIN;
    }
    long beginNanos = System.nanoTime();
    long progressNanos = beginNanos;
    long reportNanos = beginNanos;
    Progress before = new Progress(-1, -1);
    while (!job.result().isDone()) {
      Progress now = EmbeddedDatabases.progress(directory.databaseId(), directory.shardCount());
      if (now.served()) {
        return null;
      }
      long nanos = System.nanoTime();
      if (!now.equals(before)) {
        before = now;
        progressNanos = nanos;
      }
      if (nanos - progressNanos > TimeUnit.MILLISECONDS.toNanos(stalledMs)) {
        return new OmenException(
            ErrorCode.CANNOT_CONNECT_NOW,
            "the database does not come up: no progress for %d s, at CSN %d of %d; see the log"
                .formatted(stalledMs / 1000, now.appliedCsn(), now.durableCsn()));
      }
      if (nanos - reportNanos > TimeUnit.MILLISECONDS.toNanos(REPORT_MS)) {
        reportNanos = nanos;
        report(now, (nanos - beginNanos) / 1_000_000_000);
      }
      Thread.sleep(POLL_MS);
    }
    return reason(job.result());
  }

  /** For the launcher, which waits as long as this changes. */
  private void report(Progress progress, long seconds) throws IOException {
    DataDirectory.publish(
        directory.root(),
        "server.progress",
        progress.durableCsn() < 0
            ? "reading the commit log, %d s%n".formatted(seconds)
            : "applied %d of %d transactions, %d s%n"
                .formatted(progress.appliedCsn(), progress.durableCsn(), seconds));
  }

  private static OmenException reason(CompletableFuture<JobResult> result) {
    try {
      JobResult ended = result.join();
      return ended
          .getSerializedThrowable()
          .map(JobFailure::of)
          .orElseGet(
              () ->
                  new OmenException(
                      ErrorCode.CANNOT_CONNECT_NOW,
                      "the database does not run: its job has ended (%s)"
                          .formatted(
                              ended.getJobStatus().map(Object::toString).orElse("unknown"))));
    } catch (RuntimeException e) {
      return JobFailure.of(e);
    }
  }

  private void watch() {
    try {
      while (!closing) {
        Running job = running;
        if (job == null) {
          return;
        }
        awaitEnd(job);
        if (closing) {
          return;
        }
        OmenException reason = reason(job.result());
        LOG.error("The runtime job has failed {} times in a row", FAILURES_MAX, reason);
        startOver(reason);
      }
    } catch (InterruptedException e) {
      LOG.debug("The watch over the runtime job ends", e);
    }
  }

  private static void awaitEnd(Running job) throws InterruptedException {
    try {
      job.result().get();
    } catch (ExecutionException e) {
      LOG.debug("The runtime job's result is an error", e);
    }
  }

  /**
   * Tries until the database serves again; meanwhile clients hear {@code first}, or what came
   * after.
   */
  private void startOver(OmenException first) throws InterruptedException {
    OmenException reason = first;
    long pauseMs = PAUSE_MIN_MS;
    while (!closing) {
      EmbeddedDatabases.failed(directory.databaseId(), reason);
      Thread.sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
      try {
        cancelLeftover();
        restore(check.plan(Map.of()));
        LOG.info("The database serves again");
        return;
      } catch (OmenException e) {
        reason = e;
      } catch (IOException | RuntimeException e) {
        reason =
            new OmenException(
                ErrorCode.CANNOT_CONNECT_NOW, "the database does not run: " + e.getMessage(), e);
      }
      LOG.error("The database cannot be restored; next try in {} ms", pauseMs, reason);
    }
  }

  /** A job that made no progress may still run. */
  private void cancelLeftover() throws InterruptedException {
    Running job = running;
    if (job != null && !job.result().isDone()) {
      cancel(job);
    }
  }

  private void cancel(Running job) throws InterruptedException {
    try {
      cluster.client().cancel(job.id()).get(LAST_CHECKPOINT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      job.result().get(LAST_CHECKPOINT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("The runtime job did not end cleanly", e);
    }
  }

  /** Takes a last checkpoint, so that the next start has little to replay, and ends the job. */
  @Override
  public void close() {
    closing = true;
    watcher.interrupt();
    try {
      watcher.join();
      Running job = running;
      if (job != null && !job.result().isDone()) {
        end(job);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    EmbeddedDatabases.stopped(directory.databaseId());
  }

  private void end(Running job) throws InterruptedException {
    try {
      cluster
          .client()
          .triggerCheckpoint(job.id(), CheckpointType.CONFIGURED)
          .get(LAST_CHECKPOINT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // The log has everything; the next start only has more of it to replay.
      LOG.warn("no checkpoint at the end", e);
    }
    cancel(job);
    try {
      check.sealNewest(job.checkpoints(), EmbeddedCluster.CHECKPOINTS_KEPT);
    } catch (IOException | RuntimeException e) {
      LOG.warn("the last checkpoint is not sealed; the next start uses an older one", e);
    }
  }
}
