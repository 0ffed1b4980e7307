package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.state.OrderedMapState;
import io.omendb.state.store.Seeds;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.RunnableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BigDecSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ordered map state against a {@link TreeMap} per key and window, across snapshots. */
class OrderedMapStateModelTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final int STEPS = 4000;
  private static final TimeWindow.Serializer WINDOWS = new TimeWindow.Serializer();

  @TempDir Path checkpoints;

  /** A type of user keys, few enough to meet again. */
  private record Subject<T>(
      String name, TypeSerializer<T> serializer, Function<Random, T> draw, Comparator<T> order) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A map's address. */
  private record Address(String key, TimeWindow window) {}

  @SuppressWarnings({"unchecked", "rawtypes"})
  static Stream<Subject<?>> subjects() {
    TypeSerializer<?>[] fields = {IntSerializer.INSTANCE, StringSerializer.INSTANCE};
    return Stream.of(
        new Subject<>(
            "long", LongSerializer.INSTANCE, r -> r.nextInt(400) - 200L, Comparator.naturalOrder()),
        new Subject<>(
            "double",
            DoubleSerializer.INSTANCE,
            r -> (r.nextInt(200) - 100) / 8.0,
            Comparator.naturalOrder()),
        new Subject<>(
            "string",
            StringSerializer.INSTANCE,
            OrderedMapStateModelTest::text,
            Comparator.naturalOrder()),
        new Subject<>(
            "byte[]",
            BytePrimitiveArraySerializer.INSTANCE,
            r -> new BigInteger(1 + r.nextInt(9), r).toByteArray(),
            Arrays::compareUnsigned),
        new Subject<>(
            "BigDecimal",
            BigDecSerializer.INSTANCE,
            r -> BigDecimal.valueOf(r.nextInt(200) - 100, r.nextInt(3)),
            Comparator.<BigDecimal>naturalOrder().thenComparing(BigDecimal::scale)),
        new Subject<Tuple2<Integer, String>>(
            "Tuple2",
            new TupleSerializer<>((Class) Tuple2.class, fields),
            r -> Tuple2.of(r.nextInt(9) - 4, text(r)),
            Comparator.<Tuple2<Integer, String>, Integer>comparing(t -> t.f0)
                .thenComparing(t -> t.f1)));
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append("\u0000\u0001az\uFFFF".charAt(random.nextInt(5)));
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("subjects")
  <T> void behavesAsATreeMap(Subject<T> subject) throws Exception {
    Random random = Seeds.random("OrderedMapStateModelTest " + subject);
    MapStateDescriptor<T, Integer> descriptor =
        new MapStateDescriptor<>("map", subject.serializer(), IntSerializer.INSTANCE);
    Map<Address, NavigableMap<T, Integer>> model = new HashMap<>();
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
      for (int step = 0; step < STEPS; step++) {
        if (random.nextInt(500) == 0) {
          KeyedStateHandle handle = snapshot(harness, backend, step, random.nextBoolean());
          backend.dispose();
          backend = harness.open(StringSerializer.INSTANCE, ALL, handle);
        }
        Address address =
            new Address(
                "k" + "y".repeat(random.nextInt(3)),
                new TimeWindow(random.nextInt(3) - 1L, random.nextInt(3) - 1L));
        backend.setCurrentKey(address.key());
        OrderedMapState<T, Integer> state =
            backend.orderedMapState(address.window(), WINDOWS, descriptor);
        step(
            random,
            subject,
            state,
            model.computeIfAbsent(address, unseen -> new TreeMap<>(subject.order())));
      }
      for (Map.Entry<Address, NavigableMap<T, Integer>> expected : model.entrySet()) {
        backend.setCurrentKey(expected.getKey().key());
        OrderedMapState<T, Integer> state =
            backend.orderedMapState(expected.getKey().window(), WINDOWS, descriptor);
        assertEntries(state.entries(), expected.getValue());
      }
    }
  }

  private static KeyedStateHandle snapshot(
      BackendHarness harness,
      LearnedKeyedStateBackend<String> backend,
      long checkpointId,
      boolean canonical)
      throws Exception {
    // Else there would be nothing in the snapshot at the first step.
    backend.setCurrentKey("k");
    backend
        .orderedMapState(
            new TimeWindow(0, 0),
            WINDOWS,
            new MapStateDescriptor<>("other", LongSerializer.INSTANCE, LongSerializer.INSTANCE))
        .put(checkpointId, checkpointId);
    if (!canonical) {
      return harness.snapshot(backend, checkpointId, CheckpointType.CHECKPOINT);
    }
    RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
        harness.canonicalSavepoint(backend, checkpointId);
    savepoint.run();
    KeyedStateHandle handle = savepoint.get().getJobManagerOwnedSnapshot();
    assertThat(handle).isNotNull();
    return handle;
  }

  private static <T> void step(
      Random random,
      Subject<T> subject,
      OrderedMapState<T, Integer> state,
      NavigableMap<T, Integer> model)
      throws Exception {
    T key = subject.draw().apply(random);
    switch (random.nextInt(9)) {
      case 0, 1, 2 -> {
        int value = random.nextInt();
        state.put(key, value);
        model.put(key, value);
      }
      case 3 -> {
        state.remove(key);
        model.remove(key);
      }
      case 4 -> {
        T from = random.nextInt(4) == 0 ? null : key;
        T to = random.nextInt(4) == 0 ? null : subject.draw().apply(random);
        assertEntries(state.range(from, to), range(model, from, to));
      }
      case 5 -> assertFirst(state.first(key), model.ceilingEntry(key));
      case 6 -> assertFirst(state.first(null), model.firstEntry());
      case 7 -> assertEntries(state.entries(), model);
      default -> {
        if (random.nextInt(20) == 0) {
          state.clear();
          model.clear();
        } else {
          removeAndReplace(state.range(key, null).iterator(), model, random);
        }
      }
    }
  }

  private static <T> NavigableMap<T, Integer> range(
      NavigableMap<T, Integer> model, @Nullable T from, @Nullable T toExclusive) {
    NavigableMap<T, Integer> range = from == null ? model : model.tailMap(from, true);
    if (toExclusive == null) {
      return range;
    }
    return from != null && model.comparator().compare(from, toExclusive) > 0
        ? new TreeMap<>(model.comparator())
        : range.headMap(toExclusive, false);
  }

  /** Removes the next entry of a range, and replaces the value of the one behind it. */
  private static <T> void removeAndReplace(
      Iterator<Map.Entry<T, Integer>> entries, NavigableMap<T, Integer> model, Random random) {
    if (entries.hasNext()) {
      T removed = entries.next().getKey();
      entries.remove();
      assertThat(model.remove(removed)).isNotNull();
    }
    if (entries.hasNext()) {
      Map.Entry<T, Integer> replaced = entries.next();
      int value = random.nextInt();
      replaced.setValue(value);
      model.put(replaced.getKey(), value);
    }
  }

  private static <T> void assertFirst(
      Map.@Nullable Entry<T, Integer> actual, Map.@Nullable Entry<T, Integer> expected) {
    if (expected == null || actual == null) {
      assertThat(actual).isEqualTo(expected);
    } else {
      assertThat(actual.getKey()).isEqualTo(expected.getKey());
      assertThat(actual.getValue()).isEqualTo(expected.getValue());
    }
  }

  private static <T> void assertEntries(
      Iterable<Map.Entry<T, Integer>> actual, NavigableMap<T, Integer> expected) {
    List<T> keys = new ArrayList<>();
    List<Integer> values = new ArrayList<>();
    actual.forEach(
        entry -> {
          keys.add(entry.getKey());
          values.add(entry.getValue());
        });
    assertThat(keys.toArray()).isEqualTo(expected.keySet().toArray());
    assertThat(values).containsExactlyElementsOf(expected.values());
  }
}
