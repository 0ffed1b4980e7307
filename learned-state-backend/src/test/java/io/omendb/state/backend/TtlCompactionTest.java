package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.form.ListChunks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.state.AggregatingState;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction removes what has expired, and only that, with a clock that the test sets. */
class TtlCompactionTest {

  private static final int KEYS = 300;
  private static final long TTL_MS = 100;
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final StateTtlConfig TTL =
      StateTtlConfig.newBuilder(Duration.ofMillis(TTL_MS)).build();

  @TempDir Path checkpoints;

  private final AtomicLong now = new AtomicLong(1_000);
  private BackendHarness harness;
  private long checkpointId;

  @BeforeEach
  void open() throws Exception {
    harness = new BackendHarness(checkpoints);
    harness.clock = now::get;
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private LearnedKeyedStateBackend<Integer> backend(KeyedStateHandle... handles) throws Exception {
    return harness.open(IntSerializer.INSTANCE, ALL, handles);
  }

  private static <S extends State> S state(
      AbstractKeyedStateBackend<Integer> backend, StateDescriptor<S, ?> descriptor)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private static ValueStateDescriptor<String> values() {
    return new ValueStateDescriptor<>("values", StringSerializer.INSTANCE);
  }

  private static ValueStateDescriptor<String> values(StateTtlConfig ttl) {
    ValueStateDescriptor<String> values = values();
    values.enableTimeToLive(ttl);
    return values;
  }

  /** Takes a checkpoint, behind which everything written may be filtered. */
  private KeyedStateHandle checkpoint(LearnedKeyedStateBackend<Integer> backend) throws Exception {
    return harness.snapshot(backend, ++checkpointId, CheckpointType.CHECKPOINT);
  }

  private long storedAfterCompaction(LearnedKeyedStateBackend<Integer> backend) throws Exception {
    checkpoint(backend);
    backend.store().compact();
    return backend.storeStatistics().entryCount();
  }

  private void fill(LearnedKeyedStateBackend<Integer> backend, ValueState<String> state)
      throws Exception {
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      state.update("v" + key);
    }
  }

