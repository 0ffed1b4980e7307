package io.omendb.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** Random operations on a store and on a {@link TreeMap} give the same reads. */
class StoreModelTest {

  private static final int KEYSPACE_COUNT = 3;
  private static final int KEY_GROUP_COUNT = 8;
  private static final int STEP_COUNT = 2500;

  @TempDir Path directory;

  private record Address(int keyspace, int keyGroup, byte[] key) implements Comparable<Address> {
    @Override
    public int compareTo(Address other) {
      return Comparator.<Address>comparingInt(a -> a.keyGroup)
          .thenComparingInt(a -> a.keyspace)
          .thenComparing(a -> a.key, Arrays::compareUnsigned)
          .compare(this, other);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Address address && compareTo(address) == 0;
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(key);
    }
  }

  private static final class Model {
    final TreeMap<Address, TreeMap<Long, byte @Nullable []>> entries = new TreeMap<>();
    final Map<Integer, Long> horizons = new HashMap<>();

    Model copy() {
      Model copy = new Model();
      entries.forEach((address, versions) -> copy.entries.put(address, new TreeMap<>(versions)));
      copy.horizons.putAll(horizons);
      return copy;
    }

    long horizon(int keyspace) {
      return horizons.getOrDefault(keyspace, 0L);
    }
  }

  private final Random random = Seeds.random("StoreModelTest");
  private int nextDirectory;
  private long newest = 1;
  private int keyKind;
  private List<Path> storeDirectories = new ArrayList<>();

  private StoreOptions options() {
    StoreOptions options =
        StoreOptions.defaults()
            .withMemtableBytes(4096 << random.nextInt(5))
            .withBlockBytes(64 << random.nextInt(5))
            .withFilterBitsPerKey(random.nextInt(3) * 5)
            .with(
                settings -> {
                  settings.partitionBytes = 1L << (8 + random.nextInt(8));
                  settings.compactionSpacePercent = 1 + random.nextInt(150);
                  settings.compactionTrigger = 2 + random.nextInt(3);
                  if (random.nextInt(3) == 0) {
                    // Larger than memory, with some memory of its own.
                    settings.systemMemoryBytes = 1;
                    settings.arenaAllocator = new BoundedMemory(2 << 20);
                    settings.files =
                        new ForgetfulFiles(() -> ThreadLocalRandom.current().nextInt(4) == 0);
                  }
                });
    return random.nextInt(3) == 0 ? options.withExecutor(Runnable::run) : options;
  }

  private Path freshDirectory() {
    Path fresh = directory.resolve("store" + nextDirectory++);
    storeDirectories.add(fresh);
    return fresh;
  }

  @RepeatedTest(12)
  void readsWhatAMapReads() throws IOException {
    keyKind = random.nextInt(3);
    LearnedStore store = LearnedStore.open(freshDirectory(), options());
    Model model = new Model();
    readByKey(store);
    for (int step = 0; step < STEP_COUNT; step++) {
      switch (random.nextInt(400)) {
        case 0 -> store.flush();
        case 1 -> store.compact();
        case 2 -> {
          int keyspace = random.nextInt(KEYSPACE_COUNT);
          long horizon = model.horizon(keyspace) + random.nextInt(20);
          model.horizons.merge(keyspace, Math.min(horizon, newest), Math::max);
          store.setHorizon(keyspace, Math.min(horizon, newest));
        }
        case 3 -> {
          if (random.nextInt(3) == 0) {
            int keyspace = random.nextInt(KEYSPACE_COUNT);
            store.dropKeyspace(keyspace);
            model.entries.keySet().removeIf(address -> address.keyspace == keyspace);
          }
        }
        case 4 -> {
          Model image = model.copy();
          StoreCheckpoint checkpoint = store.checkpoint();
          for (int i = random.nextInt(200); i > 0; i--) {
            write(store, model);
          }
          checkpoint.materialize();
          LearnedStore restored = reshard(checkpoint);
          checkpoint.close();
          compareAll(restored, image);
          if (random.nextBoolean()) {
            store.close();
            store = restored;
            model = image;
            readByKey(store);
          } else {
            restored.close();
          }
        }
        case 5 -> compareAll(store, model);
        case 6 -> {
          store.flush();
          store.close();
          store = LearnedStore.open(directoryOf(store), options());
          readByKey(store);
        }
        default -> {
          write(store, model);
          comparePoint(store, model, address(), readVersion(model));
        }
      }
    }
    compareAll(store, model);
    store.compact();
    compareAll(store, model);
    store.close();
    assertNoOrphans(store);
  }

