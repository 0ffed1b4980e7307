package io.omendb.state.backend;

import io.omendb.state.backend.form.KeyPart;
import io.omendb.state.backend.state.StateContext;
import io.omendb.state.backend.timer.StoredTimerQueue;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Flink's suite for timer queues, for those in the store, with fronts of several sizes. */
class StoredTimerQueueSuiteTest {

  @Nested
  class WithTheDefaultFront extends Suite {
    WithTheDefaultFront() {
      super(LearnedOptions.TIMER_CACHE_SIZE.defaultValue());
    }
  }

  @Nested
  class WithAFrontOfThree extends Suite {
    WithAFrontOfThree() {
      super(3);
    }
  }

  @Nested
  class WithAFrontOfOne extends Suite {
    WithAFrontOfOne() {
      super(1);
    }
  }

  private abstract static class Suite extends InternalPriorityQueueTestBase {

    @TempDir Path directory;
    private final List<LearnedStore> stores = new ArrayList<>();
    private final int frontSize;

    Suite(int frontSize) {
      this.frontSize = frontSize;
    }

    @AfterEach
    void closeStores() {
      stores.forEach(LearnedStore::close);
    }

    @Override
    protected InternalPriorityQueue<TestElement> newPriorityQueue(int initialCapacity) {
      LearnedStore store = openStore();
      StateContext<Long> context =
          new StateContext<>(
              store,
              new InternalKeyContextImpl<>(KEY_GROUP_RANGE, KEY_GROUP_RANGE.getNumberOfKeyGroups()),
              KeyPart.of(LongSerializer.INSTANCE),
              1);
      return new StoredTimerQueue<>(context, store, 1, frontSize, TestElementSerializer.INSTANCE);
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
}
