package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.snapshot.BackendMetadata;
import io.omendb.state.backend.state.OrderedMapState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.util.StateMigrationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order keys are met, what has no order, and what happens when serializers change. */
class KeyOrderTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);

  @TempDir Path checkpoints;
  private BackendHarness harness;

  @BeforeEach
  void open() throws Exception {
    harness = new BackendHarness(checkpoints);
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private static <K> MapState<K, Long> map(
      LearnedKeyedStateBackend<?> backend, TypeSerializer<K> userKeys) throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        new MapStateDescriptor<>("map", userKeys, LongSerializer.INSTANCE));
  }

  private static <K> OrderedMapState<K, Long> ordered(
      LearnedKeyedStateBackend<?> backend, TypeSerializer<K> userKeys) throws Exception {
    return backend.orderedMapState(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        new MapStateDescriptor<>("map", userKeys, LongSerializer.INSTANCE));
  }

  @Test
  void keysComeInOrderInEachKeyGroup() throws Exception {
    LearnedKeyedStateBackend<Long> backend = harness.open(LongSerializer.INSTANCE, ALL);
    List<Long> keys = LongStream.range(-200, 200).boxed().toList();
    for (long key : keys) {
      backend.setCurrentKey(key);
      map(backend, StringSerializer.INSTANCE).put("a", key);
    }
    Map<Integer, List<Long>> expected = new TreeMap<>();
    for (long key : keys) {
      expected
          .computeIfAbsent(
              KeyGroupRangeAssignment.assignToKeyGroup(key, BackendHarness.KEY_GROUPS),
              group -> new ArrayList<>())
          .add(key);
    }
    assertThat(backend.<VoidNamespace>getKeys("map", VoidNamespace.INSTANCE))
        .containsExactlyElementsOf(expected.values().stream().flatMap(List::stream).toList());
  }

  @Test
  void iterationOfOrdinaryMapStateIsInOrderAndTakesNullFirst() throws Exception {
    LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
    backend.setCurrentKey("key");
    MapState<String, Long> map = map(backend, StringSerializer.INSTANCE);
    List<String> keys = new ArrayList<>(List.of("b", "", "a\u0000", "aa", "a", "\uFFFF", "\uD800"));
    keys.add(null);
    for (String key : keys) {
      map.put(key, 1L);
    }
    assertThat(map.keys()).containsExactly(null, "", "a", "a\u0000", "aa", "b", "\uD800", "\uFFFF");
    assertThat(map.contains(null)).isTrue();
    map.remove(null);
    assertThat(map.contains(null)).isFalse();
  }

  @Test
  void aTypeWithoutOrderHasNoRangesAndSaysWhy() throws Exception {
    LearnedKeyedStateBackend<Long> backend = harness.open(LongSerializer.INSTANCE, ALL);
    backend.setCurrentKey(1L);
    OrderedMapState<String, Long> map = ordered(backend, OpaqueStringSerializer.INSTANCE);
    map.put("bb", 1L);
    map.put("a", 2L);

    assertThat(map.isOrdered()).isFalse();
    assertThatThrownBy(() -> map.range(null, null))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("no order of the user keys")
        .hasMessageContaining("OpaqueStringSerializer");
    assertThatThrownBy(() -> map.first("a")).isInstanceOf(UnsupportedOperationException.class);
    assertThat(map.keys()).containsExactlyInAnyOrder("a", "bb");
    assertThat(map.get("bb")).isEqualTo(1L);
  }

  @Test
  void stateWithATimeToLiveHasNoOrderedAccess() throws Exception {
    LearnedKeyedStateBackend<Long> backend = harness.open(LongSerializer.INSTANCE, ALL);
    MapStateDescriptor<Long, Long> descriptor =
        new MapStateDescriptor<>("map", LongSerializer.INSTANCE, LongSerializer.INSTANCE);
    descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(1)).build());
    assertThatThrownBy(
            () ->
                backend.orderedMapState(
                    VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("time to live");
  }

  /** All pairs of ordered and opaque keys and namespaces, with pairs that concatenate alike. */
  @Test
  void keysAndNamespacesOfVaryingLengthAreToldApart() throws Exception {
    List<TypeSerializer<String>> serializers =
        List.of(StringSerializer.INSTANCE, OpaqueStringSerializer.INSTANCE);
    long checkpoint = 0;
    for (TypeSerializer<String> keys : serializers) {
      for (TypeSerializer<String> namespaces : serializers) {
        LearnedKeyedStateBackend<String> backend = harness.open(keys, ALL);
        List<Tuple2<String, String>> pairs = new ArrayList<>();
        for (String key : List.of("", "a", "ab", "abc", "\u0001", "\u0001\u0001")) {
          for (String namespace : List.of("", "c", "bc", "\u0001", "\u0001\u0001", "\u0000")) {
            pairs.add(Tuple2.of(key, namespace));
          }
        }
        for (int i = 0; i < pairs.size(); i++) {
          backend.setCurrentKey(pairs.get(i).f0);
          value(backend, pairs.get(i).f1, namespaces).put("u", (long) i);
        }
        KeyedStateHandle image = harness.snapshot(backend, ++checkpoint, CheckpointType.CHECKPOINT);
        var savepoint = harness.canonicalSavepoint(backend, ++checkpoint);
        savepoint.run();
        assertPairs(backend, namespaces, pairs);
        assertPairs(harness.open(keys, ALL, image), namespaces, pairs);
        assertPairs(
            harness.open(keys, ALL, savepoint.get().getJobManagerOwnedSnapshot()),
            namespaces,
            pairs);
      }
    }
  }

  private static MapState<String, Long> value(
      LearnedKeyedStateBackend<String> backend, String namespace, TypeSerializer<String> namespaces)
      throws Exception {
    return backend.getPartitionedState(
        namespace,
        namespaces,
        new MapStateDescriptor<>("value", StringSerializer.INSTANCE, LongSerializer.INSTANCE));
  }

  private static void assertPairs(
      LearnedKeyedStateBackend<String> backend,
      TypeSerializer<String> namespaces,
      List<Tuple2<String, String>> pairs)
      throws Exception {
    for (int i = 0; i < pairs.size(); i++) {
      backend.setCurrentKey(pairs.get(i).f0);
      MapState<String, Long> state = value(backend, pairs.get(i).f1, namespaces);
      assertThat(state.get("u")).isEqualTo(i);
      assertThat(state.keys()).containsExactly("u");
    }
    try (Stream<Tuple2<String, String>> found = backend.getKeysAndNamespaces("value")) {
      assertThat(found).containsExactlyInAnyOrderElementsOf(pairs);
    }
    assertThat(backend.getKeys("value", "bc"))
        .containsExactlyInAnyOrder("", "a", "ab", "abc", "\u0001", "\u0001\u0001");
  }

  @Test
  void anotherSerializerOfOrderedKeysIsRefusedWhateverItClaims() throws Exception {
    LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
    backend.setCurrentKey("key");
    map(backend, StringSerializer.INSTANCE).put("a", 1L);
    KeyedStateHandle handle = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
    assertThatThrownBy(() -> harness.open(OpaqueStringSerializer.INSTANCE, ALL, handle))
        .rootCause()
        .isInstanceOf(StateMigrationException.class)
        .hasMessageContaining("keys are stored in the ordered form string");

    var savepoint = harness.canonicalSavepoint(backend, 2);
    savepoint.run();
    LearnedKeyedStateBackend<String> restored =
        harness.open(
            OpaqueStringSerializer.INSTANCE, ALL, savepoint.get().getJobManagerOwnedSnapshot());
    restored.setCurrentKey("key");
    assertThat(map(restored, StringSerializer.INSTANCE).get("a")).isEqualTo(1L);
  }

  /** From a checkpoint and from a savepoint; what is rewritten is in the next checkpoint. */
  @Test
  void namespacesAndUserKeysAreRewrittenForAnotherSerializer() throws Exception {
    LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
    List<Tuple2<String, String>> pairs =
        List.of(Tuple2.of("k", ""), Tuple2.of("k", "bc"), Tuple2.of("ke", "bc"));
    for (Tuple2<String, String> pair : pairs) {
      backend.setCurrentKey(pair.f0);
      MapState<String, Long> map = value(backend, pair.f1, StringSerializer.INSTANCE);
      for (String userKey : List.of("", "a", "b", "\u0000", "é")) {
        map.put(userKey, (long) (pair.f1 + userKey).hashCode());
      }
    }
    KeyedStateHandle image = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
    var savepoint = harness.canonicalSavepoint(backend, 2);
    savepoint.run();
    for (KeyedStateHandle handle : List.of(image, savepoint.get().getJobManagerOwnedSnapshot())) {
      LearnedKeyedStateBackend<String> restored =
          harness.open(StringSerializer.INSTANCE, ALL, handle);
      assertRewritten(restored, pairs);
      KeyedStateHandle again = harness.snapshot(restored, 3, CheckpointType.CHECKPOINT);
      assertRewritten(harness.open(StringSerializer.INSTANCE, ALL, again), pairs);
    }
  }

  /** A list has chunks under keys of their own, which must follow. */
  @Test
  void listsWithChunksAreRewrittenForAnotherSerializerOfNamespaces() throws Exception {
    LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
    List<Long> expected = LongStream.range(0, 1_000).boxed().toList();
    for (String namespace : List.of("", "bc")) {
      backend.setCurrentKey("k");
      ListState<Long> list = list(backend, namespace, StringSerializer.INSTANCE);
      for (long element : expected) {
        list.add(element);
      }
    }
    KeyedStateHandle image = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
    LearnedKeyedStateBackend<String> restored = harness.open(StringSerializer.INSTANCE, ALL, image);
    restored.setCurrentKey("k");
    assertThat(list(restored, "bc", OpaqueStringSerializer.INSTANCE).get())
        .containsExactlyElementsOf(expected);
    KeyedStateHandle again = harness.snapshot(restored, 2, CheckpointType.CHECKPOINT);
    LearnedKeyedStateBackend<String> last = harness.open(StringSerializer.INSTANCE, ALL, again);
    last.setCurrentKey("k");
    assertThat(list(last, "", OpaqueStringSerializer.INSTANCE).get())
        .containsExactlyElementsOf(expected);
  }

  private static ListState<Long> list(
      LearnedKeyedStateBackend<String> backend, String namespace, TypeSerializer<String> namespaces)
      throws Exception {
    return backend.getPartitionedState(
        namespace, namespaces, new ListStateDescriptor<>("list", LongSerializer.INSTANCE));
  }

  /** One subtask has rewritten its keys, the other has not asked for the state yet. */
  @Test
  void imagesWithDifferentFormsAreMerged() throws Exception {
    LearnedKeyedStateBackend<String> backend = harness.open(StringSerializer.INSTANCE, ALL);
    List<Tuple2<String, String>> pairs = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      pairs.add(Tuple2.of("k" + i, ""));
      pairs.add(Tuple2.of("k" + i, "bc"));
    }
    for (Tuple2<String, String> pair : pairs) {
      backend.setCurrentKey(pair.f0);
      MapState<String, Long> map = value(backend, pair.f1, StringSerializer.INSTANCE);
      for (String userKey : List.of("", "a", "b", "\u0000", "é")) {
        map.put(userKey, (long) (pair.f1 + userKey).hashCode());
      }
    }
    KeyedStateHandle whole = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
    LearnedKeyedStateBackend<String> lower =
        harness.open(StringSerializer.INSTANCE, KeyGroupRange.of(0, 12), whole);
    LearnedKeyedStateBackend<String> upper =
        harness.open(StringSerializer.INSTANCE, KeyGroupRange.of(13, 31), whole);
    lower.setCurrentKey("k0");
    lower.orderedMapState(
        "",
        OpaqueStringSerializer.INSTANCE,
        new MapStateDescriptor<>(
            "value", OpaqueStringSerializer.INSTANCE, LongSerializer.INSTANCE));
    KeyedStateHandle rewritten = harness.snapshot(lower, 2, CheckpointType.CHECKPOINT);
    KeyedStateHandle former = harness.snapshot(upper, 2, CheckpointType.CHECKPOINT);

    assertRewritten(harness.open(StringSerializer.INSTANCE, ALL, rewritten, former), pairs);
    assertRewritten(harness.open(StringSerializer.INSTANCE, ALL, former, rewritten), pairs);
  }

  private static void assertRewritten(
      LearnedKeyedStateBackend<String> backend, List<Tuple2<String, String>> pairs)
      throws Exception {
    MapStateDescriptor<String, Long> descriptor =
        new MapStateDescriptor<>("value", OpaqueStringSerializer.INSTANCE, LongSerializer.INSTANCE);
    for (Tuple2<String, String> pair : pairs) {
      backend.setCurrentKey(pair.f0);
      OrderedMapState<String, Long> map =
          backend.orderedMapState(pair.f1, OpaqueStringSerializer.INSTANCE, descriptor);
      assertThat(map.isOrdered()).isFalse();
      assertThat(map.keys()).containsExactlyInAnyOrder("", "a", "b", "\u0000", "é");
      for (String userKey : List.of("", "a", "b", "\u0000", "é")) {
        assertThat(map.get(userKey)).isEqualTo((pair.f1 + userKey).hashCode());
      }
    }
    try (Stream<Tuple2<String, String>> found = backend.getKeysAndNamespaces("value")) {
      assertThat(found).containsExactlyInAnyOrderElementsOf(pairs);
    }
  }

  @Test
  void metadataOfAnotherVersionIsRefused() throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(256);
    BackendMetadata.write(out, LongSerializer.INSTANCE, List.of(), 7, Map.of(), "long", Map.of());
    byte[] bytes = out.getCopyOfBuffer();
    BackendMetadata<Long> read =
        BackendMetadata.read(new DataInputDeserializer(bytes), getClass().getClassLoader());
    assertThat(read.keyForm()).isEqualTo("long");

    int versionAt = bytes.length - (4 + 8 + 2 + "long".length() + 4);
    assertThat(ByteBuffer.wrap(bytes).getInt(versionAt)).isEqualTo(2);
    ByteBuffer.wrap(bytes).putInt(versionAt, 1);
    assertThatThrownBy(
            () ->
                BackendMetadata.read(new DataInputDeserializer(bytes), getClass().getClassLoader()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 1");
  }

  @Test
  void formsAreKeptWithTheState() throws Exception {
    LearnedKeyedStateBackend<Long> backend = harness.open(LongSerializer.INSTANCE, ALL);
    backend.setCurrentKey(-1L);
    map(backend, OpaqueStringSerializer.INSTANCE).put("a", 1L);
    backend
        .getPartitionedState(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            new ValueStateDescriptor<>("number", LongSerializer.INSTANCE))
        .update(5L);
    KeyedStateHandle handle = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
    LearnedKeyedStateBackend<Long> restored = harness.open(LongSerializer.INSTANCE, ALL, handle);
    // A snapshot before any state is registered again.
    KeyedStateHandle again = harness.snapshot(restored, 2, CheckpointType.CHECKPOINT);
    LearnedKeyedStateBackend<Long> last = harness.open(LongSerializer.INSTANCE, ALL, again);
    last.setCurrentKey(-1L);
    assertThat(ordered(last, OpaqueStringSerializer.INSTANCE).isOrdered()).isFalse();
    assertThat(map(last, OpaqueStringSerializer.INSTANCE).get("a")).isEqualTo(1L);
    assertThat(last.<VoidNamespace>getKeys("number", VoidNamespace.INSTANCE)).containsExactly(-1L);
  }
}
