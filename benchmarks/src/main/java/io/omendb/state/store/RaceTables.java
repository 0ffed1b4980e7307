package io.omendb.state.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * What one point read of a memtable may see while its writer does one thing. Results are versions,
 * {@value #ABSENT} where nothing is found, and {@value #TORN} where a value is not that of its
 * version. Memory that is given back is overwritten at once, so that whoever reads on is seen.
 */
public final class RaceTables {

  static final int ABSENT = -1;
  static final int TORN = -2;

  private static final long SECTION = Section.of(1, 0);
  private static final int SLOT_COUNT = 256;

  /** Keys whose searches begin at the same slot of a new table. */
  private static final byte[][] KEYS = colliding(4);

  /** As many as a new table takes without growing. */
  private static final byte[][] OTHERS = others(SLOT_COUNT / 2);

  private RaceTables() {}

  private static byte[][] colliding(int count) {
    byte[][] keys = new byte[count][];
    int found = 0;
    for (long number = 0; found < count; number++) {
      byte[] key = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
      if ((hash(key) >>> 32 & SLOT_COUNT - 1) == 17) {
        keys[found++] = key;
      }
    }
    return keys;
  }

  private static byte[][] others(int count) {
    byte[][] keys = new byte[count][];
    for (int i = 0; i < count; i++) {
      keys[i] = ByteBuffer.allocate(Long.BYTES).putLong(-1 - i).array();
    }
    return keys;
  }

  private static long hash(byte[] key) {
    return KeyHash.of(SECTION, key, 0, key.length);
  }

  /** Heap buffers, which cost less than direct ones and are the same to a memtable. */
  static final class Memory implements ArenaAllocator {
    @Override
    public ByteBuffer allocate(int bytes) {
      return ByteBuffer.allocate(bytes);
    }

    @Override
    public void release(ByteBuffer buffer) {
      for (int i = 0; i < buffer.capacity(); i++) {
        buffer.put(i, (byte) 0x11);
      }
    }
  }

  /** A memtable and its guard. */
  static class Table {
    final ReadGuard guard = new ReadGuard();
    final Memtable memtable = new Memtable(new Memory(), 1, guard::retire);

    final void put(byte[] key, int version, boolean loose) {
      put(key, version, version, loose);
    }

    final void put(byte[] key, int version, int content, boolean loose) {
      byte[] value = new byte[24];
      Arrays.fill(value, (byte) content);
      memtable.put(SECTION, key, key.length, version, value, value.length, loose);
    }

    /** The content of the newest value at or below a version. */
    final int find(byte[] key, int version) {
      int ticket = guard.enter();
      try {
        Lookup lookup = new Lookup();
        memtable.find(SECTION, key, key.length, hash(key), version, lookup);
        byte[] value = lookup.value();
        if (value == null) {
          return ABSENT;
        }
        for (byte part : value) {
          if (part != value[0]) {
            return TORN;
          }
        }
        return value[0];
      } finally {
        guard.exit(ticket);
      }
    }
  }

  /** A key is sought whose search ends at the slot that another key is put into. */
  @JCStressTest
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "the key is absent")
  @Outcome(expect = Expect.FORBIDDEN, desc = "another key's value")
  @State
  public static class AbsentKey extends Table {
    @Actor
    public void writer() {
      put(KEYS[0], 1, false);
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = find(KEYS[1], 1);
    }
  }

  /** As the other, of a keyspace that is read by key. */
  @JCStressTest
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "the key is absent")
  @Outcome(expect = Expect.FORBIDDEN, desc = "another key's value")
  @State
  public static class AbsentLooseKey extends Table {
    @Actor
    public void writer() {
      put(KEYS[0], 1, true);
      put(KEYS[2], 2, true);
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = find(KEYS[1], 2);
    }
  }

  /** A key is put while it is sought, twice. */
  @JCStressTest
  @Outcome(id = "-1, -1", expect = Expect.ACCEPTABLE, desc = "not yet")
  @Outcome(id = "-1, 1", expect = Expect.ACCEPTABLE, desc = "between the two")
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "whole, and it stays")
  @Outcome(expect = Expect.FORBIDDEN)
  @State
  public static class FreshKey extends Table {
    @Actor
    public void writer() {
      put(KEYS[0], 1, false);
    }

    @Actor
    public void reader(II_Result result) {
      result.r1 = find(KEYS[0], 1);
      result.r2 = find(KEYS[0], 1);
    }
  }

  /** A newer version and an older one are put beside the one that is read. */
  @JCStressTest
  @Outcome(id = "2", expect = Expect.ACCEPTABLE)
  @Outcome(expect = Expect.FORBIDDEN, desc = "not the snapshot")
  @State
  public static class Snapshot extends Table {
    public Snapshot() {
      put(KEYS[0], 2, false);
    }

    @Actor
    public void writer() {
      put(KEYS[0], 3, false);
      put(KEYS[0], 1, false);
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = find(KEYS[0], 2);
    }
  }

  /** As the other, of a keyspace that is read by key, which is put in order meanwhile. */
  @JCStressTest
  @Outcome(id = "2", expect = Expect.ACCEPTABLE)
  @Outcome(expect = Expect.FORBIDDEN, desc = "not the snapshot")
  @State
  public static class LooseSnapshot extends Table {
    public LooseSnapshot() {
      put(KEYS[0], 2, true);
    }

    @Actor
    public void writer() {
      put(KEYS[0], 4, true);
      memtable.order(1);
      put(KEYS[0], 3, true);
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = find(KEYS[0], 2);
    }
  }

  /** A scan beside the putting in order shows each key once. */
  @JCStressTest
  @Outcome(id = "3, 7", expect = Expect.ACCEPTABLE, desc = "all three, of versions 1, 2 and 4")
  @Outcome(expect = Expect.FORBIDDEN, desc = "one missing, or twice")
  @State
  public static class ScanWhileOrdered extends Table {
    public ScanWhileOrdered() {
      put(KEYS[0], 1, true);
      put(KEYS[1], 2, true);
      put(KEYS[2], 4, true);
    }

    @Actor
    public void writer() {
      memtable.order(1);
    }

    @Actor
    public void reader(II_Result result) {
      EntryCursor cursor = memtable.cursor(SECTION, null);
      try {
        while (cursor.advance()) {
          result.r1++;
          result.r2 += (int) cursor.version;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The value of a version is replaced while it is read. */
  @JCStressTest
  @Outcome(
      id = {"5", "6"},
      expect = Expect.ACCEPTABLE,
      desc = "one of the two, whole")
  @Outcome(expect = Expect.FORBIDDEN)
  @State
  public static class Replaced extends Table {
    public Replaced() {
      put(KEYS[0], 1, 5, false);
    }

    @Actor
    public void writer() {
      put(KEYS[0], 1, 6, false);
    }

    @Actor
    public void reader(I_Result result) {
      result.r1 = find(KEYS[0], 1);
    }
  }

  /** The table grows, and the slots that it had are given back and overwritten. */
  @JCStressTest
  @Outcome(id = "1, -1", expect = Expect.ACCEPTABLE, desc = "what there is and what there is not")
  @Outcome(expect = Expect.FORBIDDEN)
  @State
  public static class Growth extends Table {
    public Growth() {
      put(KEYS[0], 1, false);
      for (int i = 1; i < OTHERS.length; i++) {
        put(OTHERS[i], 1, true);
      }
    }

    @Actor
    public void writer() {
      put(OTHERS[0], 1, true);
    }

    @Actor
    public void reader(II_Result result) {
      result.r1 = find(KEYS[0], 1);
      result.r2 = find(KEYS[1], 1);
    }
  }
}