  /** Some keyspaces are announced as read by key, which must change no answer. */
  private void readByKey(LearnedStore store) {
    for (int keyspace = 0; keyspace < KEYSPACE_COUNT; keyspace++) {
      if (random.nextBoolean()) {
        store.readByKey(keyspace);
      }
    }
  }

  private static Path directoryOf(LearnedStore store) {
    return store.core().directory;
  }

  private static void assertNoOrphans(LearnedStore store) throws IOException {
    Path directory = directoryOf(store);
    byte[] manifest = Files.readAllBytes(directory.resolve(StoreCore.MANIFEST));
    List<String> expected =
        Manifest.decode(manifest, "MANIFEST").runs().stream()
            .map(Manifest.Run::name)
            .distinct()
            .toList();
    try (var files = Files.list(directory)) {
      List<String> found =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> name.endsWith(".run"))
              .toList();
      assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  /** Splits an image into two stores, and joins those again. */
  private LearnedStore reshard(StoreCheckpoint whole) throws IOException {
    int split = 1 + random.nextInt(KEY_GROUP_COUNT - 1);
    List<RestoredImage> images = new ArrayList<>();
    List<StoreCheckpoint> halves = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      int first = half == 0 ? 0 : split;
      int last = half == 0 ? split - 1 : KEY_GROUP_COUNT - 1;
      LearnedStore store =
          LearnedStore.restore(freshDirectory(), options(), List.of(image(whole, first, last)));
      if (random.nextBoolean()) {
        store.compact();
      }
      StoreCheckpoint checkpoint = store.checkpoint();
      checkpoint.materialize();
      images.add(image(checkpoint, first, last));
      halves.add(checkpoint);
      store.close();
    }
    LearnedStore joined = LearnedStore.restore(freshDirectory(), options(), images);
    halves.forEach(StoreCheckpoint::close);
    return joined;
  }

  private static RestoredImage image(StoreCheckpoint checkpoint, int first, int last) {
    Map<String, Path> files =
        checkpoint.files().stream()
            .collect(Collectors.toMap(file -> String.valueOf(file.getFileName()), file -> file));
    return new RestoredImage(checkpoint.manifest(), files, first, last);
  }

  private Address address() {
    return new Address(
        random.nextInt(KEYSPACE_COUNT), random.nextInt(KEY_GROUP_COUNT), key(random.nextInt(60)));
  }

  private byte[] key(int number) {
    return switch (keyKind) {
      case 0 -> new byte[] {(byte) (number * 7)};
      case 1 ->
          ("a long common prefix, then " + "x".repeat(number % 5) + number)
              .getBytes(StandardCharsets.UTF_8);
      default -> {
        // Keys that are prefixes of each other, and zero bytes, which features cannot tell apart.
        byte[] key = new byte[number % 20];
        if (key.length > 0) {
          key[key.length - 1] = (byte) (number / 20);
        }
        yield key;
      }
    };
  }

  /** Writes above the horizon, in any order, or the newest version again. */
  private void write(LearnedStore store, Model model) {
    Address address = address();
    long horizon = model.horizon(address.keyspace);
    newest += random.nextInt(2);
    long version = Math.max(horizon + 1, newest - random.nextInt(6));
    newest = Math.max(newest, version);
    byte[] value = random.nextInt(5) == 0 ? null : new byte[random.nextInt(40)];
    if (value == null) {
      store.delete(address.keyspace, address.keyGroup, address.key, version);
    } else {
      random.nextBytes(value);
      store.put(address.keyspace, address.keyGroup, address.key, version, value);
    }
    model.entries.computeIfAbsent(address, any -> new TreeMap<>()).put(version, value);
  }

