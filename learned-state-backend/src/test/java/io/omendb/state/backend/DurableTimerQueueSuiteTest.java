package io.omendb.state.backend;

import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.state.StateContext;
import io.omendb.state.backend.timer.DurableTimerQueue;
import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.StoreOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.InternalKeyContextImpl;
import org.apache.flink.runtime.state.InternalPriorityQueue;
import org.apache.flink.runtime.state.InternalPriorityQueueTestBase;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Flink's suite for timer queues. */
class DurableTimerQueueSuiteTest extends InternalPriorityQueueTestBase {

  @TempDir Path directory;
  private final List<LearnedStore> stores = new ArrayList<>();

  @AfterEach
  void closeStores() {
    stores.forEach(LearnedStore::close);
  }

  @Override
  protected InternalPriorityQueue<TestElement> newPriorityQueue(int initialCapacity) {
    int keyGroups = KEY_GROUP_RANGE.getNumberOfKeyGroups();
    LearnedStore store = openStore();
    StateContext<Long> context =
        new StateContext<>(
            store,
            new InternalKeyContextImpl<>(KEY_GROUP_RANGE, keyGroups),
            KeyPart.of(LongSerializer.INSTANCE),
            1);
    return new DurableTimerQueue<>(
        context,
        1,
        new HeapPriorityQueueSet<>(
            TEST_ELEMENT_PRIORITY_COMPARATOR,
            KEY_EXTRACTOR_FUNCTION,
            initialCapacity,
            KEY_GROUP_RANGE,
            keyGroups),
        TestElementSerializer.INSTANCE);
  }

  private LearnedStore openStore() {
    try {
      LearnedStore store =
          LearnedStore.open(
              directory.resolve("store-" + stores.size()),
              StoreOptions.defaults().withMemtableBytes(1 << 20));
      stores.add(store);
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected boolean testSetSemanticsAgainstDuplicateElements() {
    return true;
  }
}
