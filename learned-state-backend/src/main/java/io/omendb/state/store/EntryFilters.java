package io.omendb.state.store;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The entry filters of one store, by keyspace. Any thread. A rewrite asks for its filter after it
 * has chosen what it rewrites: so a filter that was removed is never asked about what is written
 * afterwards.
 */
final class EntryFilters {

  /** A filter, and the lowest version of entries that it understands. */
  private record Registered(EntryFilter filter, long fromVersion) {}

  /** A filter at work on one section. */
  record Active(EntryFilter.Pass pass, long fromVersion) {}

  private final Map<Integer, Registered> byKeyspace = new ConcurrentHashMap<>();

  void set(int keyspace, EntryFilter filter, long fromVersion) {
    byKeyspace.put(keyspace, new Registered(filter, fromVersion));
  }

  void remove(int keyspace) {
    byKeyspace.remove(keyspace);
  }

  /** Null where nothing is filtered. */
  @Nullable Active begin(int keyspace) {
    Registered registered = byKeyspace.get(keyspace);
    return registered == null
        ? null
        : new Active(registered.filter().begin(), registered.fromVersion());
  }
}
