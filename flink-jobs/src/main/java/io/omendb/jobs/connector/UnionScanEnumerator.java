package io.omendb.jobs.connector;

import io.omendb.jobs.serve.LeaseRegistry;
import io.omendb.jobs.serve.LeasedTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;

/** Hands out the parts of a leased table on request, large files first. */
final class UnionScanEnumerator implements SplitEnumerator<UnionSplit, List<UnionSplit>> {
  private final SplitEnumeratorContext<UnionSplit> context;
  private final Deque<UnionSplit> remaining;

  UnionScanEnumerator(SplitEnumeratorContext<UnionSplit> context, List<UnionSplit> remaining) {
    this.context = context;
    this.remaining = new ArrayDeque<>(remaining);
  }

  static UnionScanEnumerator over(
      SplitEnumeratorContext<UnionSplit> context, String leaseId, int tableId) {
    LeasedTable table = LeaseRegistry.get(leaseId).table(tableId);
    List<UnionSplit> splits = new ArrayList<>();
    table.files().stream()
        .map(UnionSplit.LakeSplit::new)
        .sorted(
            Comparator.comparingLong((UnionSplit.LakeSplit split) -> split.file().rowCount())
                .reversed())
        .forEach(splits::add);
    for (int shard = 0; shard < table.shardCount(); shard++) {
      splits.add(new UnionSplit.DeltaSplit(shard));
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
