package io.omendb.gateway.oltp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A stable sort of any number of rows: 1. rows gather in memory; 2. when the sort's bound or the
 * statements' memory is reached, those gathered are sorted and written as a run; 3. at the end runs
 * are merged, some at a time while there are more than there is memory to read from, the last time
 * into the caller's hands. O(n log n) comparisons; each row is written once per level of merges.
 *
 * <p>A sort that finds no memory at all goes on with what every statement has: it never waits while
 * it holds some. Rows with a datum that {@link RowFormat} does not know stay in memory.
 *
 * <p>Confined to the statement's thread. Closing it, or the rows it gave, deletes its file.
 */
final class ExternalSort implements AutoCloseable {
  private static final int SLOT_BYTES = 8;

  /** Reading a run: with memory at hand, and in need. */
  private static final int READ_BYTES = 32 << 10;

  private static final int READ_BYTES_MIN = 4 << 10;
  private static final int MERGED_MAX = 64;
  private static final int MERGED_MIN = 6;

  private final Comparator<@Nullable Object[]> order;
  private final StatementMemory statement;
  private final CancelToken cancel;
  private final OperatorMemory memory;
  private List<@Nullable Object[]> gathered = new ArrayList<>();
  private boolean spills = true;
  private long rowBytesMax;
  private @Nullable SpillFile file;
  private List<SpillFile.Run> runs = new ArrayList<>();

  ExternalSort(
      Comparator<@Nullable Object[]> order, StatementMemory statement, CancelToken cancel) {
    this.order = order;
    this.statement = statement;
    this.cancel = cancel;
    memory = statement.open();
  }

  void add(@Nullable Object[] row) {
    long size = StatementMemory.estimate(row) + SLOT_BYTES;
    rowBytesMax = Math.max(rowBytesMax, size);
    spills = spills && RowFormat.canWrite(row);
    boolean fits = !spills || memory.bytes() + size <= statement.sortBytesMax();
    if (!fits || !memory.tryReserve(size)) {
      if (spills && !gathered.isEmpty()) {
        spill();
      }
      memory.reserve(size);
    }
    gathered.add(row);
  }

  private void spill() {
    SpillFile target = file;
    if (target == null) {
      target = SpillFile.create(statement.spillDirectory(), cancel);
      file = target;
    }
    gathered.sort(order);
    try (SpillFile.RunWriter writer = target.newRun()) {
      for (@Nullable Object[] row : gathered) {
        writer.write(row);
      }
      runs.add(writer.finish());
    }
    gathered = new ArrayList<>();
    memory.close();
  }

  /** All rows in order; they take over this sort's memory and file. */
  RowSource finish() {
    SpillFile spilled = file;
    if (spilled == null || !spills) {
      gathered.sort(order);
      if (spilled == null) {
        return new ListSource(gathered, memory);
      }
    } else if (!gathered.isEmpty()) {
      spill();
    }
    int readBytes = READ_BYTES;
    int mergedMax = (int) Math.min(MERGED_MAX, statement.sortBytesMax() / (2 * READ_BYTES));
    if (mergedMax <= MERGED_MIN
        || !memory.tryReserve((long) Math.min(runs.size(), mergedMax) * READ_BYTES)) {
      readBytes = READ_BYTES_MIN;
      mergedMax = MERGED_MIN;
    }
    mergedMax = thoseWithRoom(mergedMax);
    while (runs.size() > mergedMax) {
      mergeOnce(spilled, mergedMax, readBytes);
    }
    return new Merge(runs, gathered, spilled, readBytes);
  }

  /** How many runs can have a row in memory each: two at least. */
  private int thoseWithRoom(int runsMax) {
    int count = Math.min(Math.max(runs.size(), 2), runsMax);
    while (count > 2) {
      if (memory.tryReserve(count * rowBytesMax)) {
        memory.release(count * rowBytesMax);
        break;
      }
      count = Math.max(2, count / 2);
    }
    return count;
  }

  /** Merges neighbours, so that equal rows stay in their order. */
  private void mergeOnce(SpillFile spilled, int mergedMax, int readBytes) {
    List<SpillFile.Run> merged = new ArrayList<>();
    for (int from = 0; from < runs.size(); from += mergedMax) {
      List<SpillFile.Run> some = runs.subList(from, Math.min(runs.size(), from + mergedMax));
      if (some.size() == 1) {
        merged.add(some.get(0));
        continue;
      }
      Merge merge = new Merge(some, List.of(), spilled, readBytes);
      try (SpillFile.RunWriter writer = spilled.newRun()) {
        for (@Nullable Object[] row = merge.next(); row != null; row = merge.next()) {
          writer.write(row);
        }
        merged.add(writer.finish());
      }
    }
    runs = merged;
  }

  @Override
  public void close() {
    gathered = new ArrayList<>();
    memory.close();
    SpillFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }

  /** The first row of a run that was not given yet; {@code reader} null: of those in memory. */
  private static final class Head {
    final int number;
    final SpillFile.@Nullable RunReader reader;
    @Nullable Object[] row;
    long bytes;

    Head(int number, SpillFile.@Nullable RunReader reader, @Nullable Object[] row) {
      this.number = number;
      this.reader = reader;
      this.row = row;
    }
  }

  /** Some runs as one, and behind them the rows that had to stay in memory. */
  private final class Merge implements RowSource {
    private final PriorityQueue<Head> heads;
    private final Iterator<@Nullable Object[]> kept;

    Merge(
        List<SpillFile.Run> merged,
        List<@Nullable Object[]> inMemory,
        SpillFile spilled,
        int readBytes) {
      kept = inMemory.iterator();
      heads =
          new PriorityQueue<>(
              merged.size() + 1,
              (a, b) -> {
                int compared = order.compare(a.row, b.row);
                return compared != 0 ? compared : Integer.compare(a.number, b.number);
              });
      for (int i = 0; i < merged.size(); i++) {
        advance(new Head(i, spilled.read(merged.get(i), readBytes), new Object[0]));
      }
      if (kept.hasNext()) {
        heads.add(new Head(merged.size(), null, kept.next()));
      }
    }

    /** Gives up the head's row, and has it wait with its next one, if it has any. */
    private void advance(Head head) {
      memory.release(head.bytes);
      head.bytes = 0;
      SpillFile.RunReader reader = head.reader;
      @Nullable Object[] row = reader != null ? reader.next() : kept.hasNext() ? kept.next() : null;
      if (row != null) {
        if (reader != null) {
          // One row of each run is what a merge needs at the least: where there is no memory left
          // it goes on with these uncounted.
          long size = StatementMemory.estimate(row);
          head.bytes = memory.tryReserve(size) ? size : 0;
        }
        head.row = row;
        heads.add(head);
      }
    }

    @Override
    public @Nullable Object @Nullable [] next() {
      Head first = heads.poll();
      if (first == null) {
        return null;
      }
      cancel.check();
      @Nullable Object[] row = first.row;
      advance(first);
      return row;
    }

    @Override
    public void close() {
      ExternalSort.this.close();
    }
  }
}
