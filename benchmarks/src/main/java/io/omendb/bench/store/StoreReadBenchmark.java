package io.omendb.bench.store;

import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Point reads and short scans, uniform over all keys, from each place where entries can be. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class StoreReadBenchmark {

  /** Where the entries are. */
  public enum Place {
    /** All in the active memtable. */
    MEMTABLE,
    /** All in one run, in the operating system's cache. */
    CACHED_RUN
  }

  private static final int SCANNED_KEYS = 100;

  @Param({"MEMTABLE", "CACHED_RUN"})
  public Place place = Place.MEMTABLE;

  @Param({"DENSE", "RANDOM", "TEXT"})
  public Keys keys = Keys.DENSE;

  @Param("1000000")
  public int keyCount;

  @Param("100")
  public int valueBytes;

  private Path directory = Path.of("");
  private @Nullable LearnedStore store;
  private byte[][] created = new byte[0][];

  @Setup(Level.Trial)
  public void fill() throws IOException {
    directory = Files.createTempDirectory("store-bench");
    StoreOptions options =
        StoreOptions.defaults().withMemtableBytes(place == Place.MEMTABLE ? 1 << 30 : 64 << 20);
    LearnedStore opened = LearnedStore.open(directory, options);
    created = new byte[keyCount][];
    byte[] value = new byte[valueBytes];
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = 0; i < keyCount; i++) {
      created[i] = keys.key(i);
      random.nextBytes(value);
      opened.put(0, 0, created[i], i, value);
    }
    if (place != Place.MEMTABLE) {
      opened.flush();
      opened.compact();
    }
    store = opened;
  }

  @TearDown(Level.Trial)
  public void delete() throws IOException {
    opened().close();
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    }
  }

  private LearnedStore opened() {
    if (store == null) {
      throw new IllegalStateException("the store is not open");
    }
    return store;
  }

  @Benchmark
  public byte @Nullable [] get() {
    byte[] key = created[ThreadLocalRandom.current().nextInt(keyCount)];
    return opened().get(0, 0, key, Long.MAX_VALUE);
  }

  /** A key beside one that exists: with dense keys it may exist as well. */
  @Benchmark
  public byte @Nullable [] getMissing() {
    byte[] key = created[ThreadLocalRandom.current().nextInt(keyCount)].clone();
    key[key.length - 1] = (byte) ~key[key.length - 1];
    return opened().get(0, 0, key, Long.MAX_VALUE);
  }

  /** Time per scan of 100 keys. */
  @Benchmark
  public long scan100() {
    byte[] from = created[ThreadLocalRandom.current().nextInt(keyCount)];
    long sum = 0;
    try (StoreCursor cursor = opened().scan(0, 0, from, null, Long.MAX_VALUE)) {
      for (int i = 0; i < SCANNED_KEYS && cursor.next(); i++) {
        sum += cursor.version() + cursor.value().length;
      }
    }
    return sum;
  }
}
