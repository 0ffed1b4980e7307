package io.omendb.jobs.runtime;

import io.omendb.jobs.log.ChangeCodec;
import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.message.MessageSerializer;
import io.omendb.jobs.table.SchemaCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * {@link ShardMessage} on the wire between tasks of one job.
 *
 * <pre>
 * message    byte kind, int shard, long csn, body
 * 1 rows     changes of rows, as in {@link ChangeCodec}
 * 2 ddl      one change of a table, as in {@link ChangeCodec}
 * 3 cut      long epoch, int n, n × int tableId
 * 4 publish  long epoch, int tableId, long cutCsn, long snapshotId, string locationFile,
 *            long horizon
 * 5 lake rows int tableId, long cutCsn, int n, n × (int keyBytes, key, int rowBytes, row,
 *            int locationBytes, location)
 * 6 located  as 4
 * </pre>
 */
final class ShardMessageSerializer extends MessageSerializer<ShardMessage> {
  private static final long serialVersionUID = 1L;

  static final ShardMessageSerializer INSTANCE = new ShardMessageSerializer();

  private static final int ROWS = 1;
  private static final int DDL = 2;
  private static final int CUT = 3;
  private static final int PUBLISHED = 4;
  private static final int LAKE_ROWS = 5;
  private static final int LOCATED = 6;

  /** No message has more; a length above it is a broken stream. */
  private static final int CHANGES_BYTES_MAX = 1 << 30;

  @Override
  public ShardMessage createInstance() {
    return new ShardMessage.Rows(0, 0, List.of());
  }

  @Override
  public void serialize(ShardMessage message, DataOutputView out) throws IOException {
    if (message instanceof ShardMessage.Rows rows) {
      writeHead(out, ROWS, message);
      ChangeCodec.write(out, rows.changes());
    } else if (message instanceof ShardMessage.Ddl ddl) {
      writeHead(out, DDL, message);
      ChangeCodec.write(out, List.of(ddl.change()));
    } else if (message instanceof ShardMessage.Cut cut) {
      writeHead(out, CUT, message);
      out.writeLong(cut.epoch());
      out.writeInt(cut.tableIds().size());
      for (int tableId : cut.tableIds()) {
        out.writeInt(tableId);
      }
    } else if (message instanceof ShardMessage.Published published) {
      writeHead(out, PUBLISHED, message);
      writePublished(out, published.record());
    } else if (message instanceof ShardMessage.LakeRows rows) {
      writeHead(out, LAKE_ROWS, message);
      writeLakeRows(out, rows);
    } else if (message instanceof ShardMessage.Located located) {
      writeHead(out, LOCATED, message);
      writePublished(out, located.record());
    } else {
      throw new AssertionError(message);
    }
  }

  private static void writePublished(DataOutputView out, LakePublished record) throws IOException {
    out.writeLong(record.epoch());
    out.writeInt(record.tableId());
    out.writeLong(record.cutCsn());
    out.writeLong(record.snapshotId());
    SchemaCodec.writeString(out, record.locationFile());
    out.writeLong(record.horizon());
  }

  private static LakePublished readPublished(DataInputView in, long csn) throws IOException {
    return new LakePublished(
        csn,
        in.readLong(),
        in.readInt(),
        in.readLong(),
        in.readLong(),
        SchemaCodec.readString(in),
        in.readLong());
  }

  private static void writeLakeRows(DataOutputView out, ShardMessage.LakeRows rows)
      throws IOException {
    out.writeInt(rows.tableId());
    out.writeLong(rows.cutCsn());
    out.writeInt(rows.rows().size());
    for (ShardMessage.LakeRow row : rows.rows()) {
      writeBytes(out, row.key());
      writeBytes(out, row.row());
      writeBytes(out, row.location());
    }
  }

  private static ShardMessage readLakeRows(DataInputView in, int shard, long csn)
      throws IOException {
    int tableId = in.readInt();
    long cutCsn = in.readLong();
    int count = SchemaCodec.readCount(in, Integer.MAX_VALUE, "rows of the lake");
    List<ShardMessage.LakeRow> rows = new ArrayList<>(Math.min(count, 1 << 10));
    for (int i = 0; i < count; i++) {
      rows.add(new ShardMessage.LakeRow(readBytes(in), readBytes(in), readBytes(in)));
    }
    return new ShardMessage.LakeRows(shard, csn, tableId, cutCsn, rows);
  }

  private static void writeHead(DataOutputView out, int kind, ShardMessage message)
      throws IOException {
    out.writeByte(kind);
    out.writeInt(message.shard());
    out.writeLong(message.csn());
  }

  @Override
  public ShardMessage deserialize(DataInputView in) throws IOException {
    int kind = in.readUnsignedByte();
    int shard = in.readInt();
    long csn = in.readLong();
    return switch (kind) {
      case ROWS -> new ShardMessage.Rows(shard, csn, readRows(in));
      case DDL -> new ShardMessage.Ddl(shard, csn, readDdl(in));
      case CUT -> new ShardMessage.Cut(shard, csn, in.readLong(), readTableIds(in));
      case PUBLISHED -> new ShardMessage.Published(shard, readPublished(in, csn));
      case LAKE_ROWS -> readLakeRows(in, shard, csn);
      case LOCATED -> new ShardMessage.Located(shard, readPublished(in, csn));
      default -> throw new IOException("unknown kind of shard message: " + kind);
    };
  }

  private static List<RowChange> readRows(DataInputView in) throws IOException {
    List<Change> changes = ChangeCodec.read(in, CHANGES_BYTES_MAX);
    List<RowChange> rows = new ArrayList<>(changes.size());
    for (Change change : changes) {
      if (!(change instanceof RowChange row)) {
        throw new IOException("expected a row, got " + change);
      }
      rows.add(row);
    }
    return rows;
  }

  private static Change readDdl(DataInputView in) throws IOException {
    List<Change> changes = ChangeCodec.read(in, CHANGES_BYTES_MAX);
    if (changes.size() != 1) {
      throw new IOException("expected one change, got " + changes.size());
    }
    return changes.get(0);
  }

  private static List<Integer> readTableIds(DataInputView in) throws IOException {
    int count = SchemaCodec.readCount(in, Integer.MAX_VALUE, "tables of a cut");
    List<Integer> tableIds = new ArrayList<>(Math.min(count, 1 << 10));
    for (int i = 0; i < count; i++) {
      tableIds.add(in.readInt());
    }
    return tableIds;
  }

  @Override
  public TypeSerializerSnapshot<ShardMessage> snapshotConfiguration() {
    return new Snapshot();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShardMessageSerializer;
  }

  @Override
  public int hashCode() {
    return ShardMessageSerializer.class.hashCode();
  }

  /** Needed by Flink's contract; messages are not kept in state. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ShardMessage> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
