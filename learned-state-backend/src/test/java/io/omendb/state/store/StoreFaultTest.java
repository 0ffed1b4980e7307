package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes, syncs, renames and links that fail. */
class StoreFaultTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir Path directory;

  private final Random random = Seeds.random("StoreFaultTest");
  private final FaultyFiles files = new FaultyFiles(random);

  private StoreOptions options() {
    return StoreOptions.defaults().withMemtableBytes(8 << 10).withBlockBytes(256).withFiles(files);
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  /** After any single failure the directory opens again, with a prefix of what was written. */
  @RepeatedTest(60)
  void aDirectoryOpensAfterAnyFailure() throws IOException {
    LearnedStore store = LearnedStore.open(directory, options().withExecutor(Runnable::run));
    long version = 1;
    files.failAfter(random.nextInt(120), random.nextBoolean());
    int durable = 0;
    int written = 0;
    try {
      for (; written < 3000; written++) {
        store.put(1, written % 4, key(written), version + written, key(written));
        if (written % 500 == 499) {
          store.flush();
          durable = written;
        }
      }
    } catch (IOException | RuntimeException e) {
      assertThat(e).hasStackTraceContaining("injected failure");
    }
    store.close();
    files.heal();
    try (LearnedStore again = LearnedStore.open(directory, options())) {
      boolean gone = false;
      for (int i = 0; i <= written; i++) {
        byte[] value = again.get(1, i % 4, key(i), Long.MAX_VALUE);
        if (value == null) {
          gone = true;
          assertThat(i).isGreaterThan(durable == 0 ? -1 : durable);
        } else {
          assertThat(gone).as("entry %d after one that is missing", i).isFalse();
          assertThat(value).isEqualTo(key(i));
        }
      }
    }
  }

  /** Flushes, compactions and the writer wait; who reads sees everything. */
  @RepeatedTest(5)
  void aFullDiskDelaysTheStoreAndReadsGoOn() throws Exception {
    int count = 20_000;
    AtomicInteger written = new AtomicInteger();
    try (LearnedStore store = LearnedStore.open(directory, options())) {
      int fullAt = random.nextInt(5_000);
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; i < count; i++) {
                  if (i == fullAt) {
                    files.fillUp();
                  }
                  store.put(1, i % 4, key(i), 1 + i, new byte[200]);
                  written.set(i + 1);
                }
              });
      writer.start();
      await().atMost(PATIENCE).until(() -> written.get() > fullAt);
      await().atMost(PATIENCE).until(() -> isWaiting(writer));
      int before = written.get();
      assertThat(before).isLessThan(count);
      for (int i = 0; i < before; i++) {
        assertThat(store.get(1, i % 4, key(i), Long.MAX_VALUE)).as("entry %d", i).isNotNull();
      }
      files.heal();
      writer.join();
      assertThat(written).hasValue(count);
      store.flush();
    }
    try (LearnedStore again = LearnedStore.open(directory, options())) {
      for (int i = 0; i < count; i++) {
        assertThat(again.get(1, i % 4, key(i), Long.MAX_VALUE)).as("entry %d", i).isNotNull();
      }
    }
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        || thread.getState() == Thread.State.WAITING;
  }

  @Test
  void aStoreThatWaitsForRoomCanBeClosed() throws IOException {
    LearnedStore store = LearnedStore.open(directory, options());
    files.fillUp();
    for (int i = 0; i < 100; i++) {
      store.put(1, 0, key(i), 1 + i, new byte[100]);
    }
    store.close();
    files.heal();
  }

  @Test
  void aFailedBackgroundTaskPoisonsTheStore() throws IOException {
    LearnedStore store = LearnedStore.open(directory, options());
    files.failAfter(0, true);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000_000; i++) {
                store.put(1, 0, key(i), i, new byte[100]);
              }
            })
        .isInstanceOfAny(IllegalStateException.class, UncheckedIOException.class)
        .hasRootCauseInstanceOf(FaultyFiles.InjectedException.class);
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> store.get(1, 0, key(1), 5))
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseInstanceOf(FaultyFiles.InjectedException.class));
    assertThatThrownBy(() -> store.put(1, 0, key(1), 5, key(1)))
        .hasRootCauseInstanceOf(FaultyFiles.InjectedException.class);
    assertThatThrownBy(() -> store.scan(1, 0, null, null, 5))
        .hasRootCauseInstanceOf(FaultyFiles.InjectedException.class);
    assertThatThrownBy(store::checkpoint)
        .hasRootCauseInstanceOf(FaultyFiles.InjectedException.class);
    store.close();
  }

  @Test
  void anExecutorThatRefusesWorkPoisonsTheStore() throws IOException {
    LearnedStore store =
        LearnedStore.open(
            directory,
            options()
                .withExecutor(
                    task -> {
                      throw new RejectedExecutionException("shut down");
                    }));
    store.put(1, 0, key(1), 1, key(1));
    assertThatThrownBy(store::checkpoint).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.get(1, 0, key(1), 1)).isInstanceOf(IllegalStateException.class);
    store.close();
  }

  /** A checkpoint that could not be written may be tried again; nothing is lost. */
  @Test
  void aFailedMaterializationLeavesTheStoreWhole() throws IOException {
    // No background work: the checkpoint meets the failure itself.
    LearnedStore store = LearnedStore.open(directory, options().withExecutor(task -> {}));
    store.put(1, 0, key(1), 1, key(7));
    StoreCheckpoint checkpoint = store.checkpoint();
    files.failAfter(1, false);
    assertThatThrownBy(checkpoint::materialize).isInstanceOf(FaultyFiles.InjectedException.class);
    assertThat(store.get(1, 0, key(1), 1)).isEqualTo(key(7));
    checkpoint.materialize();
    checkpoint.close();
    store.close();
  }

  @RepeatedTest(10)
  void aFailedRestoreLeavesNothingOpen() throws IOException {
    Path source = directory.resolve("source");
    LearnedStore store = LearnedStore.open(source, options().withExecutor(Runnable::run));
    for (int i = 0; i < 1000; i++) {
      store.put(1, i % 8, key(i), i, new byte[20]);
    }
    StoreCheckpoint checkpoint = store.checkpoint();
    checkpoint.materialize();
    Map<String, Path> byName =
        checkpoint.files().stream()
            .collect(Collectors.toMap(file -> String.valueOf(file.getFileName()), file -> file));
    RestoredImage image = new RestoredImage(checkpoint.manifest(), byName, 0, 7);
    files.failAfter(random.nextInt(byName.size() + 3), false);
    Path target = directory.resolve("target");
    assertThatThrownBy(() -> LearnedStore.restore(target, options(), List.of(image)))
        .isInstanceOf(FaultyFiles.InjectedException.class);
    files.heal();
    for (Path file : byName.values()) {
      assertThat(Files.exists(file)).isTrue();
    }
    checkpoint.close();
    store.close();
  }
}
