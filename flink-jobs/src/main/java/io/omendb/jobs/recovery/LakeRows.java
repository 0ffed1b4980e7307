package io.omendb.jobs.recovery;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.shard.LocationCodec;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.KeyCodec;
import io.omendb.jobs.table.TableCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.LakeException;
import io.omendb.lake.LakeException.Reason;
import io.omendb.lake.LakeScan;
import io.omendb.lake.LakeScan.FileSplit;
import io.omendb.lake.LakeScan.LocatedRows;
import io.omendb.lake.LakeTable;
import io.omendb.lake.RowLocation;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.IntStream;
import org.apache.flink.table.data.RowData;
import org.jspecify.annotations.Nullable;

/**
 * The live rows of one lake snapshot as table state has them: key, row and location. Ends with an
 * exception where there are other than as many rows as the snapshot's summary says, or where a
 * value is not in the lake as it was.
 *
 * <p>Rows of a table without a primary key get new keys: the lake does not have theirs.
 */
public final class LakeRows implements AutoCloseable {
  private final TableSchema schema;
  private final TableCodec codec;
  private final long newKeysCsn;
  private final long expected;
  private final LakeScan scan;
  private final Deque<FileSplit> files;

  /** Columns whose values the lake has with other decimals than they had. */
  private final int[] inexact;

  private @Nullable LocatedRows open;
  private String file = "";
  private long count;
  private byte[] key = new byte[0];
  private byte[] row = key;

  /**
   * @param newKeysCsn what keys of rows without a primary key begin with: no row that is not in the
   *     snapshot has it
   */
  LakeRows(TableSchema schema, LakeTable table, long snapshotId, long newKeysCsn) {
    this.schema = schema;
    this.codec = new TableCodec(schema);
    this.newKeysCsn = newKeysCsn;
    this.expected = table.liveRows(snapshotId);
    this.scan = table.scan(snapshotId);
    // In an order of their own, so that new keys are the same each time.
    this.files =
        new ArrayDeque<>(
            scan.files().stream().sorted(Comparator.comparing(FileSplit::dataFile)).toList());
    this.inexact =
        IntStream.range(0, schema.columns().size())
            .filter(i -> type(i).isUnconstrainedNumeric())
            .toArray();
  }

  private ColumnType type(int column) {
    return schema.columns().get(column).type();
  }

  /** Goes to the next row; false after the last. */
  public boolean next() {
    while (true) {
      LocatedRows rows = open;
      if (rows != null) {
        if (rows.next()) {
          take(rows.row());
          return true;
        }
        rows.close();
        open = null;
      }
      FileSplit split = files.poll();
      if (split == null) {
        requireAll();
        return false;
      }
      file = split.dataFile();
      open = scan.readWhole(split);
    }
  }

  private void take(RowData found) {
    for (int column : inexact) {
      if (!found.isNullAt(column)) {
        throw new OmenException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "column \"%s\" of table \"%s\" is a numeric without precision, of which the lake does not have the exact values"
                .formatted(schema.columns().get(column).name(), schema.name()));
      }
    }
    row = codec.rows().encode(found);
    key =
        schema.hasPrimaryKey()
            ? codec.key(codec.rows().decode(row))
            : KeyCodec.rowKey(newKeysCsn, Math.toIntExact(count));
    count++;
  }

  private void requireAll() {
    if (count != expected) {
      throw new LakeException(
          Reason.CORRUPT_FILE,
          "the lake's files of table \"%s\" have %d rows, its snapshot %d"
              .formatted(schema.name(), count, expected));
    }
  }

  public byte[] key() {
    return key;
  }

  public int shard(int shardCount) {
    return codec.keys().shard(key, shardCount);
  }

  /** The encoded row. */
  public byte[] row() {
    return row;
  }

  /** The encoded location. */
  public byte[] location() {
    LocatedRows rows = open;
    if (rows == null) {
      throw new IllegalStateException("there is no current row");
    }
    return LocationCodec.encode(new RowLocation(file, rows.position()));
  }

  @Override
  public void close() {
    LocatedRows rows = open;
    open = null;
    if (rows != null) {
      rows.close();
    }
  }
}
