package io.omendb.jobs.log;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.Commit;
import io.omendb.jobs.log.LogRecord.Cut;
import io.omendb.jobs.log.LogRecord.EpochOpened;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.table.SchemaCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * A log record as bytes. Every count and length is checked against what is left of the input before
 * anything is allocated for it. Integers are big-endian, {@code v} is an unsigned LEB128 varint.
 *
 * <pre>
 * record         byte version = 1, byte kind, long csn, v epoch, body
 * 1 epoch opened (empty)
 * 2 commit       long transactionId, long timestampMicros, changes as in {@link ChangeCodec}
 * 3 cut          v n, n × v tableId
 * 4 published    v tableId, long cutCsn, long snapshotId, string locationFile, long horizon
 * </pre>
 */
final class LogRecordCodec {
  static final int VERSION = 1;

  private static final int KIND_EPOCH_OPENED = 1;
  private static final int KIND_COMMIT = 2;
  private static final int KIND_CUT = 3;
  private static final int KIND_LAKE_PUBLISHED = 4;

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

  static void write(DataOutputSerializer out, LogRecord record) throws IOException {
    write(out, record, () -> {});
  }

  /** Writes a record; {@code drain} may empty {@code out} between changes. */
  static void write(DataOutputSerializer out, LogRecord record, ChangeCodec.Drain drain)
      throws IOException {
    out.writeByte(VERSION);
    if (record instanceof EpochOpened) {
      writeHead(out, KIND_EPOCH_OPENED, record);
    } else if (record instanceof Commit commit) {
      writeHead(out, KIND_COMMIT, record);
      out.writeLong(commit.transactionId());
      out.writeLong(commit.timestampMicros());
      ChangeCodec.write(out, commit.changes(), drain);
    } else if (record instanceof Cut cut) {
      writeHead(out, KIND_CUT, record);
      Varints.write(out, cut.tableIds().size());
      for (int tableId : cut.tableIds()) {
        Varints.write(out, tableId);
      }
    } else if (record instanceof LakePublished published) {
      writeHead(out, KIND_LAKE_PUBLISHED, record);
      Varints.write(out, published.tableId());
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
    Varints.write(out, record.epoch());
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
    long epoch = Varints.read(in);
    LogRecord record =
        switch (kind) {
          case KIND_EPOCH_OPENED -> new EpochOpened(csn, epoch);
          case KIND_COMMIT ->
              new Commit(
                  csn, epoch, in.readLong(), in.readLong(), ChangeCodec.read(in, in.available()));
          case KIND_CUT -> new Cut(csn, epoch, readTableIds(in));
          case KIND_LAKE_PUBLISHED ->
              new LakePublished(
                  csn,
                  epoch,
                  Varints.readInt(in, Integer.MAX_VALUE, "table id"),
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
    int count = Varints.readInt(in, in.available(), "tables");
    List<Integer> tableIds = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tableIds.add(Varints.readInt(in, Integer.MAX_VALUE, "table id"));
    }
    return tableIds;
  }
}
