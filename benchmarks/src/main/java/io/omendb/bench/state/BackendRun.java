package io.omendb.bench.state;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/**
 * Loads one backend and measures each operation on it, all on the calling thread, as in a task.
 * Keys are drawn before the clock starts, a batch at a time.
 */
final class BackendRun {

  private static final int BATCH_OPERATIONS = 20_000;
  private static final int SCAN_BATCH_OPERATIONS = 500;
  private static final int SAMPLE_EVERY = 16;
  private static final int SCAN_ENTRIES = 20;
  private static final int SCAN_KEYS_MAX = 20_000;

  private final StateBackendsOptions options;
  private final OpenBackend open;
  private final AbstractKeyedStateBackend<Object> backend;
  private final ValueState<byte[]> values;
  private final MapState<Integer, byte[]> maps;
  private final SplittableRandom random = new SplittableRandom(42);
  private final Access.Sampler sampler;
  private final byte[] noise;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private long blackHole;

  BackendRun(OpenBackend open, StateBackendsOptions options) throws Exception {
    this.open = open;
    this.options = options;
    this.backend = open.keyed();
    this.values =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            new ValueStateDescriptor<>("values", BytePrimitiveArraySerializer.INSTANCE));
    this.maps =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            new MapStateDescriptor<>(
                "maps", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE));
    this.sampler = options.access().sampler(options.keyCount());
    this.noise = new byte[options.valueBytes() + 4096];
    random.nextBytes(noise);
  }

  /** A value that differs from one write to the next and does not compress. */
  private byte[] value() {
    int from = random.nextInt(4096);
    return Arrays.copyOfRange(noise, from, from + options.valueBytes());
  }

  void run(PrintStream out) throws Exception {
    long start = System.nanoTime();
    load();
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf("LOAD %.0f%n", options.keyCount() / seconds);
    readAll(options.readAllMax().toNanos());
    for (Operation operation : options.operations()) {
      if (operation == Operation.SCAN) {
        loadMaps();
      }
      measure(operation, options.warmUp().toNanos());
      List<Measurement> rounds = new ArrayList<>();
      for (int i = 0; i < options.rounds(); i++) {
        rounds.add(measure(operation, options.round().toNanos()));
      }
      out.println("RESULT " + Measurement.median(operation, rounds).encode());
      if (operation == Operation.GET) {
        out.println("DISK " + open.diskBytes());
        out.println("FINDING " + open.findingBytes());
      }
    }
    out.println("DISK-AFTER " + open.diskBytes());
    out.println("CHECK " + (blackHole & 1));
  }

  /** In an order that has nothing to do with that of the keys. */
  private void load() throws Exception {
    boolean inOrder = options.keySet() == KeySet.SEQUENTIAL || options.access() == Access.LATEST;
    for (long i = 0; i < options.keyCount(); i++) {
      long number = inOrder ? i : Scatter.of(i, options.keyCount());
      backend.setCurrentKey(options.keySet().key(number));
      values.update(value());
    }
  }

  /** Brings into the caches what fits: reads each key once, or as many as the time allows. */
  private void readAll(long nanosMax) throws Exception {
    long end = System.nanoTime() + nanosMax;
    for (long i = 0; i < options.keyCount() && System.nanoTime() < end; i++) {
      backend.setCurrentKey(options.keySet().key(Scatter.of(i, options.keyCount())));
      if (values.value() == null) {
        throw new IllegalStateException("key %d is missing".formatted(i));
      }
    }
  }

  private void loadMaps() throws Exception {
    long count = Math.min(options.keyCount(), SCAN_KEYS_MAX);
    for (int entry = 0; entry < SCAN_ENTRIES; entry++) {
      for (long i = 0; i < count; i++) {
        backend.setCurrentKey(options.keySet().key(i));
        maps.put(entry, value());
      }
    }
  }

  private Measurement measure(Operation operation, long nanosMin) throws Exception {
    int batch = operation == Operation.SCAN ? SCAN_BATCH_OPERATIONS : BATCH_OPERATIONS;
    Object[] keys = new Object[batch];
    boolean[] writes = new boolean[batch];
    byte[][] written = new byte[batch][];
    long[] samples = new long[1024];
    int sampleCount = 0;
    long nanos = 0;
    long cpu = 0;
    long operations = 0;
    while (nanos < nanosMin) {
      draw(operation, keys, writes, written);
      long cpuStart = threads.getCurrentThreadCpuTime();
      long start = System.nanoTime();
      for (int i = 0; i < batch; i++) {
        if (i % SAMPLE_EVERY == 0) {
          long before = System.nanoTime();
          perform(operation, keys[i], writes[i], written[i]);
          if (sampleCount == samples.length) {
            samples = Arrays.copyOf(samples, 2 * sampleCount);
          }
          samples[sampleCount++] = System.nanoTime() - before;
        } else {
          perform(operation, keys[i], writes[i], written[i]);
        }
      }
      nanos += System.nanoTime() - start;
      cpu += threads.getCurrentThreadCpuTime() - cpuStart;
      operations += batch;
    }
    Arrays.sort(samples, 0, sampleCount);
    return new Measurement(
        operation,
        operations * 1e9 / nanos,
        cpu / operations,
        samples[sampleCount / 2],
        samples[(int) (sampleCount * 0.99)]);
  }

  private void draw(Operation operation, Object[] keys, boolean[] writes, byte[][] written) {
    for (int i = 0; i < keys.length; i++) {
      long number =
          switch (operation) {
            case MISSING -> KeySet.MISSING + random.nextLong(options.keyCount());
            case SCAN -> random.nextLong(Math.min(options.keyCount(), SCAN_KEYS_MAX));
            default -> sampler.next(random);
          };
      keys[i] = options.keySet().key(number);
      writes[i] = random.nextInt(100) < operation.writePercent;
      if (writes[i]) {
        written[i] = value();
      }
    }
  }

  private void perform(Operation operation, Object key, boolean write, byte[] value)
      throws Exception {
    backend.setCurrentKey(key);
    if (operation == Operation.SCAN) {
      int entries = 0;
      for (Map.Entry<Integer, byte[]> entry : maps.entries()) {
        blackHole += entry.getKey() + entry.getValue().length;
        entries++;
      }
      if (entries != SCAN_ENTRIES) {
        throw new IllegalStateException(
            "expected %d entries of %s, got %d".formatted(SCAN_ENTRIES, key, entries));
      }
      return;
    }
    if (!write || operation == Operation.READ_MODIFY_WRITE) {
      byte[] found = values.value();
      if ((found == null) != (operation == Operation.MISSING)) {
        throw new IllegalStateException("wrong answer for " + key);
      }
      blackHole += found == null ? 1 : found[found.length - 1];
      if (operation == Operation.READ_MODIFY_WRITE) {
        found[0]++;
        values.update(found);
      }
    }
    if (write && operation != Operation.READ_MODIFY_WRITE) {
      values.update(value);
    }
  }
}
