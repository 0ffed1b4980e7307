package io.omendb.state.store;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The runs of a view, from newest to oldest, and which of them a key group needs. Immutable.
 *
 * <p>A run is at the <em>bottom</em> if nothing older overlaps its key groups; the others are
 * <em>upper</em>. Since nothing older than a bottom run can matter to it, the bottom runs are kept
 * behind all upper ones. So upper runs are neighbours in the list exactly if they are neighbours in
 * age, and neighbours may be merged whatever their key groups.
 */
final class RunStack {

  static final RunStack EMPTY = new RunStack(List.of());
  private static final RunHandle[] NONE = {};

  private final List<RunHandle> all;
  private final int upperCount;
  private final int firstKeyGroup;
  private final RunHandle[][] byKeyGroup;
  private final int depth;

  private RunStack(List<RunHandle> newestFirst) {
    BitSet covered = new BitSet();
    List<RunHandle> upper = new ArrayList<>();
    List<RunHandle> bottom = new ArrayList<>();
    for (int i = newestFirst.size() - 1; i >= 0; i--) {
      RunHandle run = newestFirst.get(i);
      int end = run.last() + 1;
      boolean overlapping = run.first() < end && !covered.get(run.first(), end).isEmpty();
      (overlapping ? upper : bottom).add(0, run);
      if (run.first() < end) {
        covered.set(run.first(), end);
      }
    }
    this.upperCount = upper.size();
    upper.addAll(bottom);
    this.all = List.copyOf(upper);
    this.firstKeyGroup = Math.max(0, covered.nextSetBit(0));
    this.byKeyGroup = new RunHandle[Math.max(0, covered.length() - firstKeyGroup)][];
    int deepest = 0;
    List<RunHandle> found = new ArrayList<>();
    for (int i = 0; i < byKeyGroup.length; i++) {
      found.clear();
      for (RunHandle run : all) {
        if (run.overlaps(firstKeyGroup + i, firstKeyGroup + i)) {
          found.add(run);
        }
      }
      byKeyGroup[i] = found.toArray(NONE);
      deepest = Math.max(deepest, found.size());
    }
    this.depth = deepest;
  }

  static RunStack of(List<RunHandle> newestFirst) {
    return newestFirst.isEmpty() ? EMPTY : new RunStack(newestFirst);
  }

  /** Newest first; bottom runs last. */
  List<RunHandle> all() {
    return all;
  }

  List<RunHandle> upper() {
    return all.subList(0, upperCount);
  }

  List<RunHandle> bottom() {
    return all.subList(upperCount, all.size());
  }

  /** The runs that may hold entries of a key group, newest first. Not to be changed. */
  RunHandle[] of(int keyGroup) {
    int index = keyGroup - firstKeyGroup;
    return index >= 0 && index < byKeyGroup.length ? byKeyGroup[index] : NONE;
  }

  /** The most runs that a read of one key group has to ask. */
  int depth() {
    return depth;
  }
}
