package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.memory.ManagedMemory;
import io.omendb.state.backend.memory.SlotMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.memory.OpaqueMemoryResource;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.junit.jupiter.api.Test;

/**
 * Memtables live in the slot's managed memory and stay in it; the store shows itself in metrics.
 */
@SuppressWarnings("try") // closing may be interrupted; then the test fails
class ManagedMemoryTest {

  private static final long SLOT_BYTES = 8 << 20;
  private static final int VALUE_BYTES = 500;

  private static final class Gauges extends UnregisteredMetricsGroup {
    final Map<String, Gauge<?>> byName = new HashMap<>();

    @Override
    public MetricGroup addGroup(String name) {
      return this;
    }

    @Override
    public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
      byName.put(name, gauge);
      return gauge;
    }

    long number(String name) {
      Gauge<?> gauge = byName.get(name);
      assertThat(gauge).as(name).isNotNull();
      return gauge == null ? -1 : ((Number) gauge.getValue()).longValue();
    }
  }

  private final Gauges gauges = new Gauges();

  private AbstractKeyedStateBackend<Long> open(MockEnvironment environment) throws Exception {
    return new LearnedStateBackend()
        .createKeyedStateBackend(
            new KeyedStateBackendParametersImpl<>(
                environment,
                new JobID(),
                "operator",
                LongSerializer.INSTANCE,
                16,
                KeyGroupRange.of(0, 15),
                environment.getTaskKvStateRegistry(),
                TtlTimeProvider.DEFAULT,
                gauges,
                (name, value) -> {},
                List.of(),
                new CloseableRegistry(),
                1.0));
  }

  private static ValueState<byte[]> values(AbstractKeyedStateBackend<Long> backend)
      throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE,
        VoidNamespaceSerializer.INSTANCE,
        new ValueStateDescriptor<>("values", BytePrimitiveArraySerializer.INSTANCE));
  }

  @Test
  void memtablesOfTwoBackendsStayInTheSlotsMemory() throws Exception {
    assertThat(new LearnedStateBackend().useManagedMemory()).isTrue();
    try (MockEnvironment environment =
        MockEnvironment.builder().setManagedMemorySize(SLOT_BYTES).build()) {
      MemoryManager manager = environment.getMemoryManager();
      long availableBefore = manager.availableMemory();
      List<AbstractKeyedStateBackend<Long>> backends = new ArrayList<>();
      backends.add(open(environment));
      backends.add(open(environment));
      assertThat(manager.availableMemory()).isLessThan(availableBefore);
      try (OpaqueMemoryResource<SlotMemory> lease =
          manager.getSharedMemoryResourceForManagedMemory(
              ManagedMemory.RESOURCE, SlotMemory::new, 1.0)) {
        SlotMemory memory = lease.getResourceHandle();
        List<ValueState<byte[]>> states = new ArrayList<>();
        for (AbstractKeyedStateBackend<Long> backend : backends) {
          states.add(values(backend));
        }
        for (long key = 0; key < 60_000; key++) {
          for (int i = 0; i < backends.size(); i++) {
            backends.get(i).setCurrentKey(key);
            states.get(i).update(new byte[VALUE_BYTES]);
          }
        }
        assertThat(memory.allocatedBytesPeak()).isBetween(SLOT_BYTES / 8, SLOT_BYTES);
        assertThat(gauges.number("flushes")).isPositive();
        for (int i = 0; i < backends.size(); i++) {
          backends.get(i).setCurrentKey(31L);
          assertThat(states.get(i).value()).hasSize(VALUE_BYTES);
        }
        backends.forEach(AbstractKeyedStateBackend::dispose);
        assertThat(memory.allocatedBytes()).isLessThanOrEqualTo(SLOT_BYTES / 4);
        memory.close();
        assertThat(memory.allocatedBytes()).isZero();
      }
      assertThat(manager.availableMemory()).isEqualTo(availableBefore);
    }
  }

  @Test
  void aSnapshotThatOutlivesItsBackendGivesItsMemoryBack() throws Exception {
    try (MockEnvironment environment =
        MockEnvironment.builder().setManagedMemorySize(SLOT_BYTES).build()) {
      AbstractKeyedStateBackend<Long> backend = open(environment);
      try (OpaqueMemoryResource<SlotMemory> lease =
          environment
              .getMemoryManager()
              .getSharedMemoryResourceForManagedMemory(
                  ManagedMemory.RESOURCE, SlotMemory::new, 1.0)) {
        ValueState<byte[]> state = values(backend);
        for (long key = 0; key < 100; key++) {
          backend.setCurrentKey(key);
          state.update(new byte[VALUE_BYTES]);
        }
        RunnableFuture<SnapshotResult<KeyedStateHandle>> snapshot =
            backend.snapshot(
                1,
                0,
                new MemCheckpointStreamFactory(1 << 20),
                CheckpointOptions.forCheckpointWithDefaultLocation());
        backend.dispose();
        assertThat(snapshot.isCancelled()).isTrue();
        lease.getResourceHandle().close();
        assertThat(lease.getResourceHandle().allocatedBytes()).isZero();
      }
    }
  }

  @Test
  void theStoreIsShownInTheOperatorsMetrics() throws Exception {
    try (MockEnvironment environment =
        MockEnvironment.builder().setManagedMemorySize(SLOT_BYTES).build()) {
      AbstractKeyedStateBackend<Long> backend = open(environment);
      ValueState<byte[]> state = values(backend);
      for (long key = 0; key < 60_000; key++) {
        backend.setCurrentKey(key);
        state.update(new byte[VALUE_BYTES]);
      }
      assertThat(gauges.number("memtableBytes")).isBetween(1L, SLOT_BYTES);
      assertThat(gauges.number("runCount")).isPositive();
      assertThat(gauges.number("runBytes")).isGreaterThan(20_000L * VALUE_BYTES);
      assertThat(gauges.number("filterBytes")).isPositive();
      assertThat(gauges.number("modelErrorMaxBlocks")).isNotNegative();
      assertThat(gauges.number("flushedBytes")).isPositive();
      assertThat(gauges.number("findingBytesPerEntry")).isLessThan(20);
      backend.dispose();
    }
  }

  @Test
  void itCanDoWithoutManagedMemory() {
    Configuration configuration = new Configuration();
    configuration.set(LearnedOptions.MANAGED_MEMORY, false);
    LearnedStateBackend kind =
        new LearnedStateBackend().configure(configuration, getClass().getClassLoader());
    assertThat(kind.useManagedMemory()).isFalse();
  }
}
