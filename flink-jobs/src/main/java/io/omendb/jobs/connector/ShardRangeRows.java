package io.omendb.jobs.connector;

import io.omendb.jobs.connector.UnionSplit.DeltaSplit;
import io.omendb.jobs.serve.union.LeasedTable;
import io.omendb.lake.LakeScan.RowIterator;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/** The rows of a delta split, one shard after the other. */
final class ShardRangeRows implements RowIterator {
  private final LeasedTable table;
  private final int shardEnd;
  private int nextShard;
  private @Nullable RowIterator rows;

  ShardRangeRows(LeasedTable table, DeltaSplit split) {
    this.table = table;
    this.nextShard = split.shardFirst();
    this.shardEnd = split.shardEnd();
  }

  @Override
  public boolean next() {
    while (true) {
      RowIterator open = rows;
      if (open == null) {
        if (nextShard == shardEnd) {
          return false;
        }
        open = table.readShard(nextShard++);
        rows = open;
      }
      if (open.next()) {
        return true;
      }
      close();
    }
  }

  @Override
  public RowData row() {
    RowIterator open = rows;
    if (open == null) {
      throw new IllegalStateException("no row: next() has not returned true");
    }
    return open.row();
  }

  @Override
  public void close() {
    RowIterator open = rows;
    rows = null;
    if (open != null) {
      open.close();
    }
  }
}
