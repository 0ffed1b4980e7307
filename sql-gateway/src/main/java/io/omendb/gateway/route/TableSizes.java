package io.omendb.gateway.route;

import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * About how many rows tables have, as learned from whole scans and from what this gateway wrote
 * since. Thread-safe.
 */
public final class TableSizes {
  private static final int TABLES_MAX = 10_000;

  private final ConcurrentMap<Integer, Long> rows = new ConcurrentHashMap<>();

  /** A whole scan counted that many. */
  public void counted(int tableId, long count) {
    if (rows.size() < TABLES_MAX || rows.containsKey(tableId)) {
      rows.put(tableId, count);
    }
  }

  /** There are at least that many. */
  public void atLeast(int tableId, long count) {
    if (rows.size() < TABLES_MAX || rows.containsKey(tableId)) {
      rows.merge(tableId, count, Math::max);
    }
  }

  /** Rows were inserted (or deleted, where negative). */
  public void changed(int tableId, long delta) {
    rows.computeIfPresent(tableId, (id, count) -> Math.max(0, count + delta));
  }

  /** A table that was just created: it has no rows. */
  public void created(int tableId) {
    counted(tableId, 0);
  }

  public OptionalLong rows(int tableId) {
    Long count = rows.get(tableId);
    return count == null ? OptionalLong.empty() : OptionalLong.of(count);
  }
}
