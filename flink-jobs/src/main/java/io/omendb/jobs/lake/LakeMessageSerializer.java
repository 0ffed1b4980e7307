package io.omendb.jobs.lake;

import io.omendb.jobs.message.MessageSerializer;
import io.omendb.jobs.table.SchemaCodec;
import io.omendb.jobs.table.TableSchema;
import io.omendb.lake.CutFiles;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * {@link LakeMessage} on the wire between tasks of one job.
 *
 * <pre>
 * message  byte kind, schema, body
 * 1 ensure (empty)
 * 2 drop   (empty)
 * 3 expire long oldestNeededCsn
 * 4 share  long cutCsn, long epoch, long parentCsn, int subtask, int subtaskCount,
 *          boolean hasFiles, [long rowCount, long deleteCount, int n, n bytes]
 * </pre>
 */
public final class LakeMessageSerializer extends MessageSerializer<LakeMessage> {
  private static final long serialVersionUID = 1L;

  public static final LakeMessageSerializer INSTANCE = new LakeMessageSerializer();

  private static final int ENSURE = 1;
  private static final int DROP = 2;
  private static final int EXPIRE = 3;
  private static final int SHARE = 4;

  @Override
  public LakeMessage createInstance() {
    throw new UnsupportedOperationException("lake messages are not reused");
  }

  @Override
  public void serialize(LakeMessage message, DataOutputView out) throws IOException {
    if (message instanceof LakeMessage.Ensure) {
      writeHead(out, ENSURE, message);
    } else if (message instanceof LakeMessage.Drop) {
      writeHead(out, DROP, message);
    } else if (message instanceof LakeMessage.Expire expire) {
      writeHead(out, EXPIRE, message);
      out.writeLong(expire.oldestNeededCsn());
    } else if (message instanceof LakeMessage.Share share) {
      writeHead(out, SHARE, message);
      writeShare(out, share);
    } else {
      throw new AssertionError(message);
    }
  }

  private static void writeHead(DataOutputView out, int kind, LakeMessage message)
      throws IOException {
    out.writeByte(kind);
    SchemaCodec.write(out, message.table());
  }

  private static void writeShare(DataOutputView out, LakeMessage.Share share) throws IOException {
    out.writeLong(share.cutCsn());
    out.writeLong(share.epoch());
    out.writeLong(share.parentCsn());
    out.writeInt(share.subtask());
    out.writeInt(share.subtaskCount());
    CutFiles files = share.files();
    out.writeBoolean(files != null);
    if (files != null) {
      out.writeLong(files.rowCount());
      out.writeLong(files.deleteCount());
      writeBytes(out, files.encoded());
    }
  }

  @Override
  public LakeMessage deserialize(DataInputView in) throws IOException {
    int kind = in.readUnsignedByte();
    TableSchema table = SchemaCodec.read(in);
    return switch (kind) {
      case ENSURE -> new LakeMessage.Ensure(table);
      case DROP -> new LakeMessage.Drop(table);
      case EXPIRE -> new LakeMessage.Expire(table, in.readLong());
      case SHARE -> readShare(in, table);
      default -> throw new IOException("unknown kind of lake message: " + kind);
    };
  }

  private static LakeMessage readShare(DataInputView in, TableSchema table) throws IOException {
    long cutCsn = in.readLong();
    long epoch = in.readLong();
    long parentCsn = in.readLong();
    int subtask = in.readInt();
    int subtaskCount = in.readInt();
    CutFiles files = null;
    if (in.readBoolean()) {
      long rowCount = in.readLong();
      long deleteCount = in.readLong();
      files = new CutFiles(readBytes(in), rowCount, deleteCount);
    }
    return new LakeMessage.Share(table, cutCsn, epoch, parentCsn, subtask, subtaskCount, files);
  }

  @Override
  public TypeSerializerSnapshot<LakeMessage> snapshotConfiguration() {
    return new Snapshot();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LakeMessageSerializer;
  }

  @Override
  public int hashCode() {
    return LakeMessageSerializer.class.hashCode();
  }

  /** Needed by Flink's contract; messages are not kept in state. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<LakeMessage> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
