package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.table.TableState;
import io.omendb.state.store.StoreCursor;
import io.omendb.state.store.StoreReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From one subtask to two and back, with every kind of state, and writes at each stage. */
class RescaleTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, 31);
  private static final KeyGroupRange LOWER = KeyGroupRange.of(0, 12);
  private static final KeyGroupRange UPPER = KeyGroupRange.of(13, 31);
  private static final int KEYS = 500;
  private static final int TABLE_KEYSPACE = 65_540;
  private static final MapStateDescriptor<String, Long> COUNTS =
      new MapStateDescriptor<>("counts", StringSerializer.INSTANCE, LongSerializer.INSTANCE);
  private static final TimerSerializer<Integer, VoidNamespace> TIMERS =
      new TimerSerializer<>(IntSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE);

  @TempDir Path checkpoints;

  @Test
  void everyEntryIsThereOnceAfterSplitAndMerge() throws Exception {
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      LearnedKeyedStateBackend<Integer> one = harness.open(IntSerializer.INSTANCE, ALL);
      write(one, timers(one), 1);
      KeyedStateHandle whole = harness.snapshot(one, 1, CheckpointType.CHECKPOINT);
      one.dispose();

      LearnedKeyedStateBackend<Integer> lower = harness.open(IntSerializer.INSTANCE, LOWER, whole);
      LearnedKeyedStateBackend<Integer> upper = harness.open(IntSerializer.INSTANCE, UPPER, whole);
      var lowerTimers = timers(lower);
      var upperTimers = timers(upper);
      verify(lower, lowerTimers, 1);
      verify(upper, upperTimers, 1);
      write(lower, lowerTimers, 2);
      write(upper, upperTimers, 2);
      KeyedStateHandle lowerHalf = harness.snapshot(lower, 2, CheckpointType.CHECKPOINT);
      KeyedStateHandle upperHalf = harness.snapshot(upper, 2, CheckpointType.CHECKPOINT);
      lower.dispose();
      upper.dispose();

      LearnedKeyedStateBackend<Integer> merged =
          harness.open(IntSerializer.INSTANCE, ALL, lowerHalf, upperHalf);
      var mergedTimers = timers(merged);
      verify(merged, mergedTimers, 2);
      write(merged, mergedTimers, 3);
      KeyedStateHandle last = harness.snapshot(merged, 3, CheckpointType.CHECKPOINT);
      LearnedKeyedStateBackend<Integer> again = harness.open(IntSerializer.INSTANCE, ALL, last);
      verify(again, timers(again), 3);
    }
  }

  /** Every key in the range counts {@code round} for each round so far; removes a former one. */
  private static void write(
      LearnedKeyedStateBackend<Integer> backend,
      KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> timers,
      long round)
      throws Exception {
    MapState<String, Long> counts =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, COUNTS);
    TableState table = backend.tableState();
    for (int key = 0; key < KEYS; key++) {
      int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup(key, BackendHarness.KEY_GROUPS);
      if (backend.getKeyGroupRange().contains(keyGroup)) {
        backend.setCurrentKey(key);
        counts.put("round " + round, key * round);
        counts.remove("round " + (round - 1));
        timers.remove(timer(key, round - 1));
        timers.add(timer(key, round));
        table.put(TABLE_KEYSPACE, keyGroup, bytes("row " + key), round * 10, bytes("v" + round));
        if (key % 7 == 0) {
          table.delete(TABLE_KEYSPACE, keyGroup, bytes("row " + key), round * 10 + 5);
        }
      }
    }
  }

  private static KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>>
      timers(LearnedKeyedStateBackend<Integer> backend) {
    return backend.create("timers", TIMERS);
  }

  private static void verify(
      LearnedKeyedStateBackend<Integer> backend,
      KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<Integer, VoidNamespace>> timers,
      long round)
      throws Exception {
    MapState<String, Long> counts =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, COUNTS);
    StoreReader table = backend.tableState().reader();
    int expectedTimers = 0;
    Map<Integer, Map<String, String>> expectedRows = new HashMap<>();
    for (int key = 0; key < KEYS; key++) {
      int keyGroup = KeyGroupRangeAssignment.assignToKeyGroup(key, BackendHarness.KEY_GROUPS);
      if (!backend.getKeyGroupRange().contains(keyGroup)) {
        continue;
      }
      expectedTimers++;
      backend.setCurrentKey(key);
      Map<String, Long> actual = new HashMap<>();
      counts.entries().forEach(entry -> actual.put(entry.getKey(), entry.getValue()));
      assertThat(actual).isEqualTo(Map.of("round " + round, key * round));
      for (long past = 1; past <= round; past++) {
        assertThat(table.get(TABLE_KEYSPACE, keyGroup, bytes("row " + key), past * 10 + 1))
            .as("row %d at %d", key, past * 10 + 1)
            .isEqualTo(bytes("v" + past));
      }
      byte[] newest = table.get(TABLE_KEYSPACE, keyGroup, bytes("row " + key), Long.MAX_VALUE - 1);
      assertThat(newest).isEqualTo(key % 7 == 0 ? null : bytes("v" + round));
      if (key % 7 != 0) {
        expectedRows
            .computeIfAbsent(keyGroup, unseen -> new TreeMap<>())
            .put("row " + key, "v" + round);
      }
    }
    assertThat(timers.size()).isEqualTo(expectedTimers);
    timers.iterator().forEachRemaining(t -> assertThat(t.getTimestamp()).isEqualTo(round));
    for (int keyGroup : backend.getKeyGroupRange()) {
      assertThat(rows(table, keyGroup)).isEqualTo(expectedRows.getOrDefault(keyGroup, Map.of()));
    }
  }

  private static Map<String, String> rows(StoreReader table, int keyGroup) {
    Map<String, String> rows = new TreeMap<>();
    try (StoreCursor cursor =
        table.scan(TABLE_KEYSPACE, keyGroup, null, null, Long.MAX_VALUE - 1)) {
      while (cursor.next()) {
        if (!cursor.isDeleted()) {
          rows.put(
              new String(cursor.key(), StandardCharsets.UTF_8),
              new String(cursor.value(), StandardCharsets.UTF_8));
        }
      }
    }
    return rows;
  }

  private static TimerHeapInternalTimer<Integer, VoidNamespace> timer(int key, long timestamp) {
    return new TimerHeapInternalTimer<>(timestamp, key, VoidNamespace.INSTANCE);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
