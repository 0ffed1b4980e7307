package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks of stores that are larger than memory. */
class BlockCacheTest {

  private static final int FRAME_BYTES = 512;
  private static final int THREAD_COUNT = 4;

  @TempDir Path directory;

  /** A block's length and content follow from its number, so that any mixture is seen. */
  private static ByteBuffer block(long number) {
    int length = 8 + (int) (number % (FRAME_BYTES - 8));
    ByteBuffer content = ByteBuffer.allocate(length);
    for (int i = 0; i < length; i++) {
      content.put(i, (byte) (number * 31 + i));
    }
    return content;
  }

  @Test
  void whatIsReadIsWhatWasAddedWhoeverWritesMeanwhile() throws Exception {
    BoundedMemory memory = new BoundedMemory(1 << 20);
    BlockCache cache = Objects.requireNonNull(BlockCache.of(memory, FRAME_BYTES, 300 << 10));
    long seed = Seeds.random("BlockCacheTest").nextLong();
    ExecutorService threads = Executors.newFixedThreadPool(THREAD_COUNT);
    List<Future<Integer>> hits = new ArrayList<>();
    for (int thread = 0; thread < THREAD_COUNT; thread++) {
      Random random = new Random(seed + thread);
      hits.add(threads.submit(() -> readAndAdd(cache, random)));
    }
    int hitCount = 0;
    for (Future<Integer> hit : hits) {
      hitCount += hit.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    assertThat(hitCount).isPositive();
    assertThat(memory.usedBytes()).isPositive().isLessThanOrEqualTo(300 << 10);
    cache.release();
    assertThat(memory.usedBytes()).isZero();
  }

  private static int readAndAdd(BlockCache cache, Random random) {
    ByteBuffer target = ByteBuffer.allocateDirect(FRAME_BYTES);
    int hits = 0;
    for (int i = 0; i < 200_000; i++) {
      long number = (long) Math.abs(random.nextGaussian() * 500);
      ByteBuffer expected = block(number);
      if (cache.copyTo(number, expected.capacity(), target)) {
        hits++;
        assertThat(target.slice(0, expected.capacity())).isEqualTo(expected);
      } else {
        cache.add(number, expected, 0, expected.capacity());
      }
    }
    return hits;
  }

  @Test
  void blocksThatAreReadAgainStayWhileOthersPass() {
    BlockCache cache =
        Objects.requireNonNull(BlockCache.of(new BoundedMemory(1 << 20), FRAME_BYTES, 64 << 10));
    ByteBuffer target = ByteBuffer.allocateDirect(FRAME_BYTES);
    int kept = 0;
    for (long passing = 1_000; passing < 21_000; passing++) {
      for (long hot = 0; hot < 20; hot++) {
        ByteBuffer content = block(hot);
        if (cache.copyTo(hot, content.capacity(), target)) {
          kept++;
        } else {
          cache.add(hot, content, 0, content.capacity());
        }
      }
      ByteBuffer content = block(passing);
      cache.add(passing, content, 0, content.capacity());
    }
    assertThat(kept).isGreaterThan(20 * 20_000 * 9 / 10);
  }

  @Test
  void aStoreLargerThanMemoryReadsRightAndGivesAllMemoryBack() throws Exception {
    BoundedMemory memory = new BoundedMemory(4 << 20);
    StoreOptions options =
        StoreOptions.defaults()
            .with(
                settings -> {
                  settings.memtableBytes = 64 << 10;
                  settings.blockBytes = FRAME_BYTES;
                  settings.systemMemoryBytes = 1;
                  settings.arenaAllocator = memory;
                  settings.files = new ForgetfulFiles(() -> true);
                });
    Random random = Seeds.random("BlockCacheTest");
    int[] versions = new int[5_000];
    try (LearnedStore store = LearnedStore.open(directory, options)) {
      for (int step = 0; step < 200_000; step++) {
        int number = random.nextInt(versions.length);
        if (random.nextInt(4) == 0) {
          versions[number]++;
          store.put(1, number % 4, bytes(number), 1, bytes(number ^ versions[number]));
        } else {
          byte[] found = store.get(1, number % 4, bytes(number), 1);
          if (versions[number] == 0) {
            assertThat(found).isNull();
          } else {
            assertThat(found).isEqualTo(bytes(number ^ versions[number]));
          }
        }
        assertThat(memory.usedBytes()).isLessThanOrEqualTo(memory.bytesMax());
      }
      assertThat(store.metrics().positionedReadCount()).isPositive();
    }
    assertThat(memory.usedBytes()).isZero();
  }

  /** What a cursor reads after the store was closed is not kept in memory that was given back. */
  @Test
  void aCursorThatOutlivesItsStoreReadsOn() throws Exception {
    BoundedMemory memory = new BoundedMemory(4 << 20);
    LearnedStore store =
        LearnedStore.open(
            directory,
            StoreOptions.defaults()
                .with(
                    settings -> {
                      settings.memtableBytes = 64 << 10;
                      settings.blockBytes = FRAME_BYTES;
                      settings.systemMemoryBytes = 1;
                      settings.arenaAllocator = memory;
                      settings.files = new ForgetfulFiles(() -> true);
                    }));
    for (int number = 0; number < 3_000; number++) {
      store.put(1, 0, bytes(number), 1, bytes(number));
    }
    store.flush();
    StoreCursor cursor = store.scan(1, 0, null, null, 1);
    for (int number = 0; number < 1_000; number++) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.key()).isEqualTo(bytes(number));
    }
    store.close();
    for (int number = 1_000; number < 3_000; number++) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.value()).isEqualTo(bytes(number));
    }
    assertThat(cursor.next()).isFalse();
    cursor.close();
    assertThat(memory.usedBytes()).isZero();
  }

  /**
   * A cursor is in the middle of a block's read while its store gives its memory back: it has come
   * too late for the cache.
   */
  @Test
  void aCursorThatReadsWhileItsStoreClosesComesToNoCache() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicBoolean closing = new AtomicBoolean();
    AtomicReference<@Nullable Runnable> atFirstRelease = new AtomicReference<>();
    BoundedMemory memory =
        new BoundedMemory(4 << 20) {
          @Override
          public void release(ByteBuffer buffer) {
            Runnable action = closing.get() ? atFirstRelease.getAndSet(null) : null;
            if (action != null) {
              action.run();
            }
            super.release(buffer);
          }
        };
    Runnable beforeDeviceRead =
        () -> {
          if (closing.get()) {
            reading.countDown();
            await(closed);
          }
        };
    LearnedStore store =
        LearnedStore.open(
            directory,
            StoreOptions.defaults()
                .with(
                    settings -> {
                      settings.memtableBytes = 64 << 10;
                      settings.blockBytes = FRAME_BYTES;
                      settings.systemMemoryBytes = 1;
                      settings.arenaAllocator = memory;
                      settings.files = new ForgetfulFiles(() -> true, beforeDeviceRead);
                      settings.executor = Runnable::run;
                    }));
    for (int number = 0; number < 3_000; number++) {
      store.put(1, 0, bytes(number), 1, bytes(number));
    }
    store.flush();
    StoreCursor cursor = store.scan(1, 0, null, null, 1);
    assertThat(cursor.next()).isTrue();
    // A memtable that the cursor does not hold is given up when the store closes.
    store.put(2, 0, bytes(1), 1, bytes(1));
    store.flush();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    AtomicReference<@Nullable Future<Integer>> rest = new AtomicReference<>();
    atFirstRelease.set(
        () -> {
          rest.set(
              threads.submit(
                  () -> {
                    int count = 1;
                    while (cursor.next()) {
                      assertThat(cursor.value()).isEqualTo(bytes(count));
                      count++;
                    }
                    reading.countDown();
                    return count;
                  }));
          await(reading);
        });
    closing.set(true);
    store.close();
    closed.countDown();
    assertThat(Objects.requireNonNull(rest.get()).get(60, TimeUnit.SECONDS)).isEqualTo(3_000);
    threads.shutdown();
    cursor.close();
    assertThat(memory.usedBytes()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(int number) {
    return ByteBuffer.allocate(64).putInt(number).array();
  }
}
