package io.omendb.jobs.serve.shard;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.registry.Content;
import io.omendb.jobs.registry.ProcessRegistry;
import io.omendb.state.store.StoreReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Which subtask of this JVM holds which shard of a database, and the waiting for shards that are
 * behind or between two owners. Lives as long as the JVM or until {@link #forget}; subtasks come
 * and go. Thread-safe, nothing blocks.
 */
public final class ShardDirectory implements ShardReads {
  private static final ProcessRegistry<String, ShardDirectory> DIRECTORIES =
      ProcessRegistry.of(Content.SHARD_DIRECTORIES);

  private final AtomicReferenceArray<@Nullable SubtaskShards> owners;

  /** Who waits for shards that nobody holds now. */
  @GuardedBy("this")
  private final List<CsnGate.Waiter> orphans = new ArrayList<>();

  /** Why nobody will come any more; null while somebody may. */
  @GuardedBy("this")
  private @Nullable OmenException stopped;

  ShardDirectory(int shardCount) {
    this.owners = new AtomicReferenceArray<>(shardCount);
  }

  /** The directory of a database in this JVM, made where there is none. */
  public static ShardDirectory of(String databaseId, int shardCount) {
    ShardDirectory directory =
        DIRECTORIES.getOrAdd(databaseId, id -> new ShardDirectory(shardCount));
    if (directory.shardCount() != shardCount) {
      throw new OmenException(
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "database \"%s\" has %d shards, not %d"
              .formatted(databaseId, directory.shardCount(), shardCount));
    }
    return directory;
  }

  /** The database stopped for good: who waits fails, and the next of this id starts afresh. */
  public static void forget(String databaseId) {
    forget(
        databaseId,
        new OmenException(
            ErrorCode.ADMIN_SHUTDOWN, "database \"%s\" has stopped".formatted(databaseId)));
  }

  /** The same; who waits fails with that reason. */
  public static void forget(String databaseId, OmenException reason) {
    @Nullable ShardDirectory directory = DIRECTORIES.remove(databaseId);
    if (directory != null) {
      directory.stop(reason);
    }
  }

  /** The CSN up to which every shard has applied the log; -1 while some shard has no owner. */
  public long appliedCsn() {
    long applied = Long.MAX_VALUE;
    for (int shard = 0; shard < owners.length(); shard++) {
      @Nullable SubtaskShards owner = owners.get(shard);
      applied = Math.min(applied, owner == null ? -1 : owner.appliedCsn());
    }
    return applied;
  }

  /** A subtask starts to serve; it takes the place of an earlier owner. */
  public void attach(SubtaskShards subtask) {
    for (int shard : subtask.shards()) {
      owners.set(shard, subtask);
    }
    List<CsnGate.Waiter> adopted = new ArrayList<>();
    synchronized (this) {
      for (Iterator<CsnGate.Waiter> i = orphans.iterator(); i.hasNext(); ) {
        CsnGate.Waiter waiter = i.next();
        if (subtask.shards().contains(waiter.shard())) {
          adopted.add(waiter);
          i.remove();
        }
      }
    }
    adopted.forEach(this::park);
  }

  /** A subtask ends; who waits for it waits for its successor. */
  public void detach(SubtaskShards subtask) {
    for (int shard : subtask.shards()) {
      owners.compareAndSet(shard, subtask, null);
    }
    subtask.end().forEach(this::park);
  }

  private void park(CsnGate.Waiter waiter) {
    @Nullable SubtaskShards owner = owners.get(waiter.shard());
    if (owner != null && owner.applied().add(waiter)) {
      return;
    }
    @Nullable OmenException reason;
    synchronized (this) {
      reason = stopped;
      if (reason == null) {
        orphans.removeIf(orphan -> orphan.future().isDone());
        orphans.add(waiter);
      }
    }
    if (reason != null) {
      waiter.future().completeExceptionally(again(reason));
      return;
    }
    // An owner may have come between the look and the parking: it saw no orphan then.
    @Nullable SubtaskShards successor = owners.get(waiter.shard());
    if (successor != null && successor != owner) {
      boolean mine;
      synchronized (this) {
        mine = orphans.remove(waiter);
      }
      if (mine) {
        park(waiter);
      }
    }
  }

  /** Futures are completed outside of the lock: what depends on them runs here and may want it. */
  private void stop(OmenException reason) {
    List<CsnGate.Waiter> left;
    synchronized (this) {
      stopped = reason;
      left = List.copyOf(orphans);
      orphans.clear();
    }
    left.forEach(waiter -> waiter.future().completeExceptionally(again(reason)));
  }

  /** For one of many who hear of it. */
  private static OmenException again(OmenException reason) {
    return new OmenException(reason.code(), String.valueOf(reason.getMessage()), reason);
  }

  /** How many wait for shards that nobody holds now. */
  synchronized int orphanCount() {
    return orphans.size();
  }

  @Override
  public int shardCount() {
    return owners.length();
  }

  @Override
  public boolean ready(int shard, long csn) {
    @Nullable SubtaskShards owner = owners.get(shard);
    return owner != null && owner.appliedCsn() >= csn;
  }

  @Override
  public CompletableFuture<@Nullable Void> whenReady(int shard, long csn) {
    @Nullable SubtaskShards owner = owners.get(shard);
    if (owner != null) {
      @Nullable CompletableFuture<@Nullable Void> future = owner.applied().when(shard, csn);
      if (future != null) {
        return future;
      }
    }
    CsnGate.Waiter waiter = new CsnGate.Waiter(shard, csn);
    park(waiter);
    return waiter.future();
  }

  @Override
  public StoreReader reader(int shard) {
    return owner(shard).reader();
  }

  /** The subtask that holds a shard now; {@link IllegalStateException} where the job restarts. */
  public SubtaskShards owner(int shard) {
    @Nullable SubtaskShards owner = owners.get(shard);
    if (owner == null) {
      throw new IllegalStateException("nobody holds shard " + shard + " now");
    }
    return owner;
  }
}
