package io.omendb.jobs.connector;

import io.omendb.jobs.serve.union.LakeLease;
import io.omendb.jobs.serve.union.LeasedTable;
import io.omendb.lake.LakeScan.RowIterator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.utils.ProjectedRowData;
import org.jspecify.annotations.Nullable;

/**
 * Reads one split after the other on the task thread, which is what a bounded scan is for; a split
 * is read whole or, after a failure, again from its start.
 */
final class UnionScanReader implements SourceReader<RowData, UnionSplit> {
  /** Rows per call, so that the mailbox is served in between. */
  private static final int ROWS_PER_POLL = 1 << 10;

  private final SourceReaderContext context;
  private final LakeLease lease;
  private final int tableId;
  private final int[] fields;
  private final ProjectedRowData projection;
  private final Deque<UnionSplit> assigned = new ArrayDeque<>();
  private CompletableFuture<Void> available = new CompletableFuture<>();
  private boolean noMoreSplits;
  private long remaining;
  private @Nullable LeasedTable table;
  private @Nullable UnionSplit split;
  private @Nullable RowIterator rows;
  private boolean projects;

  UnionScanReader(
      SourceReaderContext context, LakeLease lease, int tableId, int[] fields, long limit) {
    this.context = context;
    this.lease = lease;
    this.tableId = tableId;
    this.fields = fields;
    this.remaining = limit;
    this.projection = ProjectedRowData.from(fields);
  }

  @Override
  public void start() {
    context.sendSplitRequest();
  }

  @Override
  public InputStatus pollNext(ReaderOutput<RowData> output) {
    if (remaining <= 0) {
      return InputStatus.END_OF_INPUT;
    }
    RowIterator open = rows;
    if (open == null) {
      UnionSplit next = assigned.poll();
      if (next == null) {
        return noMoreSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
      }
      split = next;
      open = open(next);
      rows = open;
    }
    for (int i = 0; i < ROWS_PER_POLL; i++) {
      if (remaining <= 0) {
        return InputStatus.END_OF_INPUT;
      }
      if (!open.next()) {
        open.close();
        rows = null;
        split = null;
        requestSplit();
        break;
      }
      output.collect(projects ? projection.replaceRow(open.row()) : open.row());
      remaining--;
    }
    return InputStatus.MORE_AVAILABLE;
  }

  private void requestSplit() {
    if (assigned.isEmpty() && !noMoreSplits) {
      available = new CompletableFuture<>();
      context.sendSplitRequest();
    }
  }

  private RowIterator open(UnionSplit next) {
    LeasedTable leased = table;
    if (leased == null) {
      leased = lease.table(tableId);
      table = leased;
    }
    if (next instanceof UnionSplit.LakeSplit lake) {
      projects = false;
      return leased.readFile(lake.file(), fields);
    }
    projects = true;
    return new ShardRangeRows(leased, (UnionSplit.DeltaSplit) next);
  }

  @Override
  public List<UnionSplit> snapshotState(long checkpointId) {
    List<UnionSplit> unread = new ArrayList<>(assigned);
    UnionSplit current = split;
    if (current != null) {
      unread.add(current);
    }
    return unread;
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return available;
  }

  @Override
  public void addSplits(List<UnionSplit> splits) {
    assigned.addAll(splits);
    available.complete(null);
  }

  @Override
  public void notifyNoMoreSplits() {
    noMoreSplits = true;
    available.complete(null);
  }

  @Override
  public void close() {
    RowIterator open = rows;
    if (open != null) {
      open.close();
    }
  }
}
