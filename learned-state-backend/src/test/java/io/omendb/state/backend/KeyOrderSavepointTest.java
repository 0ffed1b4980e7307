package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.AbstractStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Canonical savepoints of keys whose stored form is not Flink's: from another backend to the
 * learned one, to itself, and back.
 */
class KeyOrderSavepointTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final KeyGroupRange LOWER = KeyGroupRange.of(0, 12);
  private static final TimeWindow.Serializer WINDOWS = new TimeWindow.Serializer();
  private static final List<TimeWindow> EVERY_WINDOW =
      List.of(new TimeWindow(-20, -10), new TimeWindow(0, 10));
  private static final ValueStateDescriptor<String> VALUE =
      new ValueStateDescriptor<>("value", StringSerializer.INSTANCE);
  private static final ListStateDescriptor<String> LIST =
      new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
  private static final MapStateDescriptor<Double, String> MAP =
      new MapStateDescriptor<>("map", DoubleSerializer.INSTANCE, StringSerializer.INSTANCE);

  @TempDir Path checkpoints;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static TypeSerializer<Tuple2<Long, String>> tuples() {
    TypeSerializer<?>[] fields = {LongSerializer.INSTANCE, StringSerializer.INSTANCE};
    return new TupleSerializer<>((Class) Tuple2.class, fields);
  }

  private static Set<Tuple2<Long, String>> keys() {
    Set<Tuple2<Long, String>> keys = new HashSet<>();
    for (long number : new long[] {Long.MIN_VALUE, -256, -1, 0, 1, 127, 128, Long.MAX_VALUE}) {
      for (String text : List.of("", "a", "a\u0000", "ab", "é\uD83D\uDE00", "\u0001\u0002")) {
        keys.add(Tuple2.of(number, text));
      }
    }
    return keys;
  }

  @Test
  void travelsFromTheHeapAndBack() throws Exception {
    travel(new HashMapStateBackend());
  }

  @Test
  void travelsFromRocksDbAndBack() throws Exception {
    // The two would not share the slot's managed memory.
    Configuration configuration = new Configuration();
    configuration.set(RocksDBOptions.USE_MANAGED_MEMORY, false);
    travel(new EmbeddedRocksDBStateBackend().configure(configuration, getClass().getClassLoader()));
  }

  private void travel(AbstractStateBackend other) throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      AbstractKeyedStateBackend<Tuple2<Long, String>> source =
          harness.open(other, tuples(), ALL, List.of());
      write(source);
      KeyedStateHandle first = savepoint(harness, source, 1);
      AbstractKeyedStateBackend<Tuple2<Long, String>> learned =
          harness.open(new LearnedStateBackend(), tuples(), ALL, List.of(first));
      // Before any state is registered, and after.
      KeyedStateHandle unseen = savepoint(harness, learned, 2);
      verify(learned);
      KeyedStateHandle seen = savepoint(harness, learned, 3);
      verify(harness.open(new LearnedStateBackend(), tuples(), ALL, List.of(unseen)));
      verify(harness.open(other, tuples(), ALL, List.of(unseen)));
      verify(harness.open(other, tuples(), ALL, List.of(seen)));
      AbstractKeyedStateBackend<Tuple2<Long, String>> lower =
          harness.open(new LearnedStateBackend(), tuples(), LOWER, List.of(seen));
      verify(lower);
    }
  }

  private static KeyedStateHandle savepoint(
      BackendHarness harness,
      AbstractKeyedStateBackend<Tuple2<Long, String>> backend,
      long checkpointId)
      throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
        harness.canonicalSavepoint(backend, checkpointId);
    savepoint.run();
    KeyedStateHandle handle = savepoint.get().getJobManagerOwnedSnapshot();
    assertThat(handle).isNotNull();
    return handle;
  }

  private static <S extends State> S state(
      AbstractKeyedStateBackend<?> backend, TimeWindow window, StateDescriptor<S, ?> descriptor)
      throws Exception {
    return backend.getPartitionedState(window, WINDOWS, descriptor);
  }

  private static void write(AbstractKeyedStateBackend<Tuple2<Long, String>> backend)
      throws Exception {
    for (Tuple2<Long, String> key : keys()) {
      backend.setCurrentKey(key);
      for (TimeWindow window : EVERY_WINDOW) {
        state(backend, window, VALUE).update(key + " in " + window);
        ListState<String> list = state(backend, window, LIST);
        list.add(key.f1);
        list.add("second");
        MapState<Double, String> map = state(backend, window, MAP);
        map.put(-1.5, key.f1);
        map.put(Double.NaN, window.toString());
        map.put(-0.0, null);
        map.put(key.f0.doubleValue() + 0.25, "own");
      }
    }
  }

  private static void verify(AbstractKeyedStateBackend<Tuple2<Long, String>> backend)
      throws Exception {
    Set<Tuple2<Long, String>> expected = keys();
    expected.removeIf(key -> !isIn(backend, key));
    assertThat(expected).isNotEmpty();
    for (Tuple2<Long, String> key : expected) {
      backend.setCurrentKey(key);
      for (TimeWindow window : EVERY_WINDOW) {
        assertThat(state(backend, window, VALUE).value()).isEqualTo(key + " in " + window);
        assertThat(state(backend, window, LIST).get()).containsExactly(key.f1, "second");
        Map<Double, String> map = new HashMap<>();
        state(backend, window, MAP).entries().forEach(e -> map.put(e.getKey(), e.getValue()));
        Map<Double, String> expectedMap = new HashMap<>();
        expectedMap.put(-1.5, key.f1);
        expectedMap.put(Double.NaN, window.toString());
        expectedMap.put(-0.0, null);
        expectedMap.put(key.f0.doubleValue() + 0.25, "own");
        assertThat(map).isEqualTo(expectedMap);
      }
    }
    for (TimeWindow window : EVERY_WINDOW) {
      for (String name : List.of("value", "list", "map")) {
        assertThat(backend.getKeys(name, window))
            .as("keys of %s", name)
            .containsExactlyInAnyOrderElementsOf(expected);
      }
    }
  }

  private static boolean isIn(AbstractKeyedStateBackend<?> backend, Object key) {
    return backend
        .getKeyGroupRange()
        .contains(KeyGroupRangeAssignment.assignToKeyGroup(key, BackendHarness.KEY_GROUPS));
  }
}
