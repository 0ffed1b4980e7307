package io.omendb.state.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reader sees at one moment: sources from newest to oldest. Immutable, except that the
 * active memtable grows. Holds one reference to each memtable and run file.
 *
 * @param active the memtable being written
 * @param frozen memtables waiting to be written out, newest first
 * @param stack runs, newest first; runs of different restored images overlap in no key group
 * @param closed whether the store was closed
 * @param failure what failed in the background, after which nothing is served any more
 */
record StoreView(
    Memtable active,
    List<Frozen> frozen,
    RunStack stack,
    boolean closed,
    @Nullable Throwable failure) {

  /** A frozen memtable and the keyspaces dropped since. */
  record Frozen(Memtable memtable, KeyspaceSet hidden) {}

  StoreView {
    frozen = List.copyOf(frozen);
  }

  /** All runs, newest first. */
  List<RunHandle> runs() {
    return stack.all();
  }

  /** The run files, newest first, each once; there may be several handles of one. */
  List<RunFile> files() {
    return runs().stream().map(RunHandle::file).distinct().toList();
  }

  void checkUsable() {
    if (closed || failure != null) {
      throw unusable();
    }
  }

  private IllegalStateException unusable() {
    return failure != null
        ? new IllegalStateException("the store failed in the background: " + failure, failure)
        : new IllegalStateException("the store is closed");
  }

  StoreView withFailure(Throwable cause) {
    return new StoreView(active, frozen, stack, closed, failure == null ? cause : failure);
  }

  StoreView withClosed() {
    return new StoreView(active, List.of(), RunStack.EMPTY, true, failure);
  }

  /** Freezes the active memtable. */
  StoreView withActive(Memtable fresh) {
    List<Frozen> newFrozen = new ArrayList<>();
    newFrozen.add(new Frozen(active, KeyspaceSet.EMPTY));
    newFrozen.addAll(frozen);
    return new StoreView(fresh, newFrozen, stack, closed, failure);
  }

  /** Puts a run, or nothing, in the place of the oldest frozen memtable. */
  StoreView withFlushed(@Nullable RunFile run) {
    int oldest = frozen.size() - 1;
    List<RunHandle> newRuns = new ArrayList<>();
    if (run != null) {
      newRuns.add(RunHandle.whole(run, frozen.get(oldest).hidden()));
    }
    newRuns.addAll(runs());
    return new StoreView(active, frozen.subList(0, oldest), RunStack.of(newRuns), closed, failure);
  }

  /**
   * Puts runs, or none, in the place of what a compaction read; of its inputs only what is outside
   * of its key groups is left. What was hidden in them since they were read is hidden in the new
   * runs.
   */
  StoreView withCompacted(CompactionPolicy.Job job, List<RunFile> outputs) {
    List<RunHandle> newRuns = new ArrayList<>();
    KeyspaceSet hidden = KeyspaceSet.EMPTY;
    int inputsSeen = 0;
    for (RunHandle run : runs()) {
      RunHandle input = inputsSeen == job.inputs().size() ? null : job.inputs().get(inputsSeen);
      if (input == null || !run.isSamePlace(input)) {
        newRuns.add(run);
        continue;
      }
      inputsSeen++;
      hidden = hidden.withNew(run.hidden(), input.hidden());
      newRuns.addAll(run.without(job.firstKeyGroup(), job.lastKeyGroup()));
      if (inputsSeen == job.inputs().size()) {
        for (RunFile output : outputs) {
          newRuns.add(RunHandle.whole(output, hidden));
        }
      }
    }
    return new StoreView(active, frozen, RunStack.of(newRuns), closed, failure);
  }

  StoreView hiding(int keyspace) {
    List<Frozen> newFrozen = new ArrayList<>();
    for (Frozen memtable : frozen) {
      newFrozen.add(
          memtable.memtable().containsKeyspace(keyspace)
              ? new Frozen(memtable.memtable(), memtable.hidden().with(keyspace))
              : memtable);
    }
    List<RunHandle> newRuns = runs().stream().map(run -> run.hiding(keyspace)).toList();
    return new StoreView(active, newFrozen, RunStack.of(newRuns), closed, failure);
  }
}
