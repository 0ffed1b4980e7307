package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers race one writer, flushes, compactions and checkpoints. Version v of the store gives every
 * key the newest multiple of its own step at or below v, so a reader can compute what it must see.
 */
class StoreConcurrencyTest {

  private static final int KEY_COUNT = 500;
  private static final int READER_COUNT = 3;
  private static final long VERSION_COUNT = 60_000;
  private static final int HORIZON_DISTANCE = 2_000;

  @TempDir Path directory;

  private final AtomicLong watermark = new AtomicLong(-1);
  private final AtomicLong horizon = new AtomicLong();

  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  private static byte[] value(int number, long version) {
    return ByteBuffer.allocate(16 + number % 50).putLong(version).putInt(number).array();
  }

  private static byte @Nullable [] expected(int number, long version) {
    long newest = version < number ? -1 : version - (version - number) % KEY_COUNT;
    if (newest < 0) {
      return null;
    }
    return newest / KEY_COUNT % 7 == 3 ? null : value(number, newest);
  }

  @Test
  void readersSeeTheirSnapshot() throws IOException, InterruptedException, ExecutionException {
    readWhileWriting(false);
  }

  /** The writer scans now and then, which puts in order what was written without. */
  @Test
  void readersSeeTheirSnapshotOfAKeyspaceReadByKey()
      throws IOException, InterruptedException, ExecutionException {
    readWhileWriting(true);
  }

  private void readWhileWriting(boolean byKey)
      throws IOException, InterruptedException, ExecutionException {
    Random random = Seeds.random("StoreConcurrencyTest");
    StoreOptions options = StoreOptions.defaults().withMemtableBytes(64 << 10).withBlockBytes(512);
    ExecutorService threads = Executors.newFixedThreadPool(READER_COUNT + 1);
    try (LearnedStore store = LearnedStore.open(directory, options)) {
      if (byKey) {
        store.readByKey(1);
      }
      List<Future<Long>> readers = new ArrayList<>();
      for (int i = 0; i < READER_COUNT; i++) {
        readers.add(threads.submit(reader(store, new Random(random.nextLong()), i == 0)));
      }
      List<Future<?>> checkpoints = new ArrayList<>();
      for (long version = 0; version < VERSION_COUNT; version++) {
        int number = (int) (version % KEY_COUNT);
        if (version / KEY_COUNT % 7 == 3) {
          store.delete(1, 0, key(number), version);
        } else {
          store.put(1, 0, key(number), version, value(number, version));
        }
        watermark.set(version);
        if (byKey && version % 5000 == 2000) {
          scan(store, version, random.nextInt(KEY_COUNT));
        }
        if (version % 1000 == 999) {
          long next = Math.max(0, version - HORIZON_DISTANCE);
          horizon.set(next);
          // Readers that took their snapshot before may still be under way.
          store.setHorizon(1, Math.max(0, next - HORIZON_DISTANCE));
        }
        if (version % 7000 == 6999) {
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
      watermark.set(Long.MAX_VALUE);
      for (Future<?> checkpoint : checkpoints) {
        checkpoint.get();
      }
      for (Future<Long> reader : readers) {
        assertThat(reader.get()).isPositive();
      }
      assertThat(store.metrics().flushCount()).isGreaterThan(10);
      assertThat(store.metrics().compactionCount()).isPositive();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Reads at a snapshot between horizon and watermark; interrupts itself now and then. */
  private Callable<Long> reader(LearnedStore store, Random random, boolean interrupts) {
    return () -> {
      long readCount = 0;
      while (true) {
        long newest = watermark.get();
        if (newest == Long.MAX_VALUE) {
          return readCount;
        }
        if (newest < 0) {
          Thread.onSpinWait();
          continue;
        }
        long version = Math.max(horizon.get(), newest - random.nextInt(500));
        if (readCount % 50 == 0) {
          scan(store, version, random.nextInt(KEY_COUNT));
        } else {
          if (interrupts && random.nextInt(100) == 0) {
            Thread.currentThread().interrupt();
          }
          int number = random.nextInt(KEY_COUNT);
          byte[] found = store.get(1, 0, key(number), version);
          boolean ignored = Thread.interrupted();
          assertSnapshot(number, version, found);
        }
        readCount++;
      }
    };
  }

  private void scan(LearnedStore store, long version, int from) {
    try (StoreCursor cursor = store.scan(1, 0, key(from), null, version)) {
      int number = from;
      while (cursor.next()) {
        int shown = ByteBuffer.wrap(cursor.key()).getInt();
        for (; number < shown; number++) {
          assertSnapshot(number, version, null);
        }
        assertSnapshot(shown, version, cursor.isDeleted() ? null : cursor.value());
        number++;
      }
      assertThat(number == KEY_COUNT || version < KEY_COUNT || isPassed(version)).isTrue();
    }
  }

  /** Whether a slow reader was overtaken, so that its snapshot may be forgotten by now. */
  private boolean isPassed(long version) {
    return version < horizon.get() - HORIZON_DISTANCE;
  }

  private void assertSnapshot(int number, long version, byte @Nullable [] found) {
    if (!isPassed(version)) {
      assertThat(found).as("key %d at %d", number, version).isEqualTo(expected(number, version));
    }
  }
}
