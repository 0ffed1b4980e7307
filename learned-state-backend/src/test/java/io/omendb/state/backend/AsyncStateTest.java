package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omendb.state.backend.async.AsyncAggregatingState;
import io.omendb.state.backend.async.AsyncListState;
import io.omendb.state.backend.async.AsyncMapState;
import io.omendb.state.backend.async.AsyncReducingState;
import io.omendb.state.backend.async.AsyncValueState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.state.v2.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.v2.ListStateDescriptor;
import org.apache.flink.api.common.state.v2.MapStateDescriptor;
import org.apache.flink.api.common.state.v2.ReducingStateDescriptor;
import org.apache.flink.api.common.state.v2.StateDescriptor;
import org.apache.flink.api.common.state.v2.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.runtime.asyncprocessing.EpochManager;
import org.apache.flink.runtime.asyncprocessing.RecordContext;
import org.apache.flink.runtime.asyncprocessing.StateExecutionController;
import org.apache.flink.runtime.asyncprocessing.declare.DeclarationManager;
import org.apache.flink.runtime.mailbox.SyncMailboxExecutor;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.v2.internal.InternalMergingState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** States of State V2 under Flink's controller: which key, which namespace, and in which order. */
class AsyncStateTest {

  private static final KeyGroupRange ALL = KeyGroupRange.of(0, BackendHarness.KEY_GROUPS - 1);

  @TempDir Path checkpoints;
  private final List<Throwable> failures = new ArrayList<>();
  private BackendHarness harness;
  private LearnedAsyncKeyedStateBackend<Integer> backend;
  private StateExecutionController<Integer> controller;

  @BeforeEach
  void open() throws Exception {
    harness = new BackendHarness(checkpoints);
    backend = new LearnedAsyncKeyedStateBackend<>(harness.open(IntSerializer.INSTANCE, ALL));
    controller =
        new StateExecutionController<>(
            new SyncMailboxExecutor(),
            (message, failure) -> failures.add(failure),
            backend.createStateExecutor(),
            new DeclarationManager(),
            EpochManager.ParallelMode.SERIAL_BETWEEN_EPOCH,
            BackendHarness.KEY_GROUPS,
            100, // a batch that never fills here
            -1,
            1000,
            null,
            null);
    backend.setup(controller);
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  /** A record that holds its key until it is released. */
  private RecordContext<Integer> record(int key) {
    RecordContext<Integer> record = controller.buildContext("record of " + key, key);
    record.retain();
    controller.setCurrentContext(record);
    return record;
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // as the backend itself
  private <S extends org.apache.flink.api.common.state.v2.State> S state(
      StateDescriptor<?> descriptor) throws Exception {
    return backend.getOrCreateKeyedState(0, IntSerializer.INSTANCE, descriptor);
  }

  @Test
  void requestsAreCompleteWhenTheyReturn() throws Exception {
    AsyncValueState<Integer, Integer, Long> value =
        state(new ValueStateDescriptor<>("value", Types.LONG));
    List<Long> seen = new ArrayList<>();
    record(1);
    value.asyncUpdate(41L).thenCompose(ignored -> value.asyncValue()).thenAccept(seen::add);

    assertThat(seen).containsExactly(41L);
  }

  @Test
  void aRequestWaitsUntilAnotherRecordLetsItsKeyGo() throws Exception {
    AsyncValueState<Integer, Integer, Long> value =
        state(new ValueStateDescriptor<>("value", Types.LONG));
    List<Long> seen = new ArrayList<>();
    RecordContext<Integer> first = record(1);
    value.update(1L);
    record(1);
    value.asyncValue().thenAccept(seen::add);
    record(2);
    value.asyncUpdate(2L).thenCompose(ignored -> value.asyncValue()).thenAccept(seen::add);
    assertThat(seen).containsExactly(2L);

    controller.setCurrentContext(first);
    value.update(3L);
    first.release();
    assertThat(seen).containsExactly(2L, 3L);
  }

  @Test
  void iteratorsStayWithTheirKeyAndNamespace() throws Exception {
    AsyncMapState<Integer, Integer, Integer, String> map =
        state(new MapStateDescriptor<>("map", Types.INT, Types.STRING));
    record(1);
    for (int i = 0; i < 300; i++) {
      map.put(i, "of the first");
    }
    map.setCurrentNamespace(7);
    map.put(0, "of another namespace");
    map.setCurrentNamespace(0);
    Iterable<Map.Entry<Integer, String>> entries = map.entries();
    Iterator<Integer> keys = map.keys().iterator();
    record(2);
    map.put(1000, "of the second");

    assertThat(entries).hasSize(300).allMatch(entry -> entry.getValue().equals("of the first"));
    assertThat(keys).toIterable().hasSize(300);
    assertThat(map.entries()).hasSize(1);
  }

  @Test
  void namespacesAreMergedUnderTheRecordsKey() throws Exception {
    AsyncListState<Integer, Integer, Long> list =
        state(new ListStateDescriptor<>("list", Types.LONG));
    AsyncReducingState<Integer, Integer, Long> sum =
        state(new ReducingStateDescriptor<>("sum", Long::sum, Types.LONG));
    AsyncAggregatingState<Integer, Integer, Long, Long, String> text =
        state(new AggregatingStateDescriptor<>("text", new SumAsText(), Types.LONG));
    RecordContext<Integer> first = record(1);
    for (InternalMergingState<Integer, Integer, Long, ?, ?, ?> state : List.of(list, sum, text)) {
      for (int namespace = 1; namespace <= 3; namespace++) {
        state.setCurrentNamespace(namespace);
        state.add((long) namespace);
      }
    }
    record(2);
    list.setCurrentNamespace(1);
    list.add(100L);

    controller.setCurrentContext(first);
    for (InternalMergingState<Integer, Integer, Long, ?, ?, ?> state : List.of(list, sum, text)) {
      state.asyncMergeNamespaces(1, List.of(2, 3));
      state.setCurrentNamespace(1);
    }
    assertThat(list.get()).containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(sum.get()).isEqualTo(6);
    assertThat(text.get()).isEqualTo("6");
    assertThat(text.getInternal()).isEqualTo(6);
    sum.setCurrentNamespace(2);
    assertThat(sum.get()).isNull();
  }

  @Test
  void aFailureIsThrownAndFailsTheJob() throws Exception {
    AsyncReducingState<Integer, Integer, Long> sum =
        state(
            new ReducingStateDescriptor<>(
                "sum",
                (left, right) -> {
                  throw new IllegalStateException("a reduction that fails");
                },
                Types.LONG));
    record(1);
    sum.add(1L);

    assertThatThrownBy(() -> sum.add(2L)).hasStackTraceContaining("a reduction that fails");
    assertThat(failures).hasSize(1);
  }

  private static final class SumAsText implements AggregateFunction<Long, Long, String> {
    private static final long serialVersionUID = 1;

    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(Long value, Long sum) {
      return sum + value;
    }

    @Override
    public String getResult(Long sum) {
      return sum.toString();
    }

    @Override
    public Long merge(Long left, Long right) {
      return left + right;
    }
  }
}
