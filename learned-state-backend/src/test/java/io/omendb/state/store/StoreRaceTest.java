package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers of absent, deleted, just written and just overwritten keys, at new and old snapshots,
 * beside one writer of several keyspaces, with memtables that hold little, flushes, compactions and
 * checkpoints; with room in memory, and with a cache of a few blocks instead.
 *
 * <p>What a key is at a version follows from its number: of three neighbours the first is never
 * written; the others are born at the version of their number, rewritten every {@value
 * #REWRITE_DISTANCE} versions, and the second is deleted by its last write.
 */
class StoreRaceTest {

  private static final int REWRITE_DISTANCE = 97;
  private static final int WRITES_PER_KEY = 5;
  private static final int KEYSPACE_COUNT = 3;
  private static final int KEY_GROUP_COUNT = 4;
  private static final int READER_COUNT = 3;

  /** Set {@code -DraceVersions} for a long run. */
  private static final int VERSION_COUNT = Integer.getInteger("raceVersions", 6_000);

  /** Snapshots may be so much older than the newest. */
  private static final int SNAPSHOT_AGE_MAX = 1_500;

  @TempDir Path directory;

  /** Every version up to it is written. */
  private final AtomicLong written = new AtomicLong(-1);

  /** No snapshot below it begins. */
  private final AtomicLong oldest = new AtomicLong();

  /** The snapshot that each reader is at. */
  private final AtomicLongArray reading = new AtomicLongArray(READER_COUNT);

  private volatile boolean ended;

  private static boolean isNeverWritten(long number) {
    return number % 3 == 0;
  }

  /** The version of the newest write of a key at or below a version; -1 for none. */
  private static long newestWrite(long number, long version) {
    if (isNeverWritten(number) || version < number) {
      return -1;
    }
    long writes = Math.min(WRITES_PER_KEY - 1, (version - number) / REWRITE_DISTANCE);
    return number + writes * REWRITE_DISTANCE;
  }

  private static boolean isDeletion(long number, long write) {
    return number % 3 == 1 && write == number + (WRITES_PER_KEY - 1) * REWRITE_DISTANCE;
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static byte[] value(int keyspace, long number, long write) {
    return ByteBuffer.allocate(24 + (int) (number % 40))
        .putInt(keyspace)
        .putLong(number)
        .putLong(write)
        .array();
  }

  private static int keyGroup(long number) {
    return (int) (number % KEY_GROUP_COUNT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyReaderSeesItsSnapshotAndNothingElse(boolean largerThanMemory) throws Exception {
    Random random = Seeds.random("StoreRaceTest");
    StoreOptions options =
        StoreOptions.defaults()
            .withMemtableBytes(16 << 10)
            .withBlockBytes(512)
            .with(
                settings -> {
                  settings.partitionBytes = 32 << 10;
                  if (largerThanMemory) {
                    settings.systemMemoryBytes = 1;
                    settings.arenaAllocator = new BoundedMemory(1 << 20);
                    settings.files =
                        new ForgetfulFiles(() -> ThreadLocalRandom.current().nextInt(4) != 0);
                  }
                });
    ExecutorService threads = Executors.newFixedThreadPool(READER_COUNT + 1);
    try (LearnedStore store = LearnedStore.open(directory, options)) {
      store.readByKey(1);
      store.readByKey(2);
      List<Future<Long>> readers = new ArrayList<>();
      for (int reader = 0; reader < READER_COUNT; reader++) {
        readers.add(threads.submit(reader(store, reader, new Random(random.nextLong()))));
      }
      List<Future<?>> checkpoints = new ArrayList<>();
      try {
        for (long version = 0; version < VERSION_COUNT; version++) {
          write(store, version);
          written.set(version);
          afterWrite(store, version, threads, checkpoints);
          if (readers.stream().anyMatch(Future::isDone)) {
            break;
          }
        }
      } finally {
        ended = true;
      }
      for (Future<Long> reader : readers) {
        assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
      }
      for (Future<?> checkpoint : checkpoints) {
        checkpoint.get(60, TimeUnit.SECONDS);
      }
      assertThat(store.metrics().flushCount()).isGreaterThan(10);
      assertThat(store.metrics().compactionCount()).isPositive();
    } finally {
      threads.shutdownNow();
    }
  }

  private static void write(LearnedStore store, long version) {
    for (int writes = 0; writes < WRITES_PER_KEY; writes++) {
      long number = version - (long) writes * REWRITE_DISTANCE;
      if (number < 0 || isNeverWritten(number)) {
        continue;
      }
      for (int keyspace = 0; keyspace < KEYSPACE_COUNT; keyspace++) {
        if (isDeletion(number, version)) {
          store.delete(keyspace, keyGroup(number), key(number), version);
        } else {
          byte[] value = value(keyspace, number, version);
          store.put(keyspace, keyGroup(number), key(number), version, value);
        }
      }
    }
  }

  /** The horizon rises, the writer scans a keyspace read by key, checkpoints are taken. */
  private void afterWrite(
      LearnedStore store, long version, ExecutorService threads, List<Future<?>> checkpoints) {
    if (version % 200 == 0) {
      oldest.set(Math.max(0, version - SNAPSHOT_AGE_MAX));
      long needed = oldest.get();
      for (int reader = 0; reader < READER_COUNT; reader++) {
        needed = Math.min(needed, reading.get(reader));
      }
      for (int keyspace = 0; keyspace < KEYSPACE_COUNT; keyspace++) {
        store.setHorizon(keyspace, needed);
      }
    }
    if (version % 310 == 0) {
      scan(store, 2, version, version / 2);
    }
    if (version % 1_500 == 1_499) {
      StoreCheckpoint checkpoint = store.checkpoint();
      checkpoints.add(
          threads.submit(
              () -> {
                checkpoint.materialize();
                checkpoint.close();
                return null;
              }));
    }
  }

  private Callable<Long> reader(LearnedStore store, int reader, Random random) {
    return () -> {
      ValueBuffer buffer = new ValueBuffer();
      long count = 0;
      while (!ended) {
        long newest = written.get();
        int age = random.nextBoolean() ? 0 : random.nextInt(SNAPSHOT_AGE_MAX);
        long snapshot = Math.max(0, newest - age);
        reading.set(reader, snapshot);
        if (newest < 0 || snapshot < oldest.get()) {
          continue;
        }
        for (int i = 0; i < 20; i++) {
          read(store, random.nextInt(KEYSPACE_COUNT), number(random, snapshot), snapshot, buffer);
        }
        if (random.nextInt(50) == 0) {
          long from = Math.max(0, snapshot - random.nextInt(500));
          scan(store, random.nextInt(KEYSPACE_COUNT), snapshot, from);
        }
        count++;
      }
      return count;
    };
  }

  /** A key about to be born, just born, just rewritten or just deleted, or any. */
  private static long number(Random random, long snapshot) {
    long near = random.nextInt(6);
    return switch (random.nextInt(5)) {
      case 0 -> snapshot + near;
      case 1 -> Math.max(0, snapshot - near);
      case 2 ->
          Math.max(0, snapshot - near - (long) random.nextInt(WRITES_PER_KEY) * REWRITE_DISTANCE);
      case 3 -> Math.max(0, snapshot - near - (WRITES_PER_KEY - 1L) * REWRITE_DISTANCE);
      default -> random.nextLong(snapshot + 100);
    };
  }

  private static void read(
      LearnedStore store, int keyspace, long number, long snapshot, ValueBuffer buffer) {
    byte[] key = key(number);
    long write = newestWrite(number, snapshot);
    byte[] expected =
        write < 0 || isDeletion(number, write) ? null : value(keyspace, number, write);
    byte @Nullable [] found = store.get(keyspace, keyGroup(number), key, snapshot);
    assertThat(found).as("key %d of %d at %d", number, keyspace, snapshot).isEqualTo(expected);
    boolean copied = store.get(keyspace, keyGroup(number), key, key.length, snapshot, buffer);
    assertThat(copied).isEqualTo(expected != null);
    long version = store.newestVersion(keyspace, keyGroup(number), key, snapshot);
    if (expected != null || write < 0) {
      assertThat(version).as("of key %d at %d", number, snapshot).isEqualTo(write);
    } else {
      // A deletion at or below the horizon may have been forgotten.
      assertThat(version).as("of key %d at %d", number, snapshot).isIn(write, -1L);
    }
  }

  /** Some hundred keys of one key group, from a number on. */
  private static void scan(LearnedStore store, int keyspace, long snapshot, long from) {
    int keyGroup = keyGroup(from);
    long to = from + 400;
    List<Long> expected = new ArrayList<>();
    for (long number = from; number < to; number += KEY_GROUP_COUNT) {
      long write = newestWrite(number, snapshot);
      if (write >= 0 && !isDeletion(number, write)) {
        expected.add(number);
      }
    }
    List<Long> found = new ArrayList<>();
    try (StoreCursor cursor = store.scan(keyspace, keyGroup, key(from), key(to), snapshot)) {
      while (cursor.next()) {
        if (!cursor.isDeleted()) {
          long number = ByteBuffer.wrap(cursor.key()).getLong();
          found.add(number);
          assertThat(cursor.value())
              .as("key %d of %d at %d", number, keyspace, snapshot)
              .isEqualTo(value(keyspace, number, newestWrite(number, snapshot)));
        }
      }
    }
    assertThat(found).as("keys from %d at %d", from, snapshot).isEqualTo(expected);
  }
}
