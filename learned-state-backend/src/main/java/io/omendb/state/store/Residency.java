package io.omendb.state.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Tells whether the data blocks that are read are in memory, and so how they are best read.
 *
 * <p>A mapped block that is in memory is read where it lies, at no cost. One that is not costs a
 * page fault, for which the operating system reads much more than the block, one fault for each
 * page that is touched. A positioned read of exactly the block costs a system call and a copy, but
 * one device read at most. So blocks are read through mappings while all that are looked at are in
 * memory, and by position from the first that is not.
 *
 * <p>Some reads, chosen by the readers, ask the operating system whether their block is in memory.
 * A change back to mappings takes a number of answers in a row that doubles with each change, so
 * that a store slightly larger than memory does not go to and fro. It starts with positioned reads,
 * since nothing is known.
 *
 * <p>Thread-safe; {@link #isMapped()} is a plain read on all usual processors.
 */
final class Residency {

  /** While mapped, every so many reads ask. */
  static final int ASK_EVERY_MAPPED = 64;

  /** While positioned, every so many reads ask. */
  static final int ASK_EVERY_POSITIONED = 8;

  private static final int ANSWERS_MIN = 256;
  private static final int ANSWERS_MAX = 1 << 16;

  private volatile boolean mapped;

  @GuardedBy("this")
  private int residentInARow;

  @GuardedBy("this")
  private int answersWanted = ANSWERS_MIN;

  boolean isMapped() {
    return mapped;
  }

  int askEvery() {
    return mapped ? ASK_EVERY_MAPPED : ASK_EVERY_POSITIONED;
  }

  /** Takes one answer. */
  synchronized void answer(boolean resident) {
    if (!resident) {
      residentInARow = 0;
      if (mapped) {
        mapped = false;
        answersWanted = Math.min(ANSWERS_MAX, 2 * answersWanted);
      }
    } else if (!mapped && ++residentInARow >= answersWanted) {
      residentInARow = 0;
      mapped = true;
    }
  }
}
