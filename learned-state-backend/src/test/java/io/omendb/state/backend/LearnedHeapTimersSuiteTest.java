package io.omendb.state.backend;

import io.omendb.state.backend.timer.TimerService;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.ConfigurableStateBackend;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flink's suite for keyed state backends, with timers in the heap. */
@ExtendWith(ParameterizedTestExtension.class)
class LearnedHeapTimersSuiteTest extends LearnedStateBackendSuiteTest {

  @Override
  protected ConfigurableStateBackend getStateBackend() {
    Configuration configuration = new Configuration();
    configuration.set(LearnedOptions.TIMER_SERVICE, TimerService.HEAP);
    return new LearnedStateBackend(LearnedOptions.from(configuration));
  }
}
