package org.apache.flink.test.state;

import io.omendb.state.backend.LearnedOptions;
import io.omendb.state.backend.LearnedStateBackend;
import io.omendb.state.backend.timer.TimerService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.apache.flink.testutils.junit.extensions.parameterized.Parameters;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Flink's suite for canonical savepoints that travel from one backend to another: heap, RocksDB and
 * ours in both directions. It is here because the suite is visible in its package only.
 */
@ExtendWith(ParameterizedTestExtension.class)
public class LearnedSavepointStateBackendSwitchTest extends SavepointStateBackendSwitchTestBase {

  private static final BackendSwitchSpecs.BackendSwitchSpec LEARNED =
      new LearnedSpec(TimerService.STORE);
  private static final BackendSwitchSpecs.BackendSwitchSpec LEARNED_HEAP_TIMERS =
      new LearnedSpec(TimerService.HEAP);

  public LearnedSavepointStateBackendSwitchTest(
      BackendSwitchSpecs.BackendSwitchSpec from, BackendSwitchSpecs.BackendSwitchSpec to) {
    super(from, to);
  }

  @Parameters(name = "from: {0}, to: {1}")
  public static Collection<Object[]> pairs() {
    List<Object[]> pairs = new ArrayList<>();
    for (BackendSwitchSpecs.BackendSwitchSpec other :
        List.of(
            BackendSwitchSpecs.HEAP,
            BackendSwitchSpecs.ROCKS,
            BackendSwitchSpecs.ROCKS_HEAP_TIMERS,
            LEARNED_HEAP_TIMERS)) {
      pairs.add(new Object[] {LEARNED, other});
      pairs.add(new Object[] {other, LEARNED});
    }
    pairs.add(new Object[] {LEARNED, LEARNED});
    return pairs;
  }

  private static final class LearnedSpec implements BackendSwitchSpecs.BackendSwitchSpec {
    private final List<AbstractKeyedStateBackend<?>> backends = new ArrayList<>();
    private final Configuration configuration = new Configuration();

    LearnedSpec(TimerService timers) {
      configuration.set(LearnedOptions.TIMER_SERVICE, timers);
    }

    @Override
    public CheckpointableKeyedStateBackend<String> createBackend(
        KeyGroupRange keyGroups, int keyGroupCount, Collection<KeyedStateHandle> handles)
        throws Exception {
      MockEnvironment environment = MockEnvironment.builder().build();
      AbstractKeyedStateBackend<String> backend =
          new LearnedStateBackend(LearnedOptions.from(configuration))
              .createKeyedStateBackend(
                  new KeyedStateBackendParametersImpl<>(
                      environment,
                      new JobID(),
                      "operator",
                      StringSerializer.INSTANCE,
                      keyGroupCount,
                      keyGroups,
                      environment.getTaskKvStateRegistry(),
                      TtlTimeProvider.DEFAULT,
                      new UnregisteredMetricsGroup(),
                      handles,
                      new CloseableRegistry()));
      backends.add(backend);
      return backend;
    }

    @Override
    public void close() {
      backends.forEach(AbstractKeyedStateBackend::dispose);
      backends.clear();
    }

    @Override
    public String toString() {
      return "LEARNED, timers: " + configuration.get(LearnedOptions.TIMER_SERVICE);
    }
  }
}
