package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Point reads of a memtable beside its writer, where they meet at the same slots. */
class MemtableRaceTest {

  private static final int READER_COUNT = 2;
  private static final int TABLE_COUNT = 600;

  /** Keys of one cluster; beyond half of the initial slots, so that the table grows. */
  private static final int CLUSTER_SIZE = 200;

  private static final long SECTION = Section.of(7, 3);

  /** One table, and how far it is written. */
  private static final class Round {
    private final ReadGuard guard = new ReadGuard();
    private final Memtable table = new Memtable(ArenaAllocator.direct(), 64 << 10, guard::retire);
    private volatile int written;
    private volatile boolean ended;
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static long hash(byte[] key) {
    return KeyHash.of(SECTION, key, 0, key.length);
  }

  /** Keys whose searches all begin at one slot of a new table, and, as the last, one more. */
  private static List<byte[]> cluster(Random random) {
    int slot = random.nextInt(256);
    List<byte[]> keys = new ArrayList<>();
    for (long number = random.nextInt(); keys.size() <= CLUSTER_SIZE; number++) {
      byte[] key = key(number);
      if (((int) (hash(key) >>> 32) & 255) == slot) {
        keys.add(key);
      }
    }
    return keys;
  }

  /** The search for the absent key ends at the empty slot that the writer fills next, each time. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAbsentKeyIsAbsentWhileItsSlotIsFilledWithAnother(boolean loose) throws Exception {
    List<byte[]> keys = cluster(Seeds.random("MemtableRaceTest"));
    byte[] absent = keys.remove(CLUSTER_SIZE);
    long hash = hash(absent);
    race(
        keys,
        loose,
        round -> {
          Lookup lookup = new Lookup();
          round.table.find(SECTION, absent, absent.length, hash, Long.MAX_VALUE, lookup);
          assertThat(lookup.version).as("version of an absent key").isEqualTo(-1);
        });
  }

  /** What was written before the read began is found, whatever grows meanwhile. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theKeyJustWrittenIsFoundWithItsValue(boolean loose) throws Exception {
    List<byte[]> keys = cluster(Seeds.random("MemtableRaceTest"));
    race(
        keys,
        loose,
        round -> {
          int last = round.written - 1;
          if (last >= 0) {
            byte[] key = keys.get(last);
            Lookup lookup = new Lookup();
            round.table.find(SECTION, key, key.length, hash(key), Long.MAX_VALUE, lookup);
            assertThat(lookup.version).isGreaterThanOrEqualTo(last);
            assertThat(lookup.value()).isEqualTo(key);
          }
        });
  }

  private interface Read {
    void in(Round round);
  }

  /** Writes the keys to one new table after the other, while readers read. */
  private static void race(List<byte[]> keys, boolean loose, Read read) throws Exception {
    AtomicReference<Round> current = new AtomicReference<>(new Round());
    CyclicBarrier start = new CyclicBarrier(READER_COUNT + 1);
    ExecutorService threads = Executors.newFixedThreadPool(READER_COUNT);
    try {
      List<Future<Long>> readers = new ArrayList<>();
      for (int i = 0; i < READER_COUNT; i++) {
        readers.add(threads.submit(reader(current, start, read)));
      }
      start.await();
      for (int number = 0; number < TABLE_COUNT; number++) {
        Round round = new Round();
        current.set(round);
        for (int i = 0; i < keys.size(); i++) {
          byte[] key = keys.get(i);
          round.table.put(SECTION, key, key.length, i, key, key.length, loose);
          round.written = i + 1;
        }
        if (readers.stream().anyMatch(Future::isDone)) {
          break;
        }
      }
      Objects.requireNonNull(current.get()).ended = true;
      for (Future<Long> reader : readers) {
        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Callable<Long> reader(
      AtomicReference<Round> current, CyclicBarrier start, Read read) {
    return () -> {
      start.await();
      long count = 0;
      while (true) {
        Round round = Objects.requireNonNull(current.get());
        int ticket = round.guard.enter();
        try {
          read.in(round);
        } finally {
          round.guard.exit(ticket);
        }
        count++;
        if (round.ended) {
          return count;
        }
      }
    };
  }
}
