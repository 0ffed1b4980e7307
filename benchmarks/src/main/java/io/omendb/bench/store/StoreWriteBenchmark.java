package io.omendb.bench.store;

import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
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

/**
 * Sustained writes with flushes and compactions beside them, so stalls are in the figures. The
 * horizon follows the writer, as for state without old snapshots.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class StoreWriteBenchmark {

  @Param({"DENSE", "RANDOM"})
  public Keys keys = Keys.DENSE;

  @Param("1000000")
  public int keyCount;

  @Param("100")
  public int valueBytes;

  private final SplittableRandom random = new SplittableRandom(1);
  private Path directory = Path.of("");
  private @Nullable LearnedStore store;
  private byte[][] created = new byte[0][];
  private byte[] value = new byte[0];
  private long version;

  @Setup(Level.Trial)
  public void open() throws IOException {
    directory = Files.createTempDirectory("store-bench");
    store = LearnedStore.open(directory, StoreOptions.defaults());
    created = new byte[keyCount][];
    for (int i = 0; i < keyCount; i++) {
      created[i] = keys.key(i);
    }
    value = new byte[valueBytes];
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

  /** Rewrites a random key. */
  @Benchmark
  public void put() {
    LearnedStore opened = opened();
    version++;
    if ((version & 0xFFFF) == 0) {
      opened.setHorizon(0, version);
    }
    opened.put(0, 0, created[random.nextInt(keyCount)], version, value);
  }

  /** Writes the keys in order of creation, again and again. */
  @Benchmark
  public void putInOrder() {
    LearnedStore opened = opened();
    version++;
    if ((version & 0xFFFF) == 0) {
      opened.setHorizon(0, version);
    }
    opened.put(0, 0, created[(int) (version % keyCount)], version, value);
  }
}
