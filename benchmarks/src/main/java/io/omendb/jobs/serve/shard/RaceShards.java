package io.omendb.jobs.serve.shard;

import io.omendb.jobs.OmenException;
import io.omendb.jobs.table.TableSchema;
import io.omendb.state.store.EmptyReader;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Nobody who waits for a shard is forgotten, whatever its owners do meanwhile. */
@NullMarked
public final class RaceShards {

  private static final TableSchema TABLE =
      new TableSchema(5, "public", "t", 1, List.of(), List.of(), Map.of());

  private RaceShards() {}

  /** One waits for two CSNs while both are reached. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both went on")
  @Outcome(expect = Expect.FORBIDDEN, desc = "left waiting")
  @State
  public static class Gate {
    private final CsnGate gate = new CsnGate();
    private volatile @Nullable CompletableFuture<?> first;
    private volatile @Nullable CompletableFuture<?> second;

    @Actor
    public void owner() {
      gate.advance(1);
      gate.advance(2);
    }

    @Actor
    public void reader() {
      first = gate.when(0, 2);
      second = gate.when(0, 1);
    }

    @Arbiter
    public void end(ZZ_Result result) {
      result.r1 = isDone(first);
      result.r2 = isDone(second);
    }
  }

  /** One waits while the gate closes: it goes on, or is handed over. */
  @JCStressTest
  @Outcome(
      id = {"1", "2"},
      expect = Expect.ACCEPTABLE,
      desc = "turned away, or handed over")
  @Outcome(expect = Expect.FORBIDDEN, desc = "left waiting, or both")
  @State
  public static class ClosingGate {
    private final CsnGate gate = new CsnGate();
    private List<CsnGate.Waiter> left = List.of();
    private @Nullable CompletableFuture<?> waiting;

    @Actor
    public void owner() {
      left = gate.close();
    }

    @Actor
    public void reader() {
      waiting = gate.when(0, 1);
    }

    @Arbiter
    public void end(I_Result result) {
      result.r1 = (waiting == null ? 1 : 0) + 2 * left.size();
    }
  }

  /** One waits for a shard while its owner is followed by another. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both went on")
  @Outcome(expect = Expect.FORBIDDEN, desc = "left waiting")
  @State
  public static class Owners {
    private final ShardDirectory directory = new ShardDirectory(2);
    private final SubtaskShards former = subtask();
    private final SubtaskShards next = subtask();
    private volatile @Nullable CompletableFuture<?> first;
    private volatile @Nullable CompletableFuture<?> second;

    public Owners() {
      directory.attach(former);
    }

    @Actor
    public void owner() {
      directory.detach(former);
      directory.attach(next);
      next.advance(2);
    }

    @Arbiter
    public void end(ZZ_Result result) {
      result.r1 = isDone(first);
      result.r2 = isDone(second);
    }
  }

  /** Two wait while the next owner comes before, after or while the former one goes. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both went on")
  @Outcome(expect = Expect.FORBIDDEN, desc = "left waiting")
  @State
  public static class OwnersAtOnce {
    private final ShardDirectory directory = new ShardDirectory(2);
    private final SubtaskShards former = subtask();
    private final SubtaskShards next = subtask();
    private final CompletableFuture<?> first;
    private final CompletableFuture<?> second;

    public OwnersAtOnce() {
      directory.attach(former);
      first = directory.whenReady(0, 1);
      second = directory.whenReady(1, 2);
    }

    @Actor
    public void formerOwner() {
      directory.detach(former);
    }

    @Actor
    public void nextOwner() {
      directory.attach(next);
      next.advance(2);
    }

    @Arbiter
    public void end(ZZ_Result result) {
      result.r1 = isDone(first);
      result.r2 = isDone(second);
    }
  }

  /** One waits for a table's locations while the subtask ends. */
  @JCStressTest
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "told, or turned away")
  @Outcome(expect = Expect.FORBIDDEN, desc = "left waiting")
  @State
  public static class Locations {
    private final SubtaskShards shards = subtask();
    private volatile @Nullable CompletableFuture<?> first;
    private volatile @Nullable CompletableFuture<?> second;

    public Locations() {
      shards.show(TABLE, 0);
    }

    @Actor
    public void owner() {
      shards.end();
    }

    @Actor
    public void reader() {
      first = shards.whenLocated(0, TABLE.tableId(), 1);
      second = shards.whenLocated(1, TABLE.tableId(), 1);
    }

    @Arbiter
    public void end(ZZ_Result result) {
      result.r1 = isDone(first);
      result.r2 = isDone(second);
    }
  }

  /** One waits for a table's locations while the table is forgotten. */
  @JCStressTest
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "told, or turned away")
  @Outcome(expect = Expect.FORBIDDEN, desc = "left waiting")
  @State
  public static class ForgottenTable {
    private final SubtaskShards shards = subtask();
    private volatile @Nullable CompletableFuture<?> waiting;

    public ForgottenTable() {
      shards.show(TABLE, 0);
    }

    @Actor
    public void owner() {
      shards.forget(TABLE.tableId());
    }

    @Actor
    public void reader() {
      try {
        waiting = shards.whenLocated(0, TABLE.tableId(), 1);
      } catch (OmenException snapshotTooOld) {
        waiting = null;
      }
    }

    @Arbiter
    public void end(I_Result result) {
      result.r1 = isDone(waiting) ? 1 : 0;
    }
  }

  private static boolean isDone(@Nullable CompletableFuture<?> future) {
    return future == null || future.isDone();
  }

  private static SubtaskShards subtask() {
    return new SubtaskShards(new KeyGroupRange(0, 1), new EmptyReader());
  }
}
