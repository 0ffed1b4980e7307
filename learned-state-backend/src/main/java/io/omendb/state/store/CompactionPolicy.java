package io.omendb.state.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to compact next: tiers above, partitions at the bottom.
 *
 * <p>The bottom of the store is cut into partitions of consecutive key groups, one file each of
 * about {@code partitionBytes}. When the upper runs have, in a partition's key groups, more than
 * {@code spacePercent} of the partition's own bytes, these parts and the partition become a new
 * partition; the fullest comes first. So what is obsolete takes about that share of the space at
 * most, only one partition exists twice at a time, and a checkpoint afterwards uploads what was
 * rewritten and not the whole store. Upper runs are merged among themselves by size (tiers), so
 * that an entry is rewritten O(log) times before it reaches the bottom.
 *
 * <p>Rejected: merging all runs when the upper ones are as large as the bottom. It rewrites less,
 * but the store needs up to three times its size meanwhile.
 */
final class CompactionPolicy {

  private final int trigger;
  private final int ratioPercent;
  private final int spacePercent;

  /**
   * @param trigger number of upper runs from which tiers are merged
   * @param ratioPercent an upper run joins newer ones if at most this large, in percent of them
   *     together
   * @param spacePercent share of a partition's bytes, in percent, from which what lies above is
   *     merged into it
   */
  CompactionPolicy(int trigger, int ratioPercent, int spacePercent) {
    this.trigger = trigger;
    this.ratioPercent = ratioPercent;
    this.spacePercent = spacePercent;
  }

  /**
   * One compaction: what {@code inputs} have in the key groups [first, last] becomes one run, or
   * several if it reaches the bottom.
   *
   * @param inputs newest first; no other run between them in age overlaps the key groups
   */
  record Job(List<RunHandle> inputs, int firstKeyGroup, int lastKeyGroup) {

    static Job whole(List<RunHandle> inputs) {
      return new Job(List.copyOf(inputs), 0, Integer.MAX_VALUE);
    }
  }

  /**
   * The next job; null if nothing is due. Never null while there are {@code 2 × trigger} upper
   * runs.
   */
  @Nullable Job pick(RunStack stack) {
    List<RunHandle> upper = stack.upper();
    if (upper.isEmpty()) {
      return null;
    }
    Job partition = fullestPartition(stack);
    // Many runs make reads slow, so the short work comes first; unless all can be done at once.
    if (upper.size() >= 2 * trigger && (partition == null || stack.bottom().size() > 1)) {
      return tier(upper);
    }
    if (partition != null) {
      return partition;
    }
    if (upper.size() >= trigger) {
      return tier(upper);
    }
    return isWorthFreeing(stack) ? Job.whole(upper) : null;
  }

  private @Nullable Job fullestPartition(RunStack stack) {
    List<RunHandle> bottom = new ArrayList<>(stack.bottom());
    bottom.sort(Comparator.comparingInt(RunHandle::first));
    Job fullest = null;
    double fullestShare = spacePercent / 100.0;
    for (int i = 0; i < bottom.size(); i++) {
      // Key groups that no partition has yet belong to the one before.
      int first = i == 0 ? 0 : bottom.get(i).first();
      int last = i + 1 == bottom.size() ? Integer.MAX_VALUE : bottom.get(i + 1).first() - 1;
      List<RunHandle> inputs = new ArrayList<>();
      long upperBytes = 0;
      for (RunHandle run : stack.upper()) {
        if (run.overlaps(first, last)) {
          upperBytes += run.bytes(first, last);
          inputs.add(run);
        }
      }
      double share = upperBytes / (double) Math.max(1, bottom.get(i).bytes());
      if (!inputs.isEmpty() && share >= fullestShare) {
        fullestShare = share;
        inputs.add(bottom.get(i));
        fullest = new Job(inputs, first, last);
      }
    }
    return fullest;
  }

  private Job tier(List<RunHandle> upper) {
    int count = upper.size();
    for (int from = 0; from < count - 1; from++) {
      long bytes = upper.get(from).bytes();
      int to = from + 1;
      while (to < count && upper.get(to).bytes() <= bytes / 100.0 * ratioPercent) {
        bytes += upper.get(to++).bytes();
      }
      if (to - from >= 2) {
        return Job.whole(upper.subList(from, to));
      }
    }
    return Job.whole(upper.subList(0, Math.max(2, count - trigger + 2)));
  }

  /**
   * Whether much space is held by parts of upper runs that were merged already: a quarter of what
   * the partitions may have above them, and half as much as would have to be written to free it.
   */
  private boolean isWorthFreeing(RunStack stack) {
    long visible = 0;
    long held = 0;
    for (RunHandle run : stack.upper()) {
      visible += run.bytes();
      held += run.file().dataBytes(0, Integer.MAX_VALUE) - run.bytes();
    }
    long bottom = 0;
    for (RunHandle run : stack.bottom()) {
      bottom += run.bytes();
    }
    return held > visible / 2 && held > bottom / 400.0 * spacePercent;
  }
}
