package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.omendb.state.backend.metric.RunGauges;
import io.omendb.state.store.RunStatistics;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.junit.jupiter.api.Test;

/** What Flink's metric registry gets to see of a store. */
@SuppressWarnings("try") // closing may be interrupted; then the test fails
class StoreGaugesTest {

  private static final long KEYS = 20_000;

  private final Map<String, Metric> registered = new TreeMap<>();
  private final TestingMetricRegistry registry =
      TestingMetricRegistry.builder()
          .setDelimiter('.')
          .setRegisterConsumer(
              (metric, name, group) -> registered.put(group.getMetricIdentifier(name), metric))
          .build();
  private final MetricGroup operator =
      TaskManagerMetricGroup.createTaskManagerMetricGroup(registry, "host", ResourceID.generate())
          .addGroup("operator");

  private LearnedKeyedStateBackend<Long> open(MockEnvironment environment, long[] clock)
      throws Exception {
    return (LearnedKeyedStateBackend<Long>)
        new LearnedStateBackend()
            .createKeyedStateBackend(
                new KeyedStateBackendParametersImpl<>(
                    environment,
                    new JobID(),
                    "operator",
                    LongSerializer.INSTANCE,
                    4,
                    KeyGroupRange.of(0, 3),
                    environment.getTaskKvStateRegistry(),
                    () -> clock[0],
                    operator,
                    (name, value) -> {},
                    List.of(),
                    new CloseableRegistry(),
                    1.0));
  }

  private Object gauge(String name) {
    Metric metric = registered.get(operator.getMetricIdentifier("learned." + name));
    if (metric instanceof Gauge<?> gauge) {
      return gauge.getValue();
    }
    throw new AssertionError("no gauge " + name + " among " + registered.keySet());
  }

  private static ValueState<Long> expiringValues(LearnedKeyedStateBackend<Long> backend)
      throws Exception {
    ValueStateDescriptor<Long> descriptor =
        new ValueStateDescriptor<>("values", LongSerializer.INSTANCE);
    descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Duration.ofMillis(10)).build());
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private double number(String name) {
    return ((Number) gauge(name)).doubleValue();
  }

  @Test
  void runsAreShownInANumberOfMetricsThatDoesNotGrow() throws Exception {
    long[] clock = {0};
    try (MockEnvironment environment = MockEnvironment.builder().build()) {
      LearnedKeyedStateBackend<Long> backend = open(environment, clock);
      ValueState<Long> state = expiringValues(backend);
      int metricCount = registered.size();
      assertThat(gauge("runs")).isEqualTo("");
      assertThat(number("runBytesPerKey")).isZero();

      for (long key = 0; key < KEYS; key++) {
        backend.setCurrentKey(key);
        state.update(key);
      }
      backend.store().flush();
      for (long key = KEYS; key < 2 * KEYS; key++) {
        backend.setCurrentKey(key);
        state.update(key);
      }
      backend.store().flush();
      assertThat(number("runCount")).isEqualTo(2);
      assertThat(number("runKeys")).isEqualTo(2 * KEYS);
      assertThat(number("runEntriesMax")).isEqualTo(KEYS);
      assertThat(number("runBytesPerKey")).isBetween(20.0, 100.0);
      assertThat(number("runBytesPerKeyMax")).isBetween(20.0, 100.0);
      assertThat(number("runFindingBytesPerKeyMax")).isBetween(1.0, 5.0);
      double sections =
          number("modelSections") + number("featuresSections") + number("separatorsSections");
      assertThat(sections).isEqualTo(8);
      assertThat(number("modelSegments")).isGreaterThanOrEqualTo(number("modelSections"));
      assertThat(String.valueOf(gauge("runs")).lines())
          .hasSize(2)
          .allMatch(line -> line.matches("[01]: 20000 entries, .* B/key, .*, error \\d+, .*"));
      assertThat(registered).hasSize(metricCount);
      backend.dispose();
    }
  }

  @Test
  void whatFiltersSpareAndWhatHasExpiredIsCounted() throws Exception {
    long[] clock = {0};
    try (MockEnvironment environment = MockEnvironment.builder().build()) {
      LearnedKeyedStateBackend<Long> backend = open(environment, clock);
      ValueState<Long> state = expiringValues(backend);
      for (long key = 0; key < KEYS; key++) {
        backend.setCurrentKey(key);
        state.update(key);
      }
      backend.store().flush();
      assertThat(number("filterHits")).isZero();
      for (long key = KEYS; key < 2 * KEYS; key++) {
        backend.setCurrentKey(key);
        assertThat(state.value()).isNull();
      }
      // One thread reads, so the count is exact.
      assertThat(number("filterHits") + number("filterFalsePositives")).isLessThanOrEqualTo(KEYS);
      assertThat(number("filterHits")).isGreaterThan(0.95 * KEYS);
      backend.setCurrentKey(1L);
      double hits = number("filterHits");
      assertThat(state.value()).isEqualTo(1L);
      assertThat(number("filterHits")).isEqualTo(hits);

      backend
          .snapshot(
              1,
              0,
              new MemCheckpointStreamFactory(16 << 20),
              CheckpointOptions.forCheckpointWithDefaultLocation())
          .run();
      clock[0] = 10;
      backend.store().compact();
      assertThat(number("expiredEntriesRemoved")).isEqualTo(KEYS);
      assertThat(number("runEntries")).isZero();
      backend.dispose();
    }
  }

  @Test
  void theTextOfManyRunsIsBounded() {
    RunStatistics run =
        new RunStatistics("a.run", 1000, 10, 10, 80, 20, 40, 1, 2, Map.of("model", 1));
    assertThat(run.bytesPerKey()).isEqualTo(100);
    assertThat(run.findingBytesPerKey()).isEqualTo(14);
    String text = RunGauges.describe(Collections.nCopies(40, run));
    assertThat(text.lines()).hasSize(RunGauges.RUNS_SHOWN_MAX + 1);
    assertThat(text.lines().findFirst())
        .contains(
            "0: 10 entries, 100.0 B/key, finding 14.00 B/key, {model=1}, error 2, 1 segments");
    assertThat(text.lines().reduce((first, second) -> second))
        .contains("24 more: 240 entries, 100.0 B/key");
  }
}
