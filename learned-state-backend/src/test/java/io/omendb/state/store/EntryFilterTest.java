package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rewrites leave out what a filter lets go, and nothing else: against a map, over random writes,
 * flushes, compactions and checkpoints. Values are the time at which they were written and a
 * number; the filter lets go what is too old.
 */
class EntryFilterTest {

  private static final int FILTERED = 0;
  private static final int UNFILTERED = 1;
  private static final int KEY_GROUPS = 3;
  private static final int KEYS = 25;
  private static final int LIFETIME = 300;

  @TempDir Path directory;

  private final Random random = Seeds.random("EntryFilterTest");
  private final AtomicInteger now = new AtomicInteger();
  private final EntryFilter filter =
      () -> (source, offset, length) -> isExpired(source.getInt(offset));

  private record Address(int keyspace, int keyGroup, int key) {
    byte[] bytes() {
      return new byte[] {(byte) key};
    }
  }

  private final Map<Address, TreeMap<Long, byte @Nullable []>> model = new HashMap<>();
  private long version = 1;
  private long horizon;
  private int written;

  private boolean isExpired(int writtenAt) {
    return now.get() - writtenAt >= LIFETIME;
  }

  private boolean isExpired(byte[] value) {
    return isExpired(ByteBuffer.wrap(value).getInt());
  }

  private StoreOptions options() {
    StoreOptions options =
        StoreOptions.defaults()
            .withMemtableBytes(4096 << random.nextInt(3))
            .withBlockBytes(64 << random.nextInt(4));
    return random.nextBoolean() ? options.withExecutor(Runnable::run) : options;
  }

  @RepeatedTest(12)
  void neitherResurrectsNorLoses() throws IOException {
    try (LearnedStore store = LearnedStore.open(directory.resolve("store"), options())) {
      store.filter(FILTERED, filter, 0);
      for (int step = 0; step < 3000; step++) {
        now.incrementAndGet();
        switch (random.nextInt(300)) {
          case 0 -> store.flush();
          case 1 -> store.compact();
          case 2 -> raiseHorizon(store);
          case 3 -> store.core().flushOldest(1);
          case 4 -> restoreAndCompare(store);
          case 5 -> compareAll(store);
          case 6 -> {
            store.stopFiltering(FILTERED);
            store.filter(FILTERED, filter, 0);
          }
          default -> write(store);
        }
      }
      compareAll(store);
      raiseHorizon(store);
      now.addAndGet(LIFETIME / 2);
      store.flush();
      store.compact();
      compareAll(store);
      assertThatNothingExpiredIsLeft(store);
      now.addAndGet(LIFETIME);
      store.compact();
      compareAll(store);
      assertThatNothingExpiredIsLeft(store);
      assertThat(store.metrics().entriesFilteredCount()).isPositive();
    }
  }

  private void write(LearnedStore store) {
    Address address =
        new Address(random.nextInt(2), random.nextInt(KEY_GROUPS), random.nextInt(KEYS));
    version += random.nextInt(2);
    byte[] value =
        random.nextInt(6) == 0
            ? null
            : ByteBuffer.allocate(8).putInt(now.get()).putInt(written++).array();
    if (value == null) {
      store.delete(address.keyspace, address.keyGroup, address.bytes(), version);
    } else {
      store.put(address.keyspace, address.keyGroup, address.bytes(), version, value);
    }
    model.computeIfAbsent(address, any -> new TreeMap<>()).put(version, value);
  }

  private void raiseHorizon(LearnedStore store) {
    horizon = Math.max(horizon, version - random.nextInt(40));
    version = Math.max(version, horizon + 1);
    store.setHorizon(FILTERED, horizon);
    store.setHorizon(UNFILTERED, horizon);
  }

  private void compareAll(LearnedStore store) {
    for (int keyspace = 0; keyspace < 2; keyspace++) {
      for (int group = 0; group < KEY_GROUPS; group++) {
        for (int key = 0; key < KEYS; key++) {
          Address address = new Address(keyspace, group, key);
          compare(store, address, horizon);
          compare(store, address, horizon + random.nextInt((int) (version - horizon) + 1));
          compare(store, address, version);
        }
      }
    }
  }

