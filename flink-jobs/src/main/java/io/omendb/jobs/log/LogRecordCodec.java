package io.omendb.jobs.log;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.EpochOpened;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
import io.omendb.jobs.table.SchemaCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A log record as bytes. Every count and length is checked against what is left of the input before
 * anything is allocated for it. Integers are big-endian, {@code v} is an unsigned LEB128 varint.
 *
 * <pre>
 * record         byte version = 1, byte kind, long csn, v epoch, body
 * 1 epoch opened (empty)
 * 2 commit       long transactionId, long timestampMicros, v n, n changes
 * 3 cut          v n, n × v tableId
 * 4 published    v tableId, long cutCsn, long snapshotId, string locationFile, long horizon
 * change         byte tag, then
 *   1 row        v tableId, v schemaVersion, v shard, v keyBytes, key, v rowBytes + 1, row;
 *                0 instead of rowBytes + 1: deleted
 *   2 row        likewise without tableId and schemaVersion: those of the row before
 *   3 create     schema
 *   4 drop       v tableId
 *   5 truncate   v tableId, schema
 * </pre>
 */
final class LogRecordCodec {
  static final int VERSION = 1;

  private static final int KIND_EPOCH_OPENED = 1;
  private static final int KIND_COMMIT = 2;
  private static final int KIND_CUT = 3;
  private static final int KIND_LAKE_PUBLISHED = 4;

  private static final int TAG_ROW = 1;
  private static final int TAG_ROW_SAME_TABLE = 2;
  private static final int TAG_CREATE = 3;
  private static final int TAG_DROP = 4;
  private static final int TAG_TRUNCATE = 5;

  private static final int CHANGE_OVERHEAD_BYTES = 20;
  private static final int RECORD_OVERHEAD_BYTES = 64;

  private LogRecordCodec() {}

  /** About the encoded size, a little above for rows; for sizing buffers and budgets. */
  static long estimatedBytes(LogRecord record) {
    if (!(record instanceof Commit commit)) {
      return RECORD_OVERHEAD_BYTES;
    }
    long bytes = RECORD_OVERHEAD_BYTES;
    for (Change change : commit.changes()) {
      if (change instanceof RowChange row) {
        byte[] value = row.row();
        bytes += CHANGE_OVERHEAD_BYTES + row.key().length + (value == null ? 0 : value.length);
      } else {
        bytes += 1 << 10;
      }
    }
    return bytes;
  }

  /** Takes from a buffer what a record has written so far, and empties it; or leaves it. */
  interface Drain {
    void changeWritten(DataOutputSerializer out) throws IOException;
  }

  static void write(DataOutputSerializer out, LogRecord record) throws IOException {
    write(out, record, buffer -> {});
  }

  /** Writes a record; {@code drain} is called between changes, so that none is held encoded. */
  static void write(DataOutputSerializer out, LogRecord record, Drain drain) throws IOException {
    out.writeByte(VERSION);
    if (record instanceof EpochOpened) {
      writeHead(out, KIND_EPOCH_OPENED, record);
    } else if (record instanceof Commit commit) {
      writeHead(out, KIND_COMMIT, record);
      out.writeLong(commit.transactionId());
      out.writeLong(commit.timestampMicros());
      writeVarint(out, commit.changes().size());
      writeChanges(out, commit.changes(), drain);
    } else if (record instanceof Cut cut) {
      writeHead(out, KIND_CUT, record);
      writeVarint(out, cut.tableIds().size());
      for (int tableId : cut.tableIds()) {
        writeVarint(out, tableId);
      }
    } else if (record instanceof LakePublished published) {
      writeHead(out, KIND_LAKE_PUBLISHED, record);
      writeVarint(out, published.tableId());
      out.writeLong(published.cutCsn());
      out.writeLong(published.snapshotId());
      SchemaCodec.writeString(out, published.locationFile());
      out.writeLong(published.horizon());
    } else {
      throw new AssertionError(record);
    }
  }

  private static void writeHead(DataOutputSerializer out, int kind, LogRecord record)
      throws IOException {
    out.writeByte(kind);
    out.writeLong(record.csn());
    writeVarint(out, record.epoch());
  }

