package io.omendb.jobs.memory;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What of the heap may be held at once by work that clients ask for, in fixed shares: a kind of
 * work that has used up its share cannot take another's. Estimates, not measurements, are counted;
 * the rest of the heap is for the fixed parts (Flink, the planner, caches, connections' buffers)
 * and for what estimates miss. Flink's managed and network memory is off the heap.
 *
 * <pre>
 *   heap H   rest = max(224 MB, 0.3 H)       512 MB: 288 MB      2 GB: 1,434 MB
 *   STATEMENTS     30 %                               86 MB              430 MB
 *   TRANSACTIONS   30 %                               86 MB              430 MB
 *   RESULTS        10 %                               29 MB              143 MB
 *   CONNECTIONS    15 %                               43 MB              215 MB
 *   LAKE           15 %                               43 MB              215 MB
 * </pre>
 *
 * <p>Thread-safe. A process has one, {@link #ofProcess()}; tests make their own.
 */
public final class MemoryBudget {
  private static final long REST_BYTES_MIN = 224L << 20;
  private static final int REST_PERCENT = 30;

  /** Below this heap nothing fits; each share then still gets something. */
  private static final int BUDGET_PERCENT_MIN = 20;

  /** The kinds of work. */
  public enum Kind {
    /** Sorts, hash tables, groups, rows that a statement keeps. */
    STATEMENTS(30, "raise the server's heap (-Xmx), or run fewer such statements at a time"),
    /** Uncommitted writes. */
    TRANSACTIONS(30, "commit in smaller transactions, or raise the server's heap (-Xmx)"),
    /** Rows on their way to clients that do not keep up. */
    RESULTS(10, "read results faster or in smaller rows, or raise the server's heap (-Xmx)"),
    /** Messages, parameters, prepared statements, unfinished rows of COPY. */
    CONNECTIONS(15, "send smaller messages, DEALLOCATE statements, or raise the heap (-Xmx)"),
    /** Work that waits for the lake. */
    LAKE(15, "see why the lake falls behind, or raise the server's heap (-Xmx)");

    private final int percent;
    private final String remedy;

    Kind(int percent, String remedy) {
      this.percent = percent;
      this.remedy = remedy;
    }

    String remedy() {
      return remedy;
    }
  }

  /** Made when first asked for. */
  private static final class OfProcess {
    static final MemoryBudget BUDGET = ofHeap(Runtime.getRuntime().maxMemory());
  }

  private final long bytesMax;
  private final Map<Kind, MemoryShare> shares = new EnumMap<>(Kind.class);

  private MemoryBudget(long bytesMax) {
    this.bytesMax = bytesMax;
    for (Kind kind : Kind.values()) {
      shares.put(kind, new MemoryShare(kind.name(), kind.remedy(), bytesMax / 100 * kind.percent));
    }
  }

  /** The budget of this JVM. */
  public static MemoryBudget ofProcess() {
    return OfProcess.BUDGET;
  }

  /** A budget for a heap of that size. */
  public static MemoryBudget ofHeap(long heapBytes) {
    long rest = Math.max(REST_BYTES_MIN, heapBytes / 100 * REST_PERCENT);
    return new MemoryBudget(Math.max(heapBytes / 100 * BUDGET_PERCENT_MIN, heapBytes - rest));
  }

  /** What all shares have together. */
  public long bytesMax() {
    return bytesMax;
  }

  public MemoryShare share(Kind kind) {
    MemoryShare share = shares.get(kind);
    if (share == null) {
      throw new IllegalStateException("no share for " + kind);
    }
    return share;
  }

  /** Bytes in use by kind of work. */
  public Map<String, Long> usedBytes() {
    Map<String, Long> used = new LinkedHashMap<>();
    shares.forEach((kind, share) -> used.put(kind.name(), share.usedBytes()));
    return used;
  }

  /** The most that was ever in use by kind of work. */
  public Map<String, Long> peakBytes() {
    Map<String, Long> peaks = new LinkedHashMap<>();
    shares.forEach((kind, share) -> peaks.put(kind.name(), share.peakBytes()));
    return peaks;
  }
}
