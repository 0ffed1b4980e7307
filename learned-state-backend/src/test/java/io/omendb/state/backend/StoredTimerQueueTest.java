package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.state.StateContext;
import io.omendb.state.backend.timer.DurableTimerQueue;
import io.omendb.state.backend.timer.StoredTimerQueue;
import io.omendb.state.backend.timer.TimerService;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreOptions;
import io.omendb.state.store.StoreReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.InternalKeyContextImpl;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.testutils.statemigration.TestType;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What timers in the store hold in the heap, what they read, and how they change form. */
class StoredTimerQueueTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final TimerSerializer<Integer, VoidNamespace> TIMERS =
      new TimerSerializer<>(IntSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE);

  @TempDir Path directory;

  @Test
  void holdsNoMoreThanItsFrontsAndReadsOverNoDeletionTwice() throws Exception {
    int frontSize = 16;
    int timers = 60_000;
    try (LearnedStore store =
        LearnedStore.open(
            directory.resolve("store"), StoreOptions.defaults().withMemtableBytes(1 << 18))) {
      CountingReader reader = new CountingReader(store);
      StoredTimerQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> queue =
          newQueue(store, reader, frontSize);
      Random random = new Random(1);
      for (int i = 0; i < timers; i++) {
        queue.add(new TimerHeapInternalTimer<>(random.nextInt(1000), i, VoidNamespace.INSTANCE));
        assertThat(queue.heldCount()).isLessThanOrEqualTo(frontSize * BackendHarness.KEY_GROUPS);
      }
      // From the beginning, so that the fronts know nothing of what was added.
      queue = newQueue(store, reader, frontSize);
      reader.visited = 0;
      long last = Long.MIN_VALUE;
      for (int i = 0; i < timers; i++) {
        long timestamp = Objects.requireNonNull(queue.poll()).getTimestamp();
        assertThat(timestamp).isGreaterThanOrEqualTo(last);
        last = timestamp;
        assertThat(queue.heldCount()).isLessThanOrEqualTo(frontSize * BackendHarness.KEY_GROUPS);
      }
      assertThat(queue.poll()).isNull();
      assertThat(store.metrics().flushCount()).isPositive();
      // Every timer was read once; what was polled was not passed over again.
      assertThat(reader.visited).isLessThan(timers + 1000);
      queue.add(new TimerHeapInternalTimer<>(5, 1, VoidNamespace.INSTANCE));
      assertThat(queue.poll()).isNotNull();
      assertThat(reader.visited).isLessThan(timers + 1000);
    }
  }

  private static StoredTimerQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> newQueue(
      LearnedStore store, StoreReader reader, int frontSize) {
    StateContext<Integer> context =
        new StateContext<>(
            store,
            new InternalKeyContextImpl<>(ALL, BackendHarness.KEY_GROUPS),
            KeyPart.of(IntSerializer.INSTANCE),
            1);
    return new StoredTimerQueue<>(context, reader, 1, frontSize, TIMERS);
  }

  @Test
  void whatIsKnownToBeMissingIsNotDeletedAndWhatIsThereIsNotWrittenAgain() throws Exception {
    try (LearnedStore store =
        LearnedStore.open(directory.resolve("store"), StoreOptions.defaults())) {
      StoredTimerQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> queue =
          newQueue(store, store, 16);
      var timer = new TimerHeapInternalTimer<>(5, 1, VoidNamespace.INSTANCE);
      queue.add(timer);
      long bytes = store.statistics().memtableBytes();
      queue.add(timer);
      queue.remove(new TimerHeapInternalTimer<>(6, 1, VoidNamespace.INSTANCE));
      assertThat(store.statistics().memtableBytes()).isEqualTo(bytes);
      assertThat(queue.size()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void timersMoveBetweenHeapAndStoreAtARestore(TimerService first) throws Exception {
    TimerService second = first == TimerService.HEAP ? TimerService.STORE : TimerService.HEAP;
    int timers = 2000;
    try (BackendHarness harness = new BackendHarness(directory)) {
      LearnedKeyedStateBackend<Integer> backend = open(harness, first, List.of());
      var queue = backend.create("timers", TIMERS);
      for (int i = 0; i < timers; i++) {
        queue.add(new TimerHeapInternalTimer<>(i, i, VoidNamespace.INSTANCE));
      }
      KeyedStateHandle handle = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
      LearnedKeyedStateBackend<Integer> moved = open(harness, second, List.of(handle));
      var movedQueue = moved.create("timers", TIMERS);
      assertThat(movedQueue)
          .isInstanceOf(
              second == TimerService.HEAP ? DurableTimerQueue.class : StoredTimerQueue.class);
      for (int i = 0; i < timers / 2; i++) {
        assertThat(movedQueue.poll()).isNotNull().extracting(t -> t.getKey()).isEqualTo(i);
      }
      handle = harness.snapshot(moved, 2, CheckpointType.CHECKPOINT);
      var backQueue = open(harness, first, List.of(handle)).create("timers", TIMERS);
      assertThat(backQueue.size()).isEqualTo(timers / 2);
      for (int i = timers / 2; i < timers; i++) {
        assertThat(backQueue.poll()).isNotNull().extracting(t -> t.getKey()).isEqualTo(i);
      }
      assertThat(backQueue.isEmpty()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void timersMigrateToANewSerializer(TimerService service) throws Exception {
    try (BackendHarness harness = new BackendHarness(directory)) {
      LearnedKeyedStateBackend<Integer> backend = open(harness, service, List.of());
      var queue = backend.create("timers", timers(new TestType.V1TestTypeSerializer()));
      List<TimerHeapInternalTimer<Integer, TestType>> expected = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        expected.add(new TimerHeapInternalTimer<>(i, i % 7, new TestType("namespace " + i, i)));
      }
      queue.addAll(expected);
      KeyedStateHandle handle = harness.snapshot(backend, 1, CheckpointType.CHECKPOINT);
      LearnedKeyedStateBackend<Integer> after = open(harness, service, List.of(handle));
      var migrated = after.create("timers", timers(new TestType.V2TestTypeSerializer()));
      assertThat(migrated.poll()).isEqualTo(expected.get(0));
      assertThat(migrated.remove(expected.get(1))).isTrue();
      handle = harness.snapshot(after, 2, CheckpointType.CHECKPOINT);
      var again =
          open(harness, service, List.of(handle))
              .create("timers", timers(new TestType.V2TestTypeSerializer()));
      List<TimerHeapInternalTimer<Integer, TestType>> polled = new ArrayList<>();
      while (!again.isEmpty()) {
        polled.add(again.poll());
      }
      assertThat(polled).isEqualTo(expected.subList(2, expected.size()));
    }
  }

  private static TimerSerializer<Integer, TestType> timers(TypeSerializer<TestType> namespaces) {
    return new TimerSerializer<>(IntSerializer.INSTANCE, namespaces);
  }

  @Test
  void iteratesOverWhatIsBehindTheFrontToo() throws Exception {
    try (LearnedStore store =
        LearnedStore.open(directory.resolve("store"), StoreOptions.defaults())) {
      StoredTimerQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> queue =
          newQueue(store, store, 2);
      IntStream.range(0, 1000)
          .forEach(i -> queue.add(new TimerHeapInternalTimer<>(i, i, VoidNamespace.INSTANCE)));
      Set<Integer> keys = new HashSet<>();
      queue
          .iterator()
          .forEachRemaining(
              timer -> {
                assertThat(keys.add(timer.getKey())).isTrue();
                // As an operator does that deletes its timers while it visits them.
                queue.remove(timer);
              });
      assertThat(keys).hasSize(1000);
      assertThat(queue.isEmpty()).isTrue();
      assertThat(queue.size()).isZero();
    }
  }

  private static LearnedKeyedStateBackend<Integer> open(
      BackendHarness harness, TimerService service, List<KeyedStateHandle> handles)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(LearnedOptions.TIMER_SERVICE, service);
    configuration.set(LearnedOptions.TIMER_CACHE_SIZE, 3);
    return (LearnedKeyedStateBackend<Integer>)
        harness.<Integer>open(
            new LearnedStateBackend(LearnedOptions.from(configuration)),
            IntSerializer.INSTANCE,
            ALL,
            handles);
  }

  /** Counts the entries, deletions included, that scans visit. */
  private static final class CountingReader implements StoreReader {
    private final StoreReader reader;
    private long visited;

    CountingReader(StoreReader reader) {
      this.reader = reader;
    }

    @Override
    public byte @Nullable [] get(int keyspace, int keyGroup, byte[] key, long version) {
      return reader.get(keyspace, keyGroup, key, version);
    }

    @Override
    public byte @Nullable [] getPromptly(
        int keyspace, int keyGroup, byte[] key, long version, int valueBytesMax) {
      return get(keyspace, keyGroup, key, version);
    }

    @Override
    public long newestVersion(int keyspace, int keyGroup, byte[] key, long version) {
      return reader.newestVersion(keyspace, keyGroup, key, version);
    }

    @Override
    public StoreCursor scan(
        int keyspace,
        int keyGroup,
        byte @Nullable [] fromInclusive,
        byte @Nullable [] toExclusive,
        long version) {
      StoreCursor cursor = reader.scan(keyspace, keyGroup, fromInclusive, toExclusive, version);
      return new StoreCursor() {
        @Override
        public boolean next() {
          visited++;
          return cursor.next();
        }

        @Override
        public byte[] key() {
          return cursor.key();
        }

        @Override
        public byte[] value() {
          return cursor.value();
        }

        @Override
        public long version() {
          return cursor.version();
        }

        @Override
        public boolean isDeleted() {
          return cursor.isDeleted();
        }

        @Override
        public void close() {
          cursor.close();
        }
      };
    }
  }
}