  private static void writeChanges(DataOutputSerializer out, List<Change> changes, Drain drain)
      throws IOException {
    RowChange before = null;
    for (Change change : changes) {
      if (change instanceof RowChange row) {
        boolean same =
            before != null
                && before.tableId() == row.tableId()
                && before.schemaVersion() == row.schemaVersion();
        out.writeByte(same ? TAG_ROW_SAME_TABLE : TAG_ROW);
        if (!same) {
          writeVarint(out, row.tableId());
          writeVarint(out, row.schemaVersion());
        }
        writeRow(out, row);
        before = row;
      } else if (change instanceof CreateTable create) {
        out.writeByte(TAG_CREATE);
        SchemaCodec.write(out, create.schema());
      } else if (change instanceof DropTable drop) {
        out.writeByte(TAG_DROP);
        writeVarint(out, drop.tableId());
      } else if (change instanceof TruncateTable truncate) {
        out.writeByte(TAG_TRUNCATE);
        writeVarint(out, truncate.tableId());
        SchemaCodec.write(out, truncate.replacement());
      } else {
        throw new AssertionError(change);
      }
      drain.changeWritten(out);
    }
  }

  private static void writeRow(DataOutputSerializer out, RowChange change) throws IOException {
    writeVarint(out, change.shard());
    writeVarint(out, change.key().length);
    out.write(change.key());
    byte[] row = change.row();
    if (row == null) {
      writeVarint(out, 0);
    } else {
      writeVarint(out, row.length + 1L);
      out.write(row);
    }
  }

  /** Reads a whole record; an {@link IOException} says what is wrong with the bytes. */
  static LogRecord read(byte[] bytes, int offset, int length) throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(bytes, offset, length);
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException("record version: expected %d, got %d".formatted(VERSION, version));
    }
    int kind = in.readUnsignedByte();
    long csn = in.readLong();
    long epoch = readVarint(in);
    LogRecord record =
        switch (kind) {
          case KIND_EPOCH_OPENED -> new EpochOpened(csn, epoch);
          case KIND_COMMIT -> new Commit(csn, epoch, in.readLong(), in.readLong(), readChanges(in));
          case KIND_CUT -> new Cut(csn, epoch, readTableIds(in));
          case KIND_LAKE_PUBLISHED ->
              new LakePublished(
                  csn,
                  epoch,
                  readInt(in, Integer.MAX_VALUE, "table id"),
                  in.readLong(),
                  in.readLong(),
                  SchemaCodec.readString(in),
                  in.readLong());
          default -> throw new IOException("unknown record kind " + kind);
        };
    if (in.available() != 0) {
      throw new IOException(in.available() + " bytes after the end of the record");
    }
    return record;
  }

  private static List<Integer> readTableIds(DataInputDeserializer in) throws IOException {
    int count = readInt(in, in.available(), "tables");
    List<Integer> tableIds = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tableIds.add(readInt(in, Integer.MAX_VALUE, "table id"));
    }
    return tableIds;
  }

  private static List<Change> readChanges(DataInputDeserializer in) throws IOException {
    int count = readInt(in, in.available(), "changes");
    Change[] changes = new Change[count];
    RowChange before = null;
    for (int i = 0; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case TAG_ROW, TAG_ROW_SAME_TABLE -> {
          before = readRow(in, tag == TAG_ROW ? null : before, tag);
          changes[i] = before;
        }
        case TAG_CREATE -> changes[i] = new CreateTable(SchemaCodec.read(in));
        case TAG_DROP -> changes[i] = new DropTable(readInt(in, Integer.MAX_VALUE, "table id"));
        case TAG_TRUNCATE ->
            changes[i] =
                new TruncateTable(readInt(in, Integer.MAX_VALUE, "table id"), SchemaCodec.read(in));
        default -> throw new IOException("unknown change tag " + tag);
      }
    }
    return List.of(changes);
  }

  private static RowChange readRow(DataInputDeserializer in, @Nullable RowChange before, int tag)
      throws IOException {
    if (tag == TAG_ROW_SAME_TABLE && before == null) {
      throw new IOException("the first row names no table");
    }
    int tableId = before == null ? readInt(in, Integer.MAX_VALUE, "table id") : before.tableId();
    int schemaVersion =
        before == null ? readInt(in, Integer.MAX_VALUE, "schema version") : before.schemaVersion();
    int shard = readInt(in, Short.MAX_VALUE, "shard");
    byte[] key = new byte[readInt(in, in.available(), "key bytes")];
    in.readFully(key);
    int rowLength = readInt(in, in.available(), "row bytes");
    byte[] row = null;
    if (rowLength > 0) {
      row = new byte[rowLength - 1];
      in.readFully(row);
    }
    return new RowChange(tableId, schemaVersion, shard, key, row);
  }

  static void writeVarint(DataOutputSerializer out, long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long readVarint(DataInputDeserializer in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = in.readUnsignedByte();
      value |= (next & 0x7FL) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw new IOException("varint of more than 10 bytes");
  }

  private static int readInt(DataInputDeserializer in, int max, String what) throws IOException {
    long value = readVarint(in);
    if (value < 0 || value > max) {
      throw new IOException("%s: expected 0 to %d, got %d".formatted(what, max, value));
    }
    return (int) value;
  }
}
