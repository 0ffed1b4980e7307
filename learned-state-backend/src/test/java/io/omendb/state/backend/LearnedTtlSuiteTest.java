package io.omendb.state.backend;

import java.lang.reflect.Method;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.ttl.StateBackendTestContext;
import org.apache.flink.runtime.state.ttl.TtlStateTestBase;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.testutils.junit.extensions.parameterized.ParameterizedTestExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Flink's suite for state with a time to live, in all its contexts. */
@ExtendWith(ParameterizedTestExtension.class)
class LearnedTtlSuiteTest extends TtlStateTestBase {

  @Override
  protected StateBackendTestContext createStateBackendTestContext(TtlTimeProvider timeProvider) {
    return new StateBackendTestContext(timeProvider) {
      @Override
      protected StateBackend createStateBackend() {
        return new LearnedStateBackend();
      }
    };
  }

  /**
   * Checkpoints of this backend are incremental images of the store, so filters of full snapshots
   * do not touch them; {@link CanonicalSavepointTest} checks them where they act.
   */
  @Override
  public boolean isSavepoint() {
    return false;
  }

  private String testMethod = "";

  @BeforeEach
  void rememberTest(TestInfo test) {
    testMethod = test.getTestMethod().map(Method::getName).orElse("");
  }

  /**
   * Incremental clean-up is supported. One test of the suite looks for its effect inside the heap
   * backend's own classes, so it cannot run here; {@link TtlCleanupTest} has its like.
   */
  @Override
  protected boolean incrementalCleanupSupported() {
    return !testMethod.equals("testIncrementalCleanupWholeState");
  }
}
