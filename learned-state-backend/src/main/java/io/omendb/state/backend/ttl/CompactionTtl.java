package io.omendb.state.backend.ttl;

import io.omendb.state.backend.form.ListChunks;
import io.omendb.state.store.LearnedStore;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.StateTtlConfig.CleanupStrategies;
import org.apache.flink.api.common.state.StateTtlConfig.RocksdbCompactFilterCleanupStrategy;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.runtime.state.ttl.TtlAwareSerializer;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;

/**
 * Has the store leave out expired values of states with a time to live, when it writes entries
 * anyway. Active for states whose clean-up in compaction is on, as it is unless the job turns
 * clean-up in the background off; Flink names that option after RocksDB.
 *
 * <p>A state is filtered from its registration on; until then nothing is known of its values, and
 * all are kept. When values are rewritten with a new serializer, with a time to live or without,
 * nothing is filtered meanwhile, and later only what is not older than the rewrite, because what is
 * older begins with no time stamp, or with one that no longer counts. Task thread.
 */
public final class CompactionTtl {

  /** As many entries as RocksDB's filter lets pass between two looks at the clock. */
  private static final long ENTRIES_PER_CLOCK_READ = 1000;

  private final LearnedStore store;
  private final TtlTimeProvider clock;
  private final Map<Integer, Long> rewritten = new HashMap<>();

  public CompactionTtl(LearnedStore store, TtlTimeProvider clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Before values of a state are rewritten, at a version that those before do not have. */
  public void beforeRewrite(int keyspace, long version) {
    store.stopFiltering(keyspace);
    store.stopFiltering(ListChunks.keyspaceOf(keyspace));
    rewritten.put(keyspace, version);
  }

  /** After a state was registered, for the first time or again. */
  public void registered(
      StateDescriptor<?, ?> descriptor, int keyspace, TypeSerializer<?> serializer) {
    StateTtlConfig config = descriptor.getTtlConfig();
    boolean active =
        config.isEnabled()
            && config.getCleanupStrategies().inRocksdbCompactFilter()
            && TtlAwareSerializer.isSerializerTtlEnabled(serializer);
    if (!active) {
      store.stopFiltering(keyspace);
      store.stopFiltering(ListChunks.keyspaceOf(keyspace));
      return;
    }
    switch (descriptor.getType()) {
      case LIST -> {
        filter(keyspace, keyspace, TtlFilter.Form.LIST_HEAD, config, serializer);
        int chunks = ListChunks.keyspaceOf(keyspace);
        filter(chunks, keyspace, TtlFilter.Form.ELEMENTS, config, serializer);
      }
      case MAP -> filter(keyspace, keyspace, TtlFilter.Form.NULLABLE, config, serializer);
      default -> filter(keyspace, keyspace, TtlFilter.Form.VALUE, config, serializer);
    }
  }

  private void filter(
      int filtered,
      int keyspace,
      TtlFilter.Form form,
      StateTtlConfig config,
      TypeSerializer<?> serializer) {
    // Rewrites ask on other threads, for which a serializer is duplicated from one that is not
    // used.
    TypeSerializer<?> unused = serializer.duplicate();
    store.filter(
        filtered,
        new TtlFilter<>(
            form,
            config.getTimeToLive().toMillis(),
            entriesPerClockRead(config.getCleanupStrategies()),
            clock,
            () -> elementSerializer(unused)),
        rewritten.getOrDefault(keyspace, 0L));
  }

  private static TypeSerializer<?> elementSerializer(TypeSerializer<?> list) {
    synchronized (list) {
      return ((ListSerializer<?>) list).getElementSerializer().duplicate();
    }
  }

  private static long entriesPerClockRead(CleanupStrategies strategies) {
    RocksdbCompactFilterCleanupStrategy strategy =
        strategies.getRocksdbCompactFilterCleanupStrategy();
    return strategy == null ? ENTRIES_PER_CLOCK_READ : strategy.getQueryTimeAfterNumEntries();
  }
}
