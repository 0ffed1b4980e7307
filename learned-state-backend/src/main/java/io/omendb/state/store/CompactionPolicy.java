package io.omendb.state.store;

import org.jspecify.annotations.Nullable;

/**
 * Size-tiered choice of runs to merge. Only neighbours in age are merged, so that a newer source
 * always stays before an older one.
 *
 * <p>With n entries written and a memtable of m, an entry is rewritten O(log(n/m)) times, at most
 * {@code trigger} runs plus one per tier are read, and obsolete versions take at most about as much
 * space as live ones.
 */
final class CompactionPolicy {

  private CompactionPolicy() {}

  /** The runs [from, to), counted from the newest, that are to become one. */
  record Range(int from, int to) {}

  /**
   * @param sizes bytes of each run, newest first
   * @param trigger fewer runs than this are left alone
   * @param ratioPercent a run joins newer ones if at most this large, in percent of them together
   */
  static @Nullable Range pick(long[] sizes, int trigger, int ratioPercent) {
    int count = sizes.length;
    if (count < trigger) {
      return null;
    }
    long newerBytes = 0;
    for (int i = 0; i < count - 1; i++) {
      newerBytes += sizes[i];
    }
    if (newerBytes >= sizes[count - 1]) {
      return new Range(0, count);
    }
    for (int from = 0; from < count - 1; from++) {
      long bytes = sizes[from];
      int to = from + 1;
      while (to < count && sizes[to] <= bytes / 100.0 * ratioPercent) {
        bytes += sizes[to++];
      }
      if (to - from >= 2) {
        return new Range(from, to);
      }
    }
    return new Range(0, count - trigger + 2);
  }
}
