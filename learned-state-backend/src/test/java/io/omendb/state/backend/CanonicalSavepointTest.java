package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Savepoints in the format that all backends read. */
class CanonicalSavepointTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final int KEYS = 300;
  private static final TimerSerializer<String, VoidNamespace> TIMERS =
      new TimerSerializer<>(StringSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE);

  @TempDir Path checkpoints;

  @Test
  void travelsToTheHeapBackendAndBack() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      AbstractKeyedStateBackend<String> learned = harness.open(StringSerializer.INSTANCE, ALL);
      var timers = timers(learned);
      write(learned, timers, 0, KEYS);
      RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
          harness.canonicalSavepoint(learned, 1);
      // Written behind the savepoint's moment, before it is read.
      write(learned, timers, KEYS, KEYS + 10);
      learned.setCurrentKey("key 0");
      state(learned, valueDescriptor()).update(-1L);
      savepoint.run();

      AbstractKeyedStateBackend<String> heap =
          harness.open(
              new HashMapStateBackend(),
              StringSerializer.INSTANCE,
              ALL,
              List.of(savepoint.get().getJobManagerOwnedSnapshot()));
      verify(heap);
      RunnableFuture<SnapshotResult<KeyedStateHandle>> back = harness.canonicalSavepoint(heap, 2);
      back.run();
      KeyedStateHandle handle = back.get().getJobManagerOwnedSnapshot();
      verify(harness.open(StringSerializer.INSTANCE, ALL, handle));
    }
  }

  private static ValueStateDescriptor<Long> valueDescriptor() {
    return new ValueStateDescriptor<>("value", LongSerializer.INSTANCE);
  }

  private static ListStateDescriptor<String> listDescriptor() {
    return new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
  }

  private static MapStateDescriptor<Integer, String> mapDescriptor() {
    return new MapStateDescriptor<>("map", IntSerializer.INSTANCE, StringSerializer.INSTANCE);
  }

  private static <S extends State> S state(
      AbstractKeyedStateBackend<String> backend, StateDescriptor<S, ?> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private static KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>>
      timers(AbstractKeyedStateBackend<String> backend) {
    return backend.create("timers", TIMERS);
  }

  private static void write(
      AbstractKeyedStateBackend<String> backend,
      KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> timers,
      int from,
      int toExclusive)
      throws Exception {
    for (int i = from; i < toExclusive; i++) {
      backend.setCurrentKey("key " + i);
      state(backend, valueDescriptor()).update((long) i);
      state(backend, listDescriptor()).update(List.of("a" + i, "", "c,"));
      MapState<Integer, String> map = state(backend, mapDescriptor());
      map.put(i, "mapped");
      map.put(-1, null);
      timers.add(new TimerHeapInternalTimer<>(1000 + i, "key " + i, VoidNamespace.INSTANCE));
    }
  }

  private static void verify(AbstractKeyedStateBackend<String> backend) throws Exception {
    KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> timers =
        timers(backend);
    assertThat(timers.size()).isEqualTo(KEYS);
    assertThat(timers.peek()).isNotNull().extracting(t -> t.getTimestamp()).isEqualTo(1000L);
    for (int i = 0; i < KEYS; i++) {
      backend.setCurrentKey("key " + i);
      assertThat(state(backend, valueDescriptor()).value()).isEqualTo(i);
      assertThat(state(backend, listDescriptor()).get()).containsExactly("a" + i, "", "c,");
      MapState<Integer, String> map = state(backend, mapDescriptor());
      assertThat(map.get(i)).isEqualTo("mapped");
      assertThat(map.contains(-1)).isTrue();
      assertThat(map.get(-1)).isNull();
    }
    assertThat(backend.getKeys("value", VoidNamespace.INSTANCE)).hasSize(KEYS);
  }

  @Test
  void leavesExpiredValuesOut() throws Exception {
    AtomicLong now = new AtomicLong();
    StateTtlConfig ttl =
        StateTtlConfig.newBuilder(Duration.ofMillis(100))
            .cleanupFullSnapshot()
            .disableCleanupInBackground()
            .build();
    ValueStateDescriptor<Long> values = valueDescriptor();
    ListStateDescriptor<String> lists = listDescriptor();
    MapStateDescriptor<Integer, String> maps = mapDescriptor();
    values.enableTimeToLive(ttl);
    lists.enableTimeToLive(ttl);
    maps.enableTimeToLive(ttl);
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      harness.clock = now::get;
      LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
      ValueState<Long> value = state(backend, values);
      ListState<String> list = state(backend, lists);
      MapState<Integer, String> map = state(backend, maps);
      for (String key : List.of("old", "both")) {
        backend.setCurrentKey(key);
        value.update(1L);
        list.add("expired");
        map.put(1, "expired");
      }
      now.set(90);
      backend.setCurrentKey("both");
      list.add("kept");
      map.put(2, "kept");
      now.set(120);
      RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
          harness.canonicalSavepoint(backend, 1);
      savepoint.run();
      KeyedStateHandle handle = savepoint.get().getJobManagerOwnedSnapshot();

      now.set(0);
      LearnedKeyedStateBackend<String> restored =
          harness.open(StringSerializer.INSTANCE, ALL, handle);
      ListState<String> restoredList = state(restored, lists);
      MapState<Integer, String> restoredMap = state(restored, maps);
      assertThat(restored.numKeyValueStateEntries()).isEqualTo(2);
      restored.setCurrentKey("both");
      assertThat(restoredList.get()).containsExactly("kept");
      assertThat(restoredMap.entries())
          .extracting(Map.Entry::getKey, Map.Entry::getValue)
          .containsExactly(tuple(2, "kept"));
    }
  }
}
