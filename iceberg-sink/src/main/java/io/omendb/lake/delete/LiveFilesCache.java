package io.omendb.lake.delete;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The live files of tables that were committed to lately, by table UUID: left here by a table's
 * last committer, and taken out while one works. Bounded by files of all tables together; what was
 * left longest ago goes first, and is read from the lake again when it is needed. Thread-safe.
 */
public final class LiveFilesCache {
  /** Some 30 MB. */
  private static final int FILES_MAX = 100_000;

  private final int filesMax;

  @GuardedBy("this")
  private final Map<UUID, LiveFiles> tables = new LinkedHashMap<>();

  @GuardedBy("this")
  private int files;

  public LiveFilesCache() {
    this(FILES_MAX);
  }

  LiveFilesCache(int filesMax) {
    this.filesMax = filesMax;
  }

  /** Takes a table's out; null where they are not here. */
  public synchronized @Nullable LiveFiles take(UUID table) {
    LiveFiles taken = tables.remove(table);
    files -= taken == null ? 0 : taken.size();
    return taken;
  }

  /** The table is gone. */
  public synchronized void forget(UUID table) {
    LiveFiles unused = take(table);
  }

  /** Keeps a table's; they are not changed while they are here. */
  public synchronized void keep(UUID table, LiveFiles live) {
    LiveFiles former = tables.put(table, live);
    files += live.size() - (former == null ? 0 : former.size());
    for (Iterator<LiveFiles> oldest = tables.values().iterator();
        files > filesMax && oldest.hasNext(); ) {
      files -= oldest.next().size();
      oldest.remove();
    }
  }
}
