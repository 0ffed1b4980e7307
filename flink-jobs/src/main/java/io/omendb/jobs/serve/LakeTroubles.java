package io.omendb.jobs.serve;

import io.omendb.jobs.serve.LakeTableState.Trouble;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What keeps tables from being published, as those who work on it say. Each table has a few parts
 * that may fail by themselves; the oldest trouble is shown. Thread-safe; bounded by {@link
 * #TABLES_MAX}, beyond which the troubles of further tables are in the server's log only.
 */
public final class LakeTroubles {
  static final int TABLES_MAX = 10_000;

  private final Map<Integer, Map<String, Trouble>> byTable = new HashMap<>();

  /** A part failed, or failed once more. */
  public synchronized void failed(
      int tableId, String part, String reason, String message, String advice, long nowMicros) {
    if (byTable.size() >= TABLES_MAX && !byTable.containsKey(tableId)) {
      return;
    }
    Map<String, Trouble> parts = byTable.computeIfAbsent(tableId, id -> new HashMap<>());
    Trouble former = parts.get(part);
    long since = nowMicros;
    long attempts = 1;
    if (former != null && former.reason().equals(reason)) {
      since = former.sinceMicros();
      attempts += former.attempts();
    }
    parts.put(part, new Trouble(reason, message, advice, since, attempts));
  }

  /** A part goes on. */
  public synchronized void mended(int tableId, String part) {
    Map<String, Trouble> parts = byTable.get(tableId);
    if (parts != null) {
      parts.remove(part);
      if (parts.isEmpty()) {
        byTable.remove(tableId);
      }
    }
  }

  /** The oldest trouble of a table; null where it has none. */
  public synchronized @Nullable Trouble of(int tableId) {
    return byTable.getOrDefault(tableId, Map.of()).values().stream()
        .min(Comparator.comparingLong(Trouble::sinceMicros))
        .orElse(null);
  }
}
