package io.omendb.jobs.log;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.SchemaCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A commit's changes as bytes: in the log, and on their way from the log to the shards. Every count
 * and length is checked before anything is allocated for it. {@code v} is an unsigned LEB128
 * varint.
 *
 * <pre>
 * changes        v n, n changes
 * change         byte tag, then
 *   1 row        v tableId, v schemaVersion, v shard, v keyBytes, key, v rowBytes + 1, row;
 *                0 instead of rowBytes + 1: deleted
 *   2 row        likewise without tableId and schemaVersion: those of the row before
 *   3 create     schema
 *   4 drop       v tableId
 *   5 truncate   v tableId, schema
 * </pre>
 */
public final class ChangeCodec {
  private static final int TAG_ROW = 1;
  private static final int TAG_ROW_SAME_TABLE = 2;
  private static final int TAG_CREATE = 3;
  private static final int TAG_DROP = 4;
  private static final int TAG_TRUNCATE = 5;

  /** Room is made for so many changes before the first is read. */
  private static final int ROOM_MAX = 1 << 10;

  private ChangeCodec() {}

  /** Is told after each change, so that it can take what was written away. */
  interface Drain {
    void changeWritten() throws IOException;
  }

  public static void write(DataOutput out, List<? extends Change> changes) throws IOException {
    write(out, changes, () -> {});
  }

  static void write(DataOutput out, List<? extends Change> changes, Drain drain)
      throws IOException {
    Varints.write(out, changes.size());
    RowChange before = null;
    for (Change change : changes) {
      if (change instanceof RowChange row) {
        boolean same =
            before != null
                && before.tableId() == row.tableId()
                && before.schemaVersion() == row.schemaVersion();
        out.writeByte(same ? TAG_ROW_SAME_TABLE : TAG_ROW);
        if (!same) {
          Varints.write(out, row.tableId());
          Varints.write(out, row.schemaVersion());
        }
        writeRow(out, row);
        before = row;
      } else if (change instanceof CreateTable create) {
        out.writeByte(TAG_CREATE);
        SchemaCodec.write(out, create.schema());
      } else if (change instanceof DropTable drop) {
        out.writeByte(TAG_DROP);
        Varints.write(out, drop.tableId());
      } else if (change instanceof TruncateTable truncate) {
        out.writeByte(TAG_TRUNCATE);
        Varints.write(out, truncate.tableId());
        SchemaCodec.write(out, truncate.replacement());
      } else {
        throw new AssertionError(change);
      }
      drain.changeWritten();
    }
  }

  private static void writeRow(DataOutput out, RowChange change) throws IOException {
    Varints.write(out, change.shard());
    Varints.write(out, change.key().length);
    out.write(change.key());
    byte[] row = change.row();
    if (row == null) {
      Varints.write(out, 0);
    } else {
      Varints.write(out, row.length + 1L);
      out.write(row);
    }
  }

  /**
   * Reads changes; an {@link IOException} says what is wrong with the bytes.
   *
   * @param bytesMax what all of them have at most: more than that is never allocated at once
   */
  public static List<Change> read(DataInput in, int bytesMax) throws IOException {
    int count = Varints.readInt(in, bytesMax, "changes");
    List<Change> changes = new ArrayList<>(Math.min(count, ROOM_MAX));
    RowChange before = null;
    for (int i = 0; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case TAG_ROW -> {
          before = readRow(in, null, bytesMax);
          changes.add(before);
        }
        case TAG_ROW_SAME_TABLE -> {
          if (before == null) {
            throw new IOException("the first row names no table");
          }
          before = readRow(in, before, bytesMax);
          changes.add(before);
        }
        case TAG_CREATE -> changes.add(new CreateTable(SchemaCodec.read(in)));
        case TAG_DROP -> changes.add(new DropTable(readTableId(in)));
        case TAG_TRUNCATE -> changes.add(new TruncateTable(readTableId(in), SchemaCodec.read(in)));
        default -> throw new IOException("unknown change tag " + tag);
      }
    }
    return List.copyOf(changes);
  }

  private static int readTableId(DataInput in) throws IOException {
    return Varints.readInt(in, Integer.MAX_VALUE, "table id");
  }

  private static RowChange readRow(DataInput in, @Nullable RowChange before, int bytesMax)
      throws IOException {
    int tableId = before == null ? readTableId(in) : before.tableId();
    int schemaVersion =
        before == null
            ? Varints.readInt(in, Integer.MAX_VALUE, "schema version")
            : before.schemaVersion();
    int shard = Varints.readInt(in, Short.MAX_VALUE, "shard");
    byte[] key = new byte[Varints.readInt(in, bytesMax, "key bytes")];
    in.readFully(key);
    int rowLength = Varints.readInt(in, bytesMax, "row bytes");
    byte[] row = null;
    if (rowLength > 0) {
      row = new byte[rowLength - 1];
      in.readFully(row);
    }
    return new RowChange(tableId, schemaVersion, shard, key, row);
  }
}
