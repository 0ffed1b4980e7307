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
 * @param runs runs, newest first; runs of different restored images overlap in no key group
 * @param closed whether the store was closed
 * @param failure what failed in the background, after which nothing is served any more
 */
record StoreView(
    Memtable active,
    List<Frozen> frozen,
    List<RunHandle> runs,
    boolean closed,
    @Nullable Throwable failure) {

  /** A frozen memtable and the keyspaces dropped since. */
  record Frozen(Memtable memtable, KeyspaceSet hidden) {}

  StoreView {
    frozen = List.copyOf(frozen);
    runs = List.copyOf(runs);
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
    return new StoreView(active, frozen, runs, closed, failure == null ? cause : failure);
  }

  StoreView withClosed() {
    return new StoreView(active, List.of(), List.of(), true, failure);
  }

  /** Freezes the active memtable. */
  StoreView withActive(Memtable fresh) {
    List<Frozen> newFrozen = new ArrayList<>();
    newFrozen.add(new Frozen(active, KeyspaceSet.EMPTY));
    newFrozen.addAll(frozen);
    return new StoreView(fresh, newFrozen, runs, closed, failure);
  }

  /** Puts a run, or nothing, in the place of the oldest frozen memtable. */
  StoreView withFlushed(@Nullable RunFile run) {
    int oldest = frozen.size() - 1;
    List<RunHandle> newRuns = new ArrayList<>();
    if (run != null) {
      newRuns.add(RunHandle.whole(run, frozen.get(oldest).hidden()));
    }
    newRuns.addAll(runs);
    return new StoreView(active, frozen.subList(0, oldest), newRuns, closed, failure);
  }

  /**
   * Puts a run, or nothing, in the place of consecutive runs from which it was merged. What was
   * hidden in them since they were read is hidden in it.
   */
  StoreView withMerged(List<RunHandle> inputs, @Nullable RunFile output) {
    int from = 0;
    while (!runs.get(from).isSamePlace(inputs.get(0))) {
      from++;
    }
    KeyspaceSet hidden = KeyspaceSet.EMPTY;
    for (int i = 0; i < inputs.size(); i++) {
      hidden = hidden.withNew(runs.get(from + i).hidden(), inputs.get(i).hidden());
    }
    List<RunHandle> newRuns = new ArrayList<>(runs.subList(0, from));
    if (output != null) {
      newRuns.add(RunHandle.whole(output, hidden));
    }
    newRuns.addAll(runs.subList(from + inputs.size(), runs.size()));
    return new StoreView(active, frozen, newRuns, closed, failure);
  }

  StoreView hiding(int keyspace) {
    List<Frozen> newFrozen = new ArrayList<>();
    for (Frozen memtable : frozen) {
      newFrozen.add(
          memtable.memtable().containsKeyspace(keyspace)
              ? new Frozen(memtable.memtable(), memtable.hidden().with(keyspace))
              : memtable);
    }
    List<RunHandle> newRuns = runs.stream().map(run -> run.hiding(keyspace)).toList();
    return new StoreView(active, newFrozen, newRuns, closed, failure);
  }
}
