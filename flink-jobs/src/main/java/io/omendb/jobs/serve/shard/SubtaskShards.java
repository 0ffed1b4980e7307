package io.omendb.jobs.serve.shard;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.TableSchema;
import io.omendb.state.store.StoreReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.Nullable;

/**
 * What one subtask of the table operator shows to readers of its JVM: its table state, how far it
 * has applied the log, and which lake cuts it knows. The subtask's task thread writes, any thread
 * reads.
 */
public final class SubtaskShards {
  private final KeyGroupRange shards;
  private final StoreReader reader;
  private final CsnGate applied = new CsnGate();

  /**
   * By table, the cuts whose locations are in table state. A gate is closed when its table is
   * forgotten or this subtask ends, so that nobody waits behind it for ever.
   */
  private final Map<Integer, CsnGate> located = new ConcurrentHashMap<>();

  private volatile boolean ended;
  private volatile Map<Integer, List<PublishedCut>> published = Map.of();
  private final Map<Integer, TableSchema> schemas = new ConcurrentHashMap<>();

  /** Of each table that may be read, the CSN below which its rows may not. */
  private final Map<Integer, Long> horizons = new ConcurrentHashMap<>();

  public SubtaskShards(KeyGroupRange shards, StoreReader reader) {
    this.shards = shards;
    this.reader = new GuardedReader(reader, this);
  }

  public KeyGroupRange shards() {
    return shards;
  }

  /**
   * Reads of rows below their table's horizon fail (SNAPSHOT_TOO_OLD), and those at a CSN that is
   * not applied yet with {@link IllegalStateException}.
   */
  public StoreReader reader() {
    return reader;
  }

  /** Every commit up to {@code csn} is applied. Task thread. */
  public void advance(long csn) {
    applied.advance(csn);
  }

  /** The CSN up to which every commit is applied. */
  public long appliedCsn() {
    return applied.reached();
  }

  /** Every location that the cut {@code cutCsn} published is in table state. Task thread. */
  public void located(int tableId, long cutCsn) {
    gate(tableId).advance(cutCsn);
  }

  /** Replaces the known cuts of a table, oldest first. Task thread. */
  public void publish(int tableId, List<PublishedCut> cuts) {
    Map<Integer, List<PublishedCut>> next = new HashMap<>(published);
    if (cuts.isEmpty()) {
      next.remove(tableId);
    } else {
      next.put(tableId, List.copyOf(cuts));
    }
    published = Map.copyOf(next);
  }

  /** The newest cut of a table at or before {@code cutCsn}; null where none is known. */
  @Nullable PublishedCut cutAt(int tableId, long cutCsn) {
    List<PublishedCut> cuts = published.getOrDefault(tableId, List.of());
    for (int i = cuts.size() - 1; i >= 0; i--) {
      if (cuts.get(i).cutCsn() <= cutCsn) {
        return cuts.get(i);
      }
    }
    return null;
  }

  /** A table exists; its rows can be read from {@code horizon} on. Task thread. */
  public void show(TableSchema schema, long horizon) {
    horizons.put(schema.tableId(), horizon);
    schemas.put(schema.tableId(), schema);
  }

  /**
   * No read of the table below {@code csn} is answered from now on; to be called before anything
   * that only such reads need is let go of. Task thread.
   */
  public void raiseHorizon(int tableId, long csn) {
    horizons.computeIfPresent(tableId, (id, horizon) -> Math.max(horizon, csn));
  }

  /** {@link IllegalStateException} where a commit up to {@code csn} may not be applied yet. */
  void requireApplied(long csn) {
    long reached = applied.reached();
    if (csn > reached) {
      throw new IllegalStateException(
          "shards %s have applied commits up to %d, not up to %d".formatted(shards, reached, csn));
    }
  }

  /** SNAPSHOT_TOO_OLD where the table's rows at {@code csn} may not be whole any more. */
  void requireReadable(int tableId, long csn) {
    Long horizon = horizons.get(tableId);
    if (horizon == null || csn < horizon) {
      throw new OmenException(
          ErrorCode.SNAPSHOT_TOO_OLD,
          "snapshot too old: %d is below the horizon %s of table %d"
              .formatted(csn, horizon == null ? "(dropped)" : horizon, tableId));
    }
  }

  /** SNAPSHOT_TOO_OLD where changes since that cut, or its locations, may not be whole any more. */
  public PublishedCut requireCut(int tableId, long cutCsn) {
    PublishedCut cut = cutAt(tableId, cutCsn);
    if (cut == null) {
      throw new OmenException(
          ErrorCode.SNAPSHOT_TOO_OLD,
          "snapshot too old: the lake snapshot of table %d at CSN %d is not kept any more"
              .formatted(tableId, cutCsn));
    }
    return cut;
  }

  /** A table was dropped and no reader needs it. Task thread. */
  public void forget(int tableId) {
    horizons.remove(tableId);
    schemas.remove(tableId);
    publish(tableId, List.of());
    CsnGate gate = located.remove(tableId);
    if (gate != null) {
      failAll(gate.close(), forgotten(tableId));
    }
  }

  private static OmenException forgotten(int tableId) {
    return new OmenException(
        ErrorCode.SNAPSHOT_TOO_OLD,
        "snapshot too old: table %d was dropped and is not kept any more".formatted(tableId));
  }

  private static void failAll(List<CsnGate.Waiter> waiters, OmenException failure) {
    waiters.forEach(waiter -> waiter.future().completeExceptionally(failure));
  }

  /**
   * This subtask serves no more. Who waits for locations fails, since only the next subtask can
   * tell which cuts it knows.
   *
   * @return who waits for commits to be applied, and now for the next subtask
   */
  List<CsnGate.Waiter> end() {
    ended = true;
    located.values().forEach(gate -> failAll(gate.close(), restarting()));
    return applied.close();
  }

  private static OmenException restarting() {
    return new OmenException(
        ErrorCode.CANNOT_CONNECT_NOW, "the runtime job is restarting; try again");
  }

  /** The schema of a table that exists or that some snapshot may still read. */
  public @Nullable TableSchema schema(int tableId) {
    return schemas.get(tableId);
  }

  CsnGate applied() {
    return applied;
  }

  /**
   * Completes when the locations of that cut can be read, exceptionally if this subtask ends or
   * forgets the table before; null where it has ended.
   */
  public @Nullable CompletableFuture<@Nullable Void> whenLocated(
      int shard, int tableId, long cutCsn) {
    CsnGate gate = gate(tableId);
    CompletableFuture<@Nullable Void> future = gate.when(shard, cutCsn);
    // Whoever ends this or forgets the table says so before it closes the gates that it finds: so
    // it has closed this one, or this sees that it was to be closed.
    if (ended) {
      failAll(gate.close(), restarting());
      return null;
    }
    if (schema(tableId) == null) {
      located.remove(tableId, gate);
      failAll(gate.close(), forgotten(tableId));
      throw forgotten(tableId);
    }
    return future;
  }

  private CsnGate gate(int tableId) {
    return located.computeIfAbsent(tableId, id -> new CsnGate());
  }
}