  private void compare(LearnedStore store, Address address, long at) {
    byte[] found = store.get(address.keyspace, address.keyGroup, address.bytes(), at);
    TreeMap<Long, byte @Nullable []> versions = model.get(address);
    Map.Entry<Long, byte @Nullable []> entry = versions == null ? null : versions.floorEntry(at);
    byte[] expected = entry == null ? null : entry.getValue();
    boolean mayHaveGone =
        address.keyspace == FILTERED
            && entry != null
            && entry.getKey() <= horizon
            && expected != null
            && isExpired(expected);
    if (!mayHaveGone || found != null) {
      assertThat(found).as("%s at %d", address, at).isEqualTo(expected);
    }
  }

  private void restoreAndCompare(LearnedStore store) throws IOException {
    try (StoreCheckpoint checkpoint = store.checkpoint()) {
      checkpoint.materialize();
      Map<String, Path> files =
          checkpoint.files().stream()
              .collect(Collectors.toMap(file -> String.valueOf(file.getFileName()), file -> file));
      RestoredImage image = new RestoredImage(checkpoint.manifest(), files, 0, KEY_GROUPS - 1);
      if (random.nextBoolean()) {
        // The image keeps what it has, whatever the store does.
        now.addAndGet(LIFETIME / 3);
        store.compact();
      }
      try (LearnedStore restored =
          LearnedStore.restore(
              directory.resolve("restored" + now), options(), java.util.List.of(image))) {
        compareAll(restored);
        restored.compact();
        compareAll(restored);
        restored.filter(FILTERED, filter, 0);
        restored.compact();
        compareAll(restored);
      }
    }
  }

  private void assertThatNothingExpiredIsLeft(LearnedStore store) {
    for (int group = 0; group < KEY_GROUPS; group++) {
      try (StoreCursor cursor = store.scan(FILTERED, group, null, null, horizon)) {
        while (cursor.next()) {
          assertThat(cursor.isDeleted() || !isExpired(cursor.value())).isTrue();
        }
      }
    }
  }

  @Test
  void whatIsExpiredHidesOlderVersionsInOlderRuns() throws IOException {
    try (LearnedStore store =
        LearnedStore.open(
            directory.resolve("store"), StoreOptions.defaults().withExecutor(task -> {}))) {
      store.filter(FILTERED, filter, 0);
      byte[] key = {1};
      now.set(LIFETIME);
      store.put(FILTERED, 0, key, 1, ByteBuffer.allocate(4).putInt(LIFETIME).array());
      store.flush();
      store.put(FILTERED, 0, key, 2, ByteBuffer.allocate(4).putInt(0).array());
      store.setHorizon(FILTERED, 2);
      store.flush();
      assertThat(store.get(FILTERED, 0, key, 2)).isNull();
      assertThat(store.newestVersion(FILTERED, 0, key, 2)).isEqualTo(2);
      store.compact();
      assertThat(store.statistics().entryCount()).isZero();
      assertThat(store.get(FILTERED, 0, key, 2)).isNull();
    }
  }

  @Test
  void entriesOlderThanTheFilterAreNotShownToIt() throws IOException {
    try (LearnedStore store =
        LearnedStore.open(
            directory.resolve("store"), StoreOptions.defaults().withExecutor(task -> {}))) {
      now.set(2 * LIFETIME);
      byte[] expired = ByteBuffer.allocate(4).putInt(0).array();
      store.put(FILTERED, 0, new byte[] {1}, 1, expired);
      store.put(FILTERED, 0, new byte[] {2}, 2, expired);
      store.setHorizon(FILTERED, 2);
      store.filter(FILTERED, filter, 2);
      store.flush();
      store.compact();
      assertThat(store.get(FILTERED, 0, new byte[] {1}, 2)).isEqualTo(expired);
      assertThat(store.get(FILTERED, 0, new byte[] {2}, 2)).isNull();
      store.filter(FILTERED, filter, 0);
      store.dropKeyspace(FILTERED);
      store.put(FILTERED, 0, new byte[] {1}, 3, expired);
      store.setHorizon(FILTERED, 3);
      store.flush();
      assertThat(store.get(FILTERED, 0, new byte[] {1}, 3)).isEqualTo(expired);
    }
  }
}
