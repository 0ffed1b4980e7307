package io.omendb.jobs.runtime;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;

/**
 * Which cuts' locations were in table state when a checkpoint was taken: restoring it needs the
 * location files of all later cuts, so these must not expire while it is retained.
 */
final class CutPositions {
  private final Map<Integer, Long> locatedCsns = new HashMap<>();
  private boolean completed;

  static CutPositions of(OperatorCatalog catalog) {
    CutPositions positions = new CutPositions();
    for (OperatorCatalog.Table table : catalog.tables()) {
      positions.locatedCsns.put(table.schema.tableId(), table.locatedCsn);
    }
    return positions;
  }

  /** -1: it needs all. A table that was not there yet is rebuilt from the log, locations too. */
  long oldestNeeded(int tableId) {
    return locatedCsns.getOrDefault(tableId, -1L);
  }

  void complete() {
    completed = true;
  }

  /** Forgets the oldest while {@code keptMax} newer ones are complete. */
  static void retainNewest(NavigableMap<Long, CutPositions> checkpoints, int keptMax) {
    long complete = checkpoints.values().stream().filter(p -> p.completed).count();
    Iterator<CutPositions> oldestFirst = checkpoints.values().iterator();
    while (complete > keptMax && oldestFirst.hasNext()) {
      if (oldestFirst.next().completed) {
        complete--;
      }
      oldestFirst.remove();
    }
  }
}
