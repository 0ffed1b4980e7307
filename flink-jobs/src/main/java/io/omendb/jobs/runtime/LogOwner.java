package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakeReports;
import io.omendb.jobs.log.CommitLog;
import io.omendb.jobs.log.LogState;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Whoever owns the log and appends to it, as the runtime job sees him: the transaction coordinator,
 * or a script in a test. Opened and closed by the log's source; thread-safe in between.
 */
interface LogOwner extends LakeReports, AutoCloseable {

  /** Opens it: takes the log over and reads it to the end before returning. */
  interface Factory extends Serializable {
    /**
     * @param from what the stream has already sent, where the job was restored: records before it
     *     may be gone
     */
    LogOwner open(RuntimeJobOptions options, @Nullable LogState from) throws IOException;
  }

  CommitLog log();

  /** CSN of the newest record in the log when it was opened; 0 for none. */
  long openedAtCsn();

  /**
   * By table, the cuts before {@link #openedAtCsn} that the lake had not, as far as the log said.
   */
  Map<Integer, Long> outstandingCuts();

  /** Completes exceptionally when this coordinator can serve no more: the job is to restart. */
  CompletableFuture<Void> failure();

  /** Whatever the log has up to this CSN was handed to the shards. Task thread. */
  default void sent(long csn) {}

  @Override
  void close() throws IOException;
}
