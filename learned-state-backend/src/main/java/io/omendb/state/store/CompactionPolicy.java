package io.omendb.state.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to compact next: tiers above, partitions at the bottom.
 *
 * <p>The bottom of the store is cut into partitions of consecutive key groups, one file each of
 * about {@code partitionBytes}. When the upper runs have, in some partition's key groups, more than
 * {@code spacePercent} of the partition's own bytes, a <em>sweep</em> begins: partition by
 * partition, what the upper runs have there and the partition become a new partition. A sweep goes
 * on until the runs that it began with are used up, because their files are kept until then; runs
 * that come meanwhile stay above. So what is obsolete takes about {@code spacePercent} of the
 * space, only one partition at a time exists twice, and a checkpoint uploads what was rewritten and
 * not the whole store. Upper runs are merged among themselves by size (tiers), so that an entry is
 * rewritten O(log) times before it reaches the bottom.
 *
 * <p>A sweep has no state but the runs': it is under way while the file of an upper run has key
 * groups that the store has, and that the run does not show any more.
 *
 * <p>Rejected: merging all runs when the upper ones are as large as the bottom. It rewrites less,
 * but the store needs up to three times its size meanwhile. Rejected: always taking the fullest
 * partition with all that lies above. Files whose parts were merged one by one then outlive many
 * merges.
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

  /** The next job; null if nothing is due. Never null from {@code trigger} upper runs on. */
  @Nullable Job pick(RunStack stack) {
    List<RunHandle> upper = stack.upper();
    int swept = newestSwept(stack);
    List<RunHandle> newer = upper.subList(0, swept);
    // Many runs make reads slow, so the short work comes first; unless all can be done at once.
    if (newer.size() >= 2 * trigger && stack.bottom().size() > 1) {
      return tier(newer);
    }
    if (swept < upper.size()) {
      return fullestPartition(stack, upper.subList(swept, upper.size()), 0);
    }
    Job partition = fullestPartition(stack, upper, spacePercent / 100.0);
    if (partition != null) {
      return partition;
    }
    return newer.size() >= trigger ? tier(newer) : null;
  }

  /** Index of the newest upper run that a sweep has begun to use up; their number if none is. */
  private static int newestSwept(RunStack stack) {
    List<RunHandle> upper = stack.upper();
    for (int i = 0; i < upper.size(); i++) {
      RunFile file = upper.get(i).file();
      for (RunSection section : file.sections()) {
        int keyGroup = Section.keyGroup(section.section());
        if (stack.of(keyGroup).length > 0 && !shows(stack, file, keyGroup)) {
          return i;
        }
      }
    }
    return upper.size();
  }

  private static boolean shows(RunStack stack, RunFile file, int keyGroup) {
    for (RunHandle run : stack.of(keyGroup)) {
      if (run.file() == file) {
        return true;
      }
    }
    return false;
  }

  /**
   * The partition of which given upper runs have the largest share, if at least {@code shareMin}.
   */
  private static @Nullable Job fullestPartition(
      RunStack stack, List<RunHandle> upper, double shareMin) {
    List<RunHandle> bottom = new ArrayList<>(stack.bottom());
    bottom.sort(Comparator.comparingInt(RunHandle::first));
    Job fullest = null;
    double fullestShare = shareMin;
    for (int i = 0; i < bottom.size(); i++) {
      // Key groups that no partition has yet belong to the one before.
      int first = i == 0 ? 0 : bottom.get(i).first();
      int last = i + 1 == bottom.size() ? Integer.MAX_VALUE : bottom.get(i + 1).first() - 1;
      List<RunHandle> inputs = new ArrayList<>();
      long upperBytes = 0;
      for (RunHandle run : upper) {
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
}
