package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Incremental clean-up really removes expired entries from the store. */
class TtlCleanupTest {

  private static final int KEYS = 970;
  private static final StateTtlConfig TTL =
      StateTtlConfig.newBuilder(Duration.ofMillis(100)).cleanupIncrementally(5, true).build();

  @TempDir Path checkpoints;

  @Test
  void selectingEveryKeyRemovesAllExpiredValues() throws Exception {
    AtomicLong now = new AtomicLong();
    try (BackendHarness harness = new BackendHarness(checkpoints)) {
      harness.clock = now::get;
      LearnedKeyedStateBackend<Integer> backend =
          harness.open(IntSerializer.INSTANCE, KeyGroupRange.of(0, 31));
      ValueStateDescriptor<String> values =
          new ValueStateDescriptor<>("values", StringSerializer.INSTANCE);
      values.enableTimeToLive(TTL);
      MapStateDescriptor<String, String> maps =
          new MapStateDescriptor<>("maps", StringSerializer.INSTANCE, StringSerializer.INSTANCE);
      maps.enableTimeToLive(TTL);
      ValueState<String> value =
          backend.getPartitionedState(
              VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, values);
      MapState<String, String> map =
          backend.getPartitionedState(
              VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, maps);
      for (int key = 0; key < KEYS; key++) {
        backend.setCurrentKey(key);
        value.update("v" + key);
        map.put("a", "1");
        map.put("b", "2");
      }
      assertThat(backend.numKeyValueStateEntries()).isEqualTo(3 * KEYS);

      now.set(120);
      backend.setCurrentKey(0);
      map.put("b", "still here");
      for (int key = 0; key < KEYS; key++) {
        backend.setCurrentKey(key);
      }
      assertThat(backend.numKeyValueStateEntries()).isEqualTo(1);
      backend.setCurrentKey(0);
      assertThat(map.get("b")).isEqualTo("still here");
    }
  }
}
