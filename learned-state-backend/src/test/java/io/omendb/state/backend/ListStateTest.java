package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.form.EntryPages;
import io.omendb.state.backend.form.ListChunks;
import io.omendb.state.backend.state.AbstractLearnedState;
import io.omendb.state.backend.state.StateContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.queryablestate.client.state.serialization.KvStateSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.ListDelimitedSerializer;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.runtime.testutils.statemigration.TestType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists that are larger than a chunk, wherever their form matters. */
class ListStateTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final int KEYS = 20;
  private static final int ELEMENTS = 500;

  @TempDir Path checkpoints;

  @Test
  void appendingWritesBytesInProportion() throws Exception {
    long once = bytesWrittenBy(10_000);
    long twice = bytesWrittenBy(20_000);
    assertThat(twice).isLessThan(once * 21 / 10);
    assertThat(once).isLessThan(10_000L * (ListChunks.CHUNK_BYTES + 100));
  }

  private long bytesWrittenBy(int appends) throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      Configuration configuration = new Configuration();
      configuration.set(LearnedOptions.MANAGED_MEMORY, false);
      LearnedKeyedStateBackend<Integer> backend =
          (LearnedKeyedStateBackend<Integer>)
              harness.<Integer>open(
                  new LearnedStateBackend(LearnedOptions.from(configuration)),
                  IntSerializer.INSTANCE,
                  ALL,
                  List.of());
      ListState<String> list = list(backend, "list");
      backend.setCurrentKey(1);
      for (int i = 0; i < appends; i++) {
        list.add(element(i));
      }
      assertThat(list.get()).hasSize(appends);
      // Memory of the memtable is never given back: as long as there is no run, it is what was
      // written.
      assertThat(backend.storeStatistics().runCount()).isZero();
      return backend.storeStatistics().memtableBytes();
    }
  }

  @Test
  void rewritingAndClearingRemovesChunks() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> backend = harness.open(IntSerializer.INSTANCE, ALL);
      ListState<String> list = list(backend, "list");
      InternalListState<Integer, VoidNamespace, String> internal = internal(list);
      backend.setCurrentKey(1);
      list.update(elements(0, ELEMENTS));
      assertThat(chunks(list, 1)).isGreaterThan(5);
      list.update(List.of("one"));
      assertThat(chunks(list, 1)).isZero();
      assertThat(list.get()).containsExactly("one");
      list.update(elements(0, ELEMENTS));
      list.clear();
      assertThat(chunks(list, 1)).isZero();
      assertThat(list.get()).isNull();
      assertThat(internal.getInternal()).isNull();
      list.update(elements(0, ELEMENTS));
      list.update(List.of());
      assertThat(chunks(list, 1)).isZero();
      assertThat(backend.numKeyValueStateEntries()).isZero();
    }
  }

  private static int chunks(ListState<String> list, int key) {
    AbstractLearnedState<?, ?, ?> state = (AbstractLearnedState<?, ?, ?>) list;
    int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup(key, BackendHarness.KEY_GROUPS);
    EntryPages entries = state.context.entries(state.furtherKeyspace(), keyGroup);
    int count = 0;
    while (entries.hasNext()) {
      entries.next();
      count++;
    }
    return count;
  }

  /** As a filter leaves a list that has taken expired elements out of it, entry by entry. */
  @Test
  void whatHasBeenTakenOutOfAListIsNotMissed() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> backend = harness.open(IntSerializer.INSTANCE, ALL);
      ListState<String> list = list(backend, "list");
      backend.setCurrentKey(1);
      list.update(elements(0, ELEMENTS));
      List<String> inHead = takeOut(list, true);
      List<String> left = new ArrayList<>();
      Objects.requireNonNull(list.get()).forEach(left::add);
      assertThat(left).isNotEmpty().hasSizeLessThan(ELEMENTS).doesNotContainAnyElementsOf(inHead);
      verifyFiltered(harness, backend, left);
      list.add("more");
      left.add("more");
      verifyFiltered(harness, backend, left);
      takeOut(list, false);
      assertThat(list.get()).isNull();
      LearnedKeyedStateBackend<Integer> restored =
          harness.open(IntSerializer.INSTANCE, ALL, canonicalSavepoint(harness, backend, 9));
      assertThat(restored.numKeyValueStateEntries()).isZero();
      list.add("again");
      assertThat(list.get()).containsExactly("again");
      list.clear();
      assertThat(backend.numKeyValueStateEntries()).isZero();
    }
  }

  /** Takes out the head's elements, and of the chunks every other or all; returns the former. */
  private static List<String> takeOut(ListState<String> list, boolean everyOther) throws Exception {
    AbstractLearnedState<Integer, VoidNamespace, ?> state =
        (AbstractLearnedState<Integer, VoidNamespace, ?>) internal(list);
    StateContext<Integer> context = state.context;
    int keyGroup = context.currentKeyGroup();
    byte[] key = state.currentKey();
    byte[] head = Objects.requireNonNull(context.get(state.keyspace, keyGroup, key));
    for (int i = 0; i < ListChunks.count(head); i += everyOther ? 2 : 1) {
      context.delete(state.furtherKeyspace(), keyGroup, ListChunks.key(key, i));
    }
    context.put(state.keyspace, keyGroup, key, Arrays.copyOf(head, ListChunks.HEADER_BYTES));
    return new ListDelimitedSerializer()
        .deserializeList(
            Arrays.copyOfRange(head, ListChunks.HEADER_BYTES, head.length),
            StringSerializer.INSTANCE);
  }

  private static void verifyFiltered(
      BackendHarness harness, LearnedKeyedStateBackend<Integer> backend, List<String> expected)
      throws Exception {
    LearnedKeyedStateBackend<Integer> restored =
        harness.open(IntSerializer.INSTANCE, ALL, canonicalSavepoint(harness, backend, 8));
    restored.setCurrentKey(1);
    assertThat(list(restored, "list").get()).containsExactlyElementsOf(expected);
    assertThat(list(backend, "list").get()).containsExactlyElementsOf(expected);
  }

  @Test
  void whatCannotBeWrittenLeavesTheListAsItIs() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> backend = harness.open(IntSerializer.INSTANCE, ALL);
      ListState<String> list = list(backend, "list");
      backend.setCurrentKey(1);
      list.update(elements(0, ELEMENTS));
      String[] withNull = elements(ELEMENTS, 3 * ELEMENTS).toArray(String[]::new);
      withNull[withNull.length - 1] = null;
      assertThatThrownBy(() -> list.update(Arrays.asList(withNull)))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> list.addAll(Arrays.asList(withNull)))
          .isInstanceOf(NullPointerException.class);
      assertThat(list.get()).containsExactlyElementsOf(elements(0, ELEMENTS));
      list.add("more");
      assertThat(list.get()).hasSize(ELEMENTS + 1).endsWith("more");
    }
  }

  @Test
  void largeListsTravelToTheHeapBackendAndBack() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> learned = harness.open(IntSerializer.INSTANCE, ALL);
      fill(learned, "list");
      AbstractKeyedStateBackend<Integer> heap =
          harness.open(
              new HashMapStateBackend(),
              IntSerializer.INSTANCE,
              ALL,
              List.of(canonicalSavepoint(harness, learned, 1)));
      verify(heap, "list", ELEMENTS);
      LearnedKeyedStateBackend<Integer> back =
          harness.open(IntSerializer.INSTANCE, ALL, canonicalSavepoint(harness, heap, 2));
      verify(back, "list", ELEMENTS);
      for (int key = 0; key < KEYS; key++) {
        back.setCurrentKey(key);
        int next = first("list", key) + ELEMENTS;
        list(back, "list").addAll(elements(next, next + ELEMENTS));
      }
      verify(back, "list", 2 * ELEMENTS);
      // A savepoint of a state that is not registered again knows that it is a list.
      LearnedKeyedStateBackend<Integer> silent =
          harness.open(IntSerializer.INSTANCE, ALL, canonicalSavepoint(harness, back, 3));
      verify(
          harness.open(IntSerializer.INSTANCE, ALL, canonicalSavepoint(harness, silent, 4)),
          "list",
          2 * ELEMENTS);
    }
  }

  /** "Aa" and "BB" have one hash code: their keyspaces depend on who is registered first. */
  @Test
  void chunksMoveWithTheirHeadsWhenNamesCollide() throws Exception {
    KeyGroupRange lowerHalf = KeyGroupRange.of(0, 15);
    KeyGroupRange upperHalf = KeyGroupRange.of(16, BackendHarness.KEY_GROUPS - 1);
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> lower = harness.open(IntSerializer.INSTANCE, lowerHalf);
      LearnedKeyedStateBackend<Integer> upper = harness.open(IntSerializer.INSTANCE, upperHalf);
      fill(lower, "Aa");
      fill(lower, "BB");
      fill(upper, "BB");
      fill(upper, "Aa");
      LearnedKeyedStateBackend<Integer> merged =
          harness.open(
              IntSerializer.INSTANCE,
              ALL,
              harness.snapshot(lower, 1, CheckpointType.CHECKPOINT),
              harness.snapshot(upper, 1, CheckpointType.CHECKPOINT));
      verify(merged, "Aa", ELEMENTS);
      verify(merged, "BB", ELEMENTS);
    }
  }

  @Test
  void elementsOfChunksMigrate() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> before = harness.open(IntSerializer.INSTANCE, ALL);
      List<TestType> elements =
          IntStream.range(0, ELEMENTS).mapToObj(i -> new TestType("key " + i, i)).toList();
      ListState<TestType> list = list(before, migrated(new TestType.V1TestTypeSerializer()));
      for (int key = 0; key < KEYS; key++) {
        before.setCurrentKey(key);
        list.update(elements);
      }
      KeyedStateHandle handle = harness.snapshot(before, 1, CheckpointType.CHECKPOINT);
      LearnedKeyedStateBackend<Integer> after = harness.open(IntSerializer.INSTANCE, ALL, handle);
      ListState<TestType> restored = list(after, migrated(new TestType.V2TestTypeSerializer()));
      for (int key = 0; key < KEYS; key++) {
        after.setCurrentKey(key);
        assertThat(restored.get()).containsExactlyElementsOf(elements);
      }
    }
  }

  private static ListStateDescriptor<TestType> migrated(
      TestType.TestTypeSerializerBase serializer) {
    return new ListStateDescriptor<>("migrated", serializer);
  }

  @Test
  void expiredElementsOfChunksGoByIncrementalCleanup() throws Exception {
    AtomicLong now = new AtomicLong();
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      harness.clock = now::get;
      LearnedKeyedStateBackend<Integer> backend = harness.open(IntSerializer.INSTANCE, ALL);
      ListStateDescriptor<String> descriptor =
          new ListStateDescriptor<>("list", StringSerializer.INSTANCE);
      descriptor.enableTimeToLive(
          StateTtlConfig.newBuilder(Duration.ofMillis(100)).cleanupIncrementally(5, true).build());
      ListState<String> list = list(backend, descriptor);
      for (int key = 0; key < KEYS; key++) {
        backend.setCurrentKey(key);
        list.addAll(elements(0, ELEMENTS));
      }
      now.set(90);
      backend.setCurrentKey(1);
      list.addAll(elements(ELEMENTS, 2 * ELEMENTS));
      now.set(120);
      for (int i = 0; i < 2 * KEYS; i++) {
        backend.setCurrentKey(i % KEYS);
      }
      assertThat(backend.numKeyValueStateEntries()).isEqualTo(1);
      backend.setCurrentKey(1);
      assertThat(list.get()).containsExactlyElementsOf(elements(ELEMENTS, 2 * ELEMENTS));
      now.set(500);
      for (int i = 0; i < 2 * KEYS; i++) {
        backend.setCurrentKey(i % KEYS);
      }
      assertThat(backend.numKeyValueStateEntries()).isZero();
    }
  }

  /** The two lists have the same head, so that only their chunks tell them apart. */
  @Test
  void queriesFromAnotherThreadSeeOneListOrTheOther() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> backend = harness.open(IntSerializer.INSTANCE, ALL);
      ListState<String> list = list(backend, "list");
      InternalListState<Integer, VoidNamespace, String> internal = internal(list);
      backend.setCurrentKey(1);
      List<List<String>> lists = List.of(sameHead("a"), sameHead("b"));
      list.update(lists.get(0));
      byte[] query =
          KvStateSerializer.serializeKeyAndNamespace(
              1, IntSerializer.INSTANCE, VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE);
      AtomicBoolean ended = new AtomicBoolean();
      CompletableFuture<Integer> reads =
          CompletableFuture.supplyAsync(
              () -> {
                int count = 0;
                while (!ended.get() || count == 0) {
                  assertThat(lists).contains(queried(internal, query));
                  count++;
                }
                return count;
              });
      for (int i = 0; i < 3000; i++) {
        list.update(lists.get(i % 2));
      }
      ended.set(true);
      assertThat(reads.get()).isPositive();
    }
  }

  private static List<String> sameHead(String content) {
    // Each chunk is one element, and so is the head.
    return List.of(
        content.repeat(2000), content.repeat(2000), content.repeat(2000), "the same end");
  }

  private static List<String> queried(
      InternalListState<Integer, VoidNamespace, String> state, byte[] query) {
    try {
      byte[] value =
          state.getSerializedValue(
              query,
              IntSerializer.INSTANCE,
              VoidNamespaceSerializer.INSTANCE,
              state.getValueSerializer());
      return KvStateSerializer.deserializeList(value, StringSerializer.INSTANCE);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // ---------------------------------------------------------------- what the tests share

  private static void fill(LearnedKeyedStateBackend<Integer> backend, String name)
      throws Exception {
    ListState<String> list = list(backend, name);
    for (int key = 0; key < KEYS; key++) {
      if (isIn(backend, key)) {
        backend.setCurrentKey(key);
        int first = first(name, key);
        for (String element : elements(first, first + ELEMENTS)) {
          list.add(element);
        }
      }
    }
  }

  /** Every list has content of its own. */
  private static int first(String name, int key) {
    return 1000 * name.charAt(0) + key;
  }

  private static boolean isIn(AbstractKeyedStateBackend<Integer> backend, int key) {
    return backend
        .getKeyGroupRange()
        .contains(KeyGroupRangeAssignment.assignToKeyGroup(key, BackendHarness.KEY_GROUPS));
  }

  private static void verify(AbstractKeyedStateBackend<Integer> backend, String name, int elements)
      throws Exception {
    ListState<String> list = list(backend, name);
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      int first = first(name, key);
      assertThat(list.get()).containsExactlyElementsOf(elements(first, first + elements));
    }
    assertThat(backend.getKeys(name, VoidNamespace.INSTANCE)).hasSize(KEYS);
  }

  private static KeyedStateHandle canonicalSavepoint(
      BackendHarness harness, AbstractKeyedStateBackend<Integer> backend, long checkpointId)
      throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
        harness.canonicalSavepoint(backend, checkpointId);
    savepoint.run();
    return Objects.requireNonNull(savepoint.get().getJobManagerOwnedSnapshot());
  }

  private static List<String> elements(int from, int toExclusive) {
    return IntStream.range(from, toExclusive).mapToObj(ListStateTest::element).toList();
  }

  private static String element(int i) {
    return "an element, of no great size: " + i;
  }

  private static ListState<String> list(AbstractKeyedStateBackend<Integer> backend, String name)
      throws Exception {
    return list(backend, new ListStateDescriptor<>(name, StringSerializer.INSTANCE));
  }

  private static <E> ListState<E> list(
      AbstractKeyedStateBackend<Integer> backend, ListStateDescriptor<E> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  @SuppressWarnings("unchecked") // the backend's list state is Flink's internal one
  private static InternalListState<Integer, VoidNamespace, String> internal(
      ListState<String> list) {
    return (InternalListState<Integer, VoidNamespace, String>) list;
  }
}
