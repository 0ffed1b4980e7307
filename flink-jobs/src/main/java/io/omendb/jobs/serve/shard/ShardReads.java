package io.omendb.jobs.serve.shard;

import io.omendb.state.store.StoreReader;
import java.util.concurrent.CompletableFuture;

/**
 * How transactions read table state: the seam between the coordinator's side and the runtime job's.
 * Thread-safe; no method blocks.
 *
 * <p>A shard is ready at a CSN when it has applied every commit up to it, that is, when its
 * watermark has reached it. While the job restarts no shard is ready; readers wait.
 */
public interface ShardReads {

  /** Shards of this database, a number that never changes. */
  int shardCount();

  /** Whether the shard has applied every commit up to {@code csn}. */
  boolean ready(int shard, long csn);

  /**
   * Completes once {@link #ready} holds; completes exceptionally when the database stops. May
   * complete on the thread that applies commits: dependents must be short.
   */
  CompletableFuture<Void> whenReady(int shard, long csn);

  /**
   * The reader of a shard. Valid for reads at any CSN that the shard was ready at. Take it for each
   * read: after the job restarts it is another one, and reads of an old one throw {@link
   * IllegalStateException}. So do reads at a CSN that the present one has not applied, since the
   * job may restart between {@link #ready} and the read.
   */
  StoreReader reader(int shard);
}
