package io.omendb.jobs.connector;

import io.omendb.jobs.serve.union.LeasedTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the parts of a leased table on request, large files first, then the deltas. A request
 * costs a message between processes and a delta is usually small, so a delta split has many shards.
 */
final class UnionScanEnumerator implements SplitEnumerator<UnionSplit, List<UnionSplit>> {
  /** Leaves readers that are done early something to take over. */
  private static final int DELTA_SPLITS_PER_READER = 2;

  private final SplitEnumeratorContext<UnionSplit> context;
  private final Deque<UnionSplit> remaining;

  UnionScanEnumerator(SplitEnumeratorContext<UnionSplit> context, List<UnionSplit> remaining) {
    this.context = context;
    this.remaining = new ArrayDeque<>(remaining);
  }

  static UnionScanEnumerator over(SplitEnumeratorContext<UnionSplit> context, LeasedTable table) {
    List<UnionSplit> splits = new ArrayList<>();
    table.files().stream()
        .map(UnionSplit.LakeSplit::new)
        .sorted(
            Comparator.comparingLong((UnionSplit.LakeSplit split) -> split.file().rowCount())
                .reversed())
        .forEach(splits::add);
    int shards = table.shardCount();
    int deltas = Math.min(shards, context.currentParallelism() * DELTA_SPLITS_PER_READER);
    for (int i = 0; i < deltas; i++) {
      splits.add(new UnionSplit.DeltaSplit(shards * i / deltas, shards * (i + 1) / deltas));
    }
    return new UnionScanEnumerator(context, splits);
  }

  @Override
  public void start() {}

  @Override
  public void handleSplitRequest(int subtask, @Nullable String host) {
    UnionSplit next = remaining.poll();
    if (next == null) {
      context.signalNoMoreSplits(subtask);
    } else {
      context.assignSplit(next, subtask);
    }
  }

  @Override
  public void addSplitsBack(List<UnionSplit> splits, int subtask) {
    remaining.addAll(splits);
  }

  @Override
  public void addReader(int subtask) {}

  @Override
  public List<UnionSplit> snapshotState(long checkpointId) {
    return List.copyOf(remaining);
  }

  @Override
  public void close() {}
}
