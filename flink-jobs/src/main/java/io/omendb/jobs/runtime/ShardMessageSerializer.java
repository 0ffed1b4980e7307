package io.omendb.jobs.runtime;

import io.omendb.jobs.log.LogRecord.Change;
import io.omendb.jobs.log.LogRecord.CreateTable;
import io.omendb.jobs.log.LogRecord.DropTable;
import io.omendb.jobs.log.LogRecord.LakePublished;
import io.omendb.jobs.log.LogRecord.RowChange;
import io.omendb.jobs.log.LogRecord.TruncateTable;
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
 * 1 rows     int n, n × (int tableId, int schemaVersion, int keyBytes, key,
 *            int rowBytes or -1: deleted, row)
 * 2 create   schema
 * 3 drop     int tableId
 * 4 truncate int tableId, schema
 * 5 cut      long epoch, int n, n × int tableId
 * 6 publish  long epoch, int tableId, long cutCsn, long snapshotId, string locationFile,
 *            long horizon
 * </pre>
 */
final class ShardMessageSerializer extends MessageSerializer<ShardMessage> {
  private static final long serialVersionUID = 1L;

  static final ShardMessageSerializer INSTANCE = new ShardMessageSerializer();

  private static final int ROWS = 1;
  private static final int CREATE = 2;
  private static final int DROP = 3;
  private static final int TRUNCATE = 4;
  private static final int CUT = 5;
  private static final int PUBLISHED = 6;

  @Override
  public ShardMessage createInstance() {
    return new ShardMessage.Rows(0, 0, List.of());
  }

  @Override
  public void serialize(ShardMessage message, DataOutputView out) throws IOException {
    if (message instanceof ShardMessage.Rows rows) {
      writeHead(out, ROWS, message);
      out.writeInt(rows.changes().size());
      for (RowChange change : rows.changes()) {
        writeRow(out, change);
      }
    } else if (message instanceof ShardMessage.Ddl ddl) {
      writeDdl(out, ddl);
    } else if (message instanceof ShardMessage.Cut cut) {
      writeHead(out, CUT, message);
      out.writeLong(cut.epoch());
      out.writeInt(cut.tableIds().size());
      for (int tableId : cut.tableIds()) {
        out.writeInt(tableId);
      }
    } else if (message instanceof ShardMessage.Published published) {
      writeHead(out, PUBLISHED, message);
      LakePublished record = published.record();
      out.writeLong(record.epoch());
      out.writeInt(record.tableId());
      out.writeLong(record.cutCsn());
      out.writeLong(record.snapshotId());
      SchemaCodec.writeString(out, record.locationFile());
      out.writeLong(record.horizon());
    } else {
      throw new AssertionError(message);
    }
  }

  private static void writeHead(DataOutputView out, int kind, ShardMessage message)
      throws IOException {
    out.writeByte(kind);
    out.writeInt(message.shard());
    out.writeLong(message.csn());
  }

  private static void writeRow(DataOutputView out, RowChange change) throws IOException {
    out.writeInt(change.tableId());
    out.writeInt(change.schemaVersion());
    writeBytes(out, change.key());
    byte[] row = change.row();
    if (row == null) {
      out.writeInt(-1);
    } else {
      writeBytes(out, row);
    }
  }

  private static void writeDdl(DataOutputView out, ShardMessage.Ddl ddl) throws IOException {
    Change change = ddl.change();
    if (change instanceof CreateTable create) {
      writeHead(out, CREATE, ddl);
      SchemaCodec.write(out, create.schema());
    } else if (change instanceof DropTable drop) {
      writeHead(out, DROP, ddl);
      out.writeInt(drop.tableId());
    } else if (change instanceof TruncateTable truncate) {
      writeHead(out, TRUNCATE, ddl);
      out.writeInt(truncate.tableId());
      SchemaCodec.write(out, truncate.replacement());
    } else {
      throw new AssertionError(change);
    }
  }

  @Override
  public ShardMessage deserialize(DataInputView in) throws IOException {
    int kind = in.readUnsignedByte();
    int shard = in.readInt();
    long csn = in.readLong();
    return switch (kind) {
      case ROWS -> new ShardMessage.Rows(shard, csn, readRows(in, shard));
      case CREATE -> new ShardMessage.Ddl(shard, csn, new CreateTable(SchemaCodec.read(in)));
      case DROP -> new ShardMessage.Ddl(shard, csn, new DropTable(in.readInt()));
      case TRUNCATE ->
          new ShardMessage.Ddl(shard, csn, new TruncateTable(in.readInt(), SchemaCodec.read(in)));
      case CUT -> new ShardMessage.Cut(shard, csn, in.readLong(), readTableIds(in));
      case PUBLISHED ->
          new ShardMessage.Published(
              shard,
              new LakePublished(
                  csn,
                  in.readLong(),
                  in.readInt(),
                  in.readLong(),
                  in.readLong(),
                  SchemaCodec.readString(in),
                  in.readLong()));
      default -> throw new IOException("unknown kind of shard message: " + kind);
    };
  }

  private static List<RowChange> readRows(DataInputView in, int shard) throws IOException {
    int count = SchemaCodec.readCount(in, Integer.MAX_VALUE, "row changes");
    List<RowChange> changes = new ArrayList<>(Math.min(count, 1 << 10));
    for (int i = 0; i < count; i++) {
      int tableId = in.readInt();
      int schemaVersion = in.readInt();
      byte[] key = readBytes(in);
      int rowBytes = in.readInt();
      changes.add(
          new RowChange(
              tableId, schemaVersion, shard, key, rowBytes == -1 ? null : readBytes(in, rowBytes)));
    }
    return changes;
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
