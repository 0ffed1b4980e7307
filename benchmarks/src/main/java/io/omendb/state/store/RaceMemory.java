package io.omendb.state.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** When memory is given back, and what a cached block looks like while its frame is reused. */
public final class RaceMemory {

  private RaceMemory() {}

  /** A reader holds what was current when it came; it is retired meanwhile. */
  @JCStressTest
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "released once, under nobody")
  @Outcome(expect = Expect.FORBIDDEN)
  @State
  public static class Retired {
    private final ReadGuard guard = new ReadGuard();
    private final int[] first = new int[1];
    private volatile int[] current = first;

    @Actor
    public void owner() {
      int[] former = current;
      current = new int[1];
      guard.retire(() -> former[0]++);
    }

    @Actor
    public void reader(II_Result result) {
      result.r1 = look();
    }

    private int look() {
      int ticket = guard.enter();
      try {
        int[] held = current;
        return held[0] + held[0];
      } finally {
        guard.exit(ticket);
      }
    }

    @Arbiter
    public void end(II_Result result) {
      result.r2 = guard.poll() ? first[0] : -1;
    }
  }

  /** A block is read while others are added to its set, more than there are frames. */
  @JCStressTest
  @Outcome(
      id = {"0", "1"},
      expect = Expect.ACCEPTABLE,
      desc = "not here any more, or whole")
  @Outcome(expect = Expect.FORBIDDEN, desc = "torn, or another block")
  @State
  public static class CachedBlock {
    private static final int FRAME_BYTES = 64;
    private static final int WAYS = 8;
    private static final int SETS = 16;

    /** Blocks of one set. */
    private static final long[] BLOCKS = blocksOfOneSet(WAYS + 4);

    private final BlockCache cache =
        Objects.requireNonNull(
            BlockCache.of(new RaceTables.Memory(), FRAME_BYTES, (long) FRAME_BYTES * WAYS * SETS));

    public CachedBlock() {
      for (int i = 0; i < WAYS; i++) {
        add(i);
      }
    }

    private static long[] blocksOfOneSet(int count) {
      long[] blocks = new long[count];
      int found = 0;
      for (long block = 0; found < count; block++) {
        if ((BlockCache.hash(block) & SETS - 1) == 3) {
          blocks[found++] = block;
        }
      }
      return blocks;
    }

    private void add(int i) {
      byte[] content = new byte[FRAME_BYTES];
      Arrays.fill(content, (byte) (i + 1));
      cache.add(BLOCKS[i], ByteBuffer.wrap(content), 0, FRAME_BYTES);
    }

    @Actor
    public void writer() {
      add(WAYS);
      add(WAYS + 1);
      add(WAYS + 2);
      add(WAYS + 3);
    }

    @Actor
    public void reader(I_Result result) {
      ByteBuffer target = ByteBuffer.allocate(FRAME_BYTES);
      if (cache.copyTo(BLOCKS[0], FRAME_BYTES, target)) {
        result.r1 = 1;
        for (byte part : target.array()) {
          if (part != 1) {
            result.r1 = 2;
          }
        }
      }
    }
  }
}
