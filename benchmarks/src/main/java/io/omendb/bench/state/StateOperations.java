package io.omendb.bench.state;

import java.util.Arrays;
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
 * The states of one backend, how they are loaded, and single operations on them, which check what
 * they find. One thread's, the task's.
 */
final class StateOperations {

  private static final int SCAN_ENTRIES = 20;
  private static final int SCAN_KEYS_MAX = 20_000;
  private static final int LARGE_MAP_ENTRIES = 10_000;
  private static final int LARGE_MAPS = 20;
  private static final int NOISE_BYTES = 4096;

  /** Operations drawn before the clock starts. */
  record Batch(Operation operation, Object[] keys, boolean[] writes, byte[][] written) {}

  private final StateBackendsOptions options;
  private final AbstractKeyedStateBackend<Object> backend;
  private final ValueState<byte[]> values;
  private final MapState<Integer, byte[]> maps;
  private final MapState<Integer, byte[]> largeMaps;
  private final SplittableRandom random = new SplittableRandom(42);
  private final Access.Sampler sampler;
  private final byte[] noise;
  private long blackHole;

  StateOperations(OpenBackend open, StateBackendsOptions options) throws Exception {
    this.options = options;
    this.backend = open.keyed();
    this.values =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            new ValueStateDescriptor<>("values", BytePrimitiveArraySerializer.INSTANCE));
    this.maps = maps("maps");
    this.largeMaps = maps("large-maps");
    this.sampler = options.access().sampler(options.keyCount());
    this.noise = new byte[options.valueBytes() + NOISE_BYTES];
    random.nextBytes(noise);
  }

  private MapState<Integer, byte[]> maps(String name) throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        new MapStateDescriptor<>(
            name, IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE));
  }

  /** A value that differs from one write to the next and does not compress. */
  private byte[] value() {
    int from = random.nextInt(NOISE_BYTES);
    return Arrays.copyOfRange(noise, from, from + options.valueBytes());
  }

  /** In an order that has nothing to do with that of the keys. */
  void load() throws Exception {
    boolean inOrder = options.keySet() == KeySet.SEQUENTIAL || options.access() == Access.LATEST;
    for (long i = 0; i < options.keyCount(); i++) {
      put(inOrder ? i : Scatter.of(i, options.keyCount()));
    }
  }

  void put(long number) throws Exception {
    backend.setCurrentKey(options.keySet().key(number));
    values.update(value());
  }

  boolean has(long number) throws Exception {
    backend.setCurrentKey(options.keySet().key(number));
    return values.value() != null;
  }

  /** Brings into the caches what fits: reads each key once, or as many as the time allows. */
  void readAll(long nanosMax) throws Exception {
    long end = System.nanoTime() + nanosMax;
    for (long i = 0; i < options.keyCount() && System.nanoTime() < end; i++) {
      if (!has(Scatter.of(i, options.keyCount()))) {
        throw new IllegalStateException("key %d is missing".formatted(i));
      }
    }
  }

  private long mapCount(Operation operation) {
    return Math.min(options.keyCount(), operation == Operation.SCAN ? SCAN_KEYS_MAX : LARGE_MAPS);
  }

  void loadMaps(Operation operation) throws Exception {
    MapState<Integer, byte[]> state = operation == Operation.SCAN ? maps : largeMaps;
    int entries = operation == Operation.SCAN ? SCAN_ENTRIES : LARGE_MAP_ENTRIES;
    for (int entry = 0; entry < entries; entry++) {
      for (long i = 0; i < mapCount(operation); i++) {
        backend.setCurrentKey(options.keySet().key(i));
        state.put(entry, value());
      }
    }
  }

  Batch draw(Operation operation, int size) {
    Batch batch = new Batch(operation, new Object[size], new boolean[size], new byte[size][]);
    for (int i = 0; i < size; i++) {
      long number =
          switch (operation) {
            case MISSING -> KeySet.MISSING + random.nextLong(options.keyCount());
            case SCAN, SCAN_LARGE -> random.nextLong(mapCount(operation));
            default -> sampler.next(random);
          };
      batch.keys[i] = options.keySet().key(number);
      batch.writes[i] = random.nextInt(100) < operation.writePercent;
      if (batch.writes[i]) {
        batch.written[i] = value();
      }
    }
    return batch;
  }

  void perform(Batch batch, int i) throws Exception {
    Operation operation = batch.operation;
    backend.setCurrentKey(batch.keys[i]);
    if (operation.scans()) {
      scan(operation == Operation.SCAN ? maps : largeMaps, batch.keys[i]);
      return;
    }
    if (!batch.writes[i] || operation == Operation.READ_MODIFY_WRITE) {
      byte[] found = values.value();
      if ((found == null) != (operation == Operation.MISSING)) {
        throw new IllegalStateException("wrong answer for " + batch.keys[i]);
      }
      blackHole += found == null ? 1 : found[found.length - 1];
      if (operation == Operation.READ_MODIFY_WRITE && found != null) {
        found[0]++;
        values.update(found);
      }
    }
    if (batch.writes[i] && operation != Operation.READ_MODIFY_WRITE) {
      values.update(batch.written[i]);
    }
  }

  private void scan(MapState<Integer, byte[]> state, Object key) throws Exception {
    int entries = 0;
    for (Map.Entry<Integer, byte[]> entry : state.entries()) {
      blackHole += entry.getKey() + entry.getValue().length;
      if (++entries == SCAN_ENTRIES) {
        break;
      }
    }
    if (entries != SCAN_ENTRIES) {
      throw new IllegalStateException(
          "expected %d entries of %s, got %d".formatted(SCAN_ENTRIES, key, entries));
    }
  }

  /** Depends on all that was read, so that no read can be left out. */
  long blackHole() {
    return blackHole;
  }
}