  @Test
  void expiredValuesGoAndLiveOnesStay() throws Exception {
    LearnedKeyedStateBackend<Integer> backend = backend();
    ValueState<String> state = state(backend, values(TTL));
    fill(backend, state);
    assertThat(storedAfterCompaction(backend)).isEqualTo(KEYS);

    now.addAndGet(TTL_MS / 2);
    for (int key = 0; key < KEYS; key += 3) {
      backend.setCurrentKey(key);
      state.update("again " + key);
    }
    assertThat(storedAfterCompaction(backend)).isEqualTo(KEYS);
    now.addAndGet(TTL_MS / 2);
    assertThat(storedAfterCompaction(backend)).isEqualTo(KEYS / 3);
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      assertThat(state.value()).isEqualTo(key % 3 == 0 ? "again " + key : null);
    }
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(backend)).isZero();
    assertThat(backend.numKeyValueStateEntries()).isZero();
    assertThat(backend.store().metrics().entriesFilteredCount()).isEqualTo(KEYS);
  }

  @Test
  void mapEntriesGoOneByOne() throws Exception {
    MapStateDescriptor<String, String> descriptor =
        new MapStateDescriptor<>("maps", StringSerializer.INSTANCE, StringSerializer.INSTANCE);
    descriptor.enableTimeToLive(TTL);
    LearnedKeyedStateBackend<Integer> backend = backend();
    MapState<String, String> state = state(backend, descriptor);
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      state.put("old", "1");
    }
    now.addAndGet(TTL_MS / 2);
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      state.put("young", "2");
    }
    now.addAndGet(TTL_MS / 2);
    assertThat(storedAfterCompaction(backend)).isEqualTo(KEYS);
    backend.setCurrentKey(7);
    assertThat(state.keys()).containsExactly("young");
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(backend)).isZero();
  }

  @Test
  void aListGoesWithItsLastElement() throws Exception {
    ListStateDescriptor<String> descriptor =
        new ListStateDescriptor<>("lists", StringSerializer.INSTANCE);
    descriptor.enableTimeToLive(TTL);
    LearnedKeyedStateBackend<Integer> backend = backend();
    ListState<String> state = state(backend, descriptor);
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      state.add("first, of " + key);
    }
    now.addAndGet(TTL_MS / 2);
    for (int key = 0; key < KEYS; key += 2) {
      backend.setCurrentKey(key);
      state.add("second");
    }
    now.addAndGet(TTL_MS / 2);
    assertThat(storedAfterCompaction(backend)).isEqualTo(KEYS / 2);
    backend.setCurrentKey(4);
    assertThat(state.get()).containsExactly("second");
    backend.setCurrentKey(5);
    assertThat(state.get()).isNullOrEmpty();
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(backend)).isZero();
  }

  @Test
  void chunksOfLongListsGoBeforeTheirHeads() throws Exception {
    ListStateDescriptor<String> descriptor =
        new ListStateDescriptor<>("lists", StringSerializer.INSTANCE);
    descriptor.enableTimeToLive(TTL);
    LearnedKeyedStateBackend<Integer> backend = backend();
    ListState<String> state = state(backend, descriptor);
    backend.setCurrentKey(1);
    String element = "x".repeat(ListChunks.CHUNK_BYTES / 2);
    for (int i = 0; i < 40; i++) {
      state.add(element + i);
    }
    assertThat(storedAfterCompaction(backend)).isGreaterThan(10);
    now.addAndGet(TTL_MS - 1);
    state.add("young");
    assertThat(state.get()).hasSize(41);
    now.addAndGet(1);
    assertThat(storedAfterCompaction(backend)).isLessThanOrEqualTo(2);
    assertThat(state.get()).containsExactly("young");
    state.add("younger");
    assertThat(state.get()).containsExactly("young", "younger");
  }

  @Test
  void reducingAndAggregatingStateToo() throws Exception {
    ReducingStateDescriptor<Long> sums =
        new ReducingStateDescriptor<>("sums", Long::sum, LongSerializer.INSTANCE);
    sums.enableTimeToLive(TTL);
    AggregatingStateDescriptor<Long, Long, Long> counts =
        new AggregatingStateDescriptor<>("counts", new Count(), LongSerializer.INSTANCE);
    counts.enableTimeToLive(TTL);
    LearnedKeyedStateBackend<Integer> backend = backend();
    ReducingState<Long> sum = state(backend, sums);
    AggregatingState<Long, Long> count = state(backend, counts);
    for (int key = 0; key < KEYS; key++) {
      backend.setCurrentKey(key);
      sum.add(1L);
      count.add(1L);
    }
    now.addAndGet(TTL_MS - 1);
    backend.setCurrentKey(3);
    sum.add(2L);
    count.add(2L);
    now.addAndGet(1);
    assertThat(storedAfterCompaction(backend)).isEqualTo(2);
    assertThat(sum.get()).isEqualTo(3);
    assertThat(count.get()).isEqualTo(2);
  }

  @Test
  void cleanUpInTheBackgroundCanBeTurnedOff() throws Exception {
    LearnedKeyedStateBackend<Integer> backend = backend();
    ValueState<String> state =
        state(
            backend,
            values(
                StateTtlConfig.newBuilder(Duration.ofMillis(TTL_MS))
                    .disableCleanupInBackground()
                    .build()));
    fill(backend, state);
    now.addAndGet(10 * TTL_MS);
    assertThat(storedAfterCompaction(backend)).isEqualTo(KEYS);
  }

  @Test
  void theClockIsReadAsOftenAsTheJobSays() throws Exception {
    AtomicLong reads = new AtomicLong();
    harness.clock =
        () -> {
          reads.incrementAndGet();
          return now.get();
        };
    LearnedKeyedStateBackend<Integer> backend = backend();
    ValueState<String> state =
        state(
            backend,
            values(
                StateTtlConfig.newBuilder(Duration.ofMillis(TTL_MS))
                    .cleanupInRocksdbCompactFilter(1)
                    .build()));
    fill(backend, state);
    checkpoint(backend);
    reads.set(0);
    backend.store().compact();
    assertThat(reads.get()).isBetween((long) KEYS, KEYS + (long) BackendHarness.KEY_GROUPS);
  }

  @Test
  void aCheckpointKeepsWhatItSaw() throws Exception {
    LearnedKeyedStateBackend<Integer> backend = backend();
    fill(backend, state(backend, values(TTL)));
    KeyedStateHandle before = checkpoint(backend);
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(backend)).isZero();

    now.addAndGet(-TTL_MS);
    LearnedKeyedStateBackend<Integer> restored = backend(before);
    // A state that is not registered is not filtered.
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(restored)).isEqualTo(KEYS);
    now.addAndGet(-1);
    ValueState<String> state = state(restored, values(TTL));
    restored.setCurrentKey(11);
    assertThat(state.value()).isEqualTo("v11");
    now.addAndGet(1);
    assertThat(storedAfterCompaction(restored)).isZero();
  }

  @Test
  void aTimeToLiveCanChangeAtARestore() throws Exception {
    LearnedKeyedStateBackend<Integer> backend = backend();
    fill(backend, state(backend, values(TTL)));
    KeyedStateHandle before = checkpoint(backend);
    now.addAndGet(TTL_MS);
    LearnedKeyedStateBackend<Integer> longer = backend(before);
    ValueState<String> state =
        state(longer, values(StateTtlConfig.newBuilder(Duration.ofMillis(2 * TTL_MS)).build()));
    assertThat(storedAfterCompaction(longer)).isEqualTo(KEYS);
    longer.setCurrentKey(11);
    assertThat(state.value()).isEqualTo("v11");
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(longer)).isZero();
  }

  @Test
  void aTimeToLiveCanBeTurnedOnAndOffAtARestore() throws Exception {
    LearnedKeyedStateBackend<Integer> without = backend();
    fill(without, state(without, values()));
    KeyedStateHandle untimed = checkpoint(without);

    LearnedKeyedStateBackend<Integer> with = backend(untimed);
    ValueState<String> state = state(with, values(TTL));
    assertThat(storedAfterCompaction(with)).isEqualTo(KEYS);
    with.setCurrentKey(11);
    assertThat(state.value()).isEqualTo("v11");
    KeyedStateHandle timed = checkpoint(with);
    now.addAndGet(TTL_MS);
    assertThat(storedAfterCompaction(with)).isZero();

    now.addAndGet(-1);
    LearnedKeyedStateBackend<Integer> off = backend(timed);
    ValueState<String> untimedState = state(off, values());
    now.addAndGet(10 * TTL_MS);
    assertThat(storedAfterCompaction(off)).isEqualTo(KEYS);
    off.setCurrentKey(11);
    assertThat(untimedState.value()).isEqualTo("v11");
  }

  /** The values look like time stamps of long ago, which they must not be taken for. */
  @Test
  void aSavepointUnderWayReadsValuesThatHadNoTimeToLive() throws Exception {
    ValueStateDescriptor<Long> untimed =
        new ValueStateDescriptor<>("numbers", LongSerializer.INSTANCE);
    ValueStateDescriptor<Long> timed =
        new ValueStateDescriptor<>("numbers", LongSerializer.INSTANCE);
    timed.enableTimeToLive(TTL);
    LearnedKeyedStateBackend<Integer> without = backend();
    ValueState<Long> written = state(without, untimed);
    for (int key = 0; key < KEYS; key++) {
      without.setCurrentKey(key);
      written.update((long) key);
    }
    LearnedKeyedStateBackend<Integer> with = backend(checkpoint(without));
    RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
        harness.canonicalSavepoint(with, 100);
    state(with, timed);
    checkpoint(with);
    with.store().compact();
    savepoint.run();
    KeyedStateHandle saved = savepoint.get().getJobManagerOwnedSnapshot();
    assertThat(saved).isNotNull();
    LearnedKeyedStateBackend<Integer> restored =
        harness.open(IntSerializer.INSTANCE, ALL, List.of(saved));
    ValueState<Long> state = state(restored, untimed);
    for (int key = 0; key < KEYS; key++) {
      restored.setCurrentKey(key);
      assertThat(state.value()).isEqualTo(key);
    }
  }
}
