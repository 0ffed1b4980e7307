package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.SharedLake;
import io.omendb.jobs.log.CommitLog;
import io.omendb.jobs.log.FileCommitLog;
import io.omendb.jobs.log.FileCommitLogOptions;
import io.omendb.jobs.log.LogReader;
import io.omendb.jobs.log.LogRecord;
import io.omendb.jobs.log.LogState;
import io.omendb.jobs.serve.LakeTroubles;
import io.omendb.jobs.serve.shard.ShardDirectory;
import io.omendb.jobs.serve.union.LakeLeaseSource;
import io.omendb.jobs.txn.CoordinatedDatabase;
import io.omendb.jobs.txn.CoordinatorOptions;
import io.omendb.jobs.txn.TransactionCoordinator;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeTable.LakeCut;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The real thing: the transaction coordinator over the file log, registered in this JVM as a
 * database that gateways can find.
 */
final class TransactionLogOwner implements LogOwner {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionLogOwner.class);
  private static final String LOG_DIRECTORY = "log";

  private final String databaseId;
  private final FileCommitLog log;
  private final LogState atOpening;
  private final TransactionCoordinator coordinator;
  private final LakeTroubles troubles;

  private TransactionLogOwner(
      RuntimeJobOptions options,
      FileCommitLog log,
      LogState atOpening,
      TransactionCoordinator coordinator,
      LakeTroubles troubles) {
    this.databaseId = options.databaseId();
    this.log = log;
    this.atOpening = atOpening;
    this.coordinator = coordinator;
    this.troubles = troubles;
    ShardDirectory shards = ShardDirectory.of(databaseId, options.shardCount());
    LakeLeaseSource leases =
        new LakeLeaseSource(shards, () -> SharedLake.acquire(options.lake()).lease());
    DatabaseRegistry.register(
        databaseId, log.epoch(), new CoordinatedDatabase(coordinator, shards, leases, troubles));
  }

  static Path logDirectory(RuntimeJobOptions options) {
    return Path.of(options.databaseDirectory()).resolve(LOG_DIRECTORY);
  }

  static LogOwner open(RuntimeJobOptions options, @Nullable LogState from) throws IOException {
    FileCommitLog log =
        FileCommitLog.open(
            logDirectory(options),
            FileCommitLogOptions.DEFAULT
                .withSegmentBytes(options.logSegmentBytes())
                .withRecentBytesMax(recentBytesMax()));
    boolean opened = false;
    try {
      LogState state = from == null ? new LogState(log.beginPosition()) : from.copy();
      try (LogReader reader = log.read(state.position())) {
        for (LogRecord record = reader.poll(); record != null; record = reader.poll()) {
          state.apply(record, reader.position());
        }
      }
      LakeTroubles troubles = new LakeTroubles();
      TransactionCoordinator coordinator =
          TransactionCoordinator.open(
              log,
              state,
              options.shardCount(),
              CoordinatorOptions.defaults()
                  .withCuts(options.cutIntervalMs(), options.cutBytesMax())
                  .withDiskReserveBytes(options.diskReserveBytes()),
              troubles);
      opened = true;
      return new TransactionLogOwner(options, log, state, coordinator, troubles);
    } finally {
      if (!opened) {
        log.close();
      }
    }
  }

  /** Decoded, records take some times their bytes: at most about a sixteenth of the heap. */
  private static long recentBytesMax() {
    return Math.min(
        FileCommitLogOptions.DEFAULT.recentBytesMax(), Runtime.getRuntime().maxMemory() / 64);
  }

  @Override
  public CommitLog log() {
    return log;
  }

  @Override
  public long openedAtCsn() {
    return atOpening.csn();
  }

  @Override
  public Map<Integer, Long> outstandingCuts() {
    return atOpening.outstandingCuts();
  }

  @Override
  public CompletableFuture<Void> failure() {
    return coordinator.failure();
  }

  @Override
  public void sent(long csn) {
    coordinator.sent(csn);
  }

  @Override
  public void lakePublished(int tableId, LakeCut cut) {
    // Should logging fail, this coordinator is done for, and its successor asks for the cut again.
    CompletableFuture<Void> unused =
        coordinator
            .lakePublished(tableId, cut.csn(), cut.snapshotId(), cut.locationFile())
            .whenComplete(
                (done, error) -> {
                  if (error != null) {
                    LOG.warn("Cut {} of table {} is not logged yet", cut.csn(), tableId, error);
                  }
                });
  }

  @Override
  public void lakeTrouble(int tableId, String part, @Nullable LakeException trouble) {
    if (trouble == null) {
      troubles.mended(tableId, part);
    } else {
      troubles.failed(
          tableId,
          part,
          trouble.reason().name(),
          String.valueOf(trouble.getMessage()),
          trouble.reason().advice(),
          TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()));
    }
  }

  @Override
  public void close() throws IOException {
    DatabaseRegistry.unregister(databaseId, log.epoch());
    try {
      coordinator.close();
    } finally {
      log.close();
    }
  }
}
