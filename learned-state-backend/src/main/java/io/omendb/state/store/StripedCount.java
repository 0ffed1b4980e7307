package io.omendb.state.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A count for paths where an atomic addition would be felt. Each thread adds to a stripe, a cache
 * line of its own as a rule, by a plain load and store. Threads that share a stripe (their ids
 * differ by a multiple of the number of stripes) may lose additions to each other; so the sum is
 * exact with one thread, and about right with many. It never exceeds what was added.
 */
final class StripedCount {

  private static final int STRIPES = 32;
  private static final int LONGS_PER_STRIPE = 16;
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] cells = new long[(STRIPES + 1) * LONGS_PER_STRIPE];

  void add(long more) {
    int cell = (1 + ((int) Thread.currentThread().getId() & (STRIPES - 1))) * LONGS_PER_STRIPE;
    // Opaque, so that no read sees half a number and every addition is seen in the end.
    CELL.setOpaque(cells, cell, (long) CELL.getOpaque(cells, cell) + more);
  }

  long sum() {
    long sum = 0;
    for (int stripe = 1; stripe <= STRIPES; stripe++) {
      sum += (long) CELL.getOpaque(cells, stripe * LONGS_PER_STRIPE);
    }
    return sum;
  }
}