  private long readVersion(Model model) {
    long lowest = model.horizons.values().stream().mapToLong(h -> h).max().orElse(0);
    return lowest + random.nextInt((int) Math.max(1, newest - lowest + 2));
  }

  private static Map.@Nullable Entry<Long, byte @Nullable []> expected(
      Model model, Address address, long version) {
    TreeMap<Long, byte @Nullable []> versions = model.entries.get(address);
    return versions == null ? null : versions.floorEntry(version);
  }

  private void comparePoint(LearnedStore store, Model model, Address address, long version) {
    Map.Entry<Long, byte @Nullable []> expected = expected(model, address, version);
    byte[] value = store.get(address.keyspace, address.keyGroup, address.key, version);
    assertThat(value).isEqualTo(expected == null ? null : expected.getValue());
    long found = store.newestVersion(address.keyspace, address.keyGroup, address.key, version);
    if (expected == null) {
      assertThat(found).isEqualTo(-1);
    } else if (expected.getValue() != null || found != -1) {
      // A deletion at or below the horizon may be forgotten, or not yet.
      assertThat(found).isEqualTo(expected.getKey());
    } else {
      assertThat(expected.getKey()).isLessThanOrEqualTo(model.horizon(address.keyspace));
    }
  }

  private void compareAll(LearnedStore store, Model model) {
    long version = readVersion(model);
    for (int keyspace = 0; keyspace < KEYSPACE_COUNT; keyspace++) {
      for (int keyGroup = 0; keyGroup < KEY_GROUP_COUNT; keyGroup++) {
        byte[] from = random.nextInt(3) == 0 ? null : key(random.nextInt(60));
        byte[] to = random.nextInt(3) == 0 ? null : key(random.nextInt(60));
        assertThat(scanned(store, keyspace, keyGroup, from, to, version))
            .isEqualTo(expectedScan(model, keyspace, keyGroup, from, to, version));
        for (int number = 0; number < 60; number++) {
          comparePoint(store, model, new Address(keyspace, keyGroup, key(number)), version);
        }
      }
    }
  }

  private static List<String> scanned(
      LearnedStore store,
      int keyspace,
      int keyGroup,
      byte @Nullable [] from,
      byte @Nullable [] to,
      long version) {
    List<String> found = new ArrayList<>();
    try (StoreCursor cursor = store.scan(keyspace, keyGroup, from, to, version)) {
      while (cursor.next()) {
        if (!cursor.isDeleted()) {
          found.add(
              Arrays.toString(cursor.key())
                  + "@"
                  + cursor.version()
                  + "="
                  + Arrays.toString(cursor.value()));
        }
      }
      assertThat(cursor.next()).isFalse();
    }
    return found;
  }

  private static List<String> expectedScan(
      Model model,
      int keyspace,
      int keyGroup,
      byte @Nullable [] from,
      byte @Nullable [] to,
      long version) {
    List<String> expected = new ArrayList<>();
    model.entries.forEach(
        (address, versions) -> {
          Map.Entry<Long, byte @Nullable []> entry = versions.floorEntry(version);
          if (address.keyspace == keyspace
              && address.keyGroup == keyGroup
              && (from == null || Arrays.compareUnsigned(address.key, from) >= 0)
              && (to == null || Arrays.compareUnsigned(address.key, to) < 0)
              && entry != null
              && entry.getValue() != null) {
            expected.add(
                Arrays.toString(address.key)
                    + "@"
                    + entry.getKey()
                    + "="
                    + Arrays.toString(entry.getValue()));
          }
        });
    return expected;
  }
}
