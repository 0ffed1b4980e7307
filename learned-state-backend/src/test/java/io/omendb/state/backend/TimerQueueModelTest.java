package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.timer.TimerService;
import io.omendb.state.store.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Timers against a sorted set per key group, over random additions, polls, removals, snapshots and
 * restores, at which fronts change their size and timers move between heap and store.
 */
class TimerQueueModelTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);
  private static final KeyGroupRange LOWER = KeyGroupRange.of(0, 20);
  private static final KeyGroupRange UPPER = KeyGroupRange.of(21, BackendHarness.KEY_GROUPS - 1);
  private static final int OPERATIONS = 40_000;
  private static final int[] FRONT_SIZES = {1, 2, 3, 7, 128};
  private static final TimerSerializer<Integer, String> TIMERS =
      new TimerSerializer<>(IntSerializer.INSTANCE, StringSerializer.INSTANCE);

  /** A backend and its queue. */
  private record Opened(
      LearnedKeyedStateBackend<Integer> backend,
      KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, String>> queue) {}

  @TempDir Path checkpoints;

  private final Random random = Seeds.random("TimerQueueModelTest");
  private final NavigableMap<Integer, TreeSet<TimerHeapInternalTimer<Integer, String>>> model =
      new TreeMap<>();
  private long checkpointId;

  @BeforeEach
  void emptyModel() {
    for (int keyGroup : ALL) {
      model.put(
          keyGroup,
          new TreeSet<>(
              Comparator.comparing(TimerHeapInternalTimer<Integer, String>::getTimestamp)
                  .thenComparing(TimerHeapInternalTimer::getKey)
                  .thenComparing(TimerHeapInternalTimer::getNamespace)));
    }
  }

  @Test
  void timersAreWhatTheModelSays() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      Opened opened = open(harness, ALL, List.of());
      for (int i = 0; i < OPERATIONS; i++) {
        // Now more are added, now more are taken.
        operate(opened.queue(), i / 4000 % 2 == 0 ? 70 : 35);
        if (random.nextInt(OPERATIONS / 12) == 0) {
          verify(opened);
          opened = reopened(harness, opened);
          verify(opened);
        }
      }
      verify(opened);
      while (!opened.queue().isEmpty()) {
        poll(opened.queue());
      }
      assertThat(model.values()).allMatch(TreeSet::isEmpty);
    }
  }

  private Opened open(
      BackendHarness harness, KeyGroupRange keyGroups, List<KeyedStateHandle> handles)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(LearnedOptions.MEMTABLE_SIZE, MemorySize.parse("128 kb"));
    configuration.set(
        LearnedOptions.TIMER_SERVICE,
        random.nextInt(4) == 0 ? TimerService.HEAP : TimerService.STORE);
    configuration.set(
        LearnedOptions.TIMER_CACHE_SIZE, FRONT_SIZES[random.nextInt(FRONT_SIZES.length)]);
    LearnedKeyedStateBackend<Integer> backend =
        (LearnedKeyedStateBackend<Integer>)
            harness.<Integer>open(
                new LearnedStateBackend(LearnedOptions.from(configuration)),
                IntSerializer.INSTANCE,
                keyGroups,
                handles);
    return new Opened(backend, backend.create("timers", TIMERS));
  }

  private void operate(
      KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, String>> queue,
      int addPercent) {
    int choice = random.nextInt(100);
    TimerHeapInternalTimer<Integer, String> timer = timer();
    NavigableSet<TimerHeapInternalTimer<Integer, String>> timers = timersOf(timer);
    if (choice < addPercent) {
      boolean reported = queue.add(timer);
      boolean added = timers.add(timer);
      // One that was there already, as the head too, changes nothing.
      if (added && timer.equals(queue.peek())) {
        assertThat(reported).isTrue();
      }
    } else if (choice < 90) {
      poll(queue);
    } else if (choice < 95) {
      TimerHeapInternalTimer<Integer, String> other = timers.ceiling(timer);
      if (other != null) {
        timer = other;
      }
      boolean isHead = timer.equals(queue.peek());
      boolean reported = queue.remove(timer);
      timers.remove(timer);
      assertThat(reported || !isHead).isTrue();
    } else {
      assertThat(queue.isEmpty()).isEqualTo(firstTimestamp() == null);
      TimerHeapInternalTimer<Integer, String> head = queue.peek();
      assertThat(head == null ? null : head.getTimestamp()).isEqualTo(firstTimestamp());
    }
  }

  private void poll(
      KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, String>> queue) {
    Long first = firstTimestamp();
    TimerHeapInternalTimer<Integer, String> polled = queue.poll();
    if (first == null) {
      assertThat(polled).isNull();
    } else {
      assertThat(polled).isNotNull();
      assertThat(polled.getTimestamp()).isEqualTo(first);
      assertThat(timersOf(polled).remove(polled)).isTrue();
    }
  }

  private NavigableSet<TimerHeapInternalTimer<Integer, String>> timersOf(
      TimerHeapInternalTimer<Integer, String> timer) {
    return Objects.requireNonNull(model.get(keyGroupOf(timer)));
  }

  private @Nullable Long firstTimestamp() {
    return model.values().stream()
        .filter(timers -> !timers.isEmpty())
        .map(timers -> timers.first().getTimestamp())
        .min(Long::compare)
        .orElse(null);
  }

  private TimerHeapInternalTimer<Integer, String> timer() {
    long timestamp =
        switch (random.nextInt(20)) {
          case 0 -> Long.MIN_VALUE;
          case 1 -> Long.MAX_VALUE;
          case 2 -> random.nextLong();
          default -> random.nextInt(2000) - 500;
        };
    return new TimerHeapInternalTimer<>(
        timestamp, random.nextInt(200), "n".repeat(random.nextInt(3)));
  }

  private static int keyGroupOf(TimerHeapInternalTimer<Integer, String> timer) {
    return KeyGroupRangeAssignment.assignToKeyGroup(timer.getKey(), BackendHarness.KEY_GROUPS);
  }

  private void verify(Opened opened) {
    List<TimerHeapInternalTimer<Integer, String>> expected = new ArrayList<>();
    for (int keyGroup : opened.backend().getKeyGroupRange()) {
      assertThat(opened.queue().getSubsetForKeyGroup(keyGroup))
          .containsExactlyInAnyOrderElementsOf(model.get(keyGroup));
      expected.addAll(model.get(keyGroup));
    }
    List<TimerHeapInternalTimer<Integer, String>> actual = new ArrayList<>();
    opened.queue().iterator().forEachRemaining(actual::add);
    assertThat(actual).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(opened.queue().size()).isEqualTo(expected.size());
  }

  private Opened reopened(BackendHarness harness, Opened opened) throws Exception {
    return switch (random.nextInt(4)) {
      case 0 -> opened;
      case 1 -> open(harness, ALL, List.of(snapshot(harness, opened)));
      case 2 -> open(harness, ALL, List.of(canonicalSavepoint(harness, opened)));
      default -> {
        KeyedStateHandle whole = snapshot(harness, opened);
        Opened lower = open(harness, LOWER, List.of(whole));
        Opened upper = open(harness, UPPER, List.of(whole));
        verify(lower);
        verify(upper);
        yield open(harness, ALL, List.of(snapshot(harness, lower), snapshot(harness, upper)));
      }
    };
  }

  private KeyedStateHandle snapshot(BackendHarness harness, Opened opened) throws Exception {
    KeyedStateHandle handle =
        harness.snapshot(opened.backend(), ++checkpointId, CheckpointType.CHECKPOINT);
    opened.backend().dispose();
    return handle;
  }

  /** Polls and adds behind the savepoint's moment before it is read. */
  private KeyedStateHandle canonicalSavepoint(BackendHarness harness, Opened opened)
      throws Exception {
    RunnableFuture<SnapshotResult<KeyedStateHandle>> savepoint =
        harness.canonicalSavepoint(opened.backend(), ++checkpointId);
    for (int i = 0; i < 200; i++) {
      opened.queue().poll();
      opened.queue().add(timer());
    }
    savepoint.run();
    opened.backend().dispose();
    return Objects.requireNonNull(savepoint.get().getJobManagerOwnedSnapshot());
  }
}
