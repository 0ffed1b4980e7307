package io.omendb.jobs.connector;

import io.omendb.jobs.connector.UnionSplit.DeltaSplit;
import io.omendb.jobs.connector.UnionSplit.LakeSplit;
import io.omendb.lake.LakeScan.FileSplit;
import java.io.IOException;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** A part of a leased table that one reader reads: a lake file, or what some shards add. */
sealed interface UnionSplit extends SourceSplit permits LakeSplit, DeltaSplit {

  /** The live rows of one data file whose keys did not change since the lake's snapshot. */
  record LakeSplit(FileSplit file) implements UnionSplit {
    @Override
    public String splitId() {
      return file.dataFile();
    }
  }

  /**
   * The rows of shards {@code shardFirst} to before {@code shardEnd}: of keys that changed since
   * the lake's snapshot, or all where there is none.
   */
  record DeltaSplit(int shardFirst, int shardEnd) implements UnionSplit {
    @Override
    public String splitId() {
      return "shards-" + shardFirst + "-" + shardEnd;
    }
  }

  /**
   * Version 1: byte kind, then 1 lake file: string dataFile, long rowCount, int n, n bytes; 2
   * delta: int shardFirst, int shardEnd.
   */
  final class Serializer implements SimpleVersionedSerializer<UnionSplit> {
    private static final int VERSION = 1;
    private static final int LAKE = 1;
    private static final int DELTA = 2;

    @Override
    public int getVersion() {
      return VERSION;
    }

    @Override
    public byte[] serialize(UnionSplit split) throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(256);
      if (split instanceof LakeSplit lake) {
        out.writeByte(LAKE);
        out.writeUTF(lake.file().dataFile());
        out.writeLong(lake.file().rowCount());
        out.writeInt(lake.file().encoded().length);
        out.write(lake.file().encoded());
      } else if (split instanceof DeltaSplit delta) {
        out.writeByte(DELTA);
        out.writeInt(delta.shardFirst());
        out.writeInt(delta.shardEnd());
      }
      return out.getCopyOfBuffer();
    }

    @Override
    public UnionSplit deserialize(int version, byte[] bytes) throws IOException {
      if (version != VERSION) {
        throw new IOException("union split version: expected 1, got " + version);
      }
      DataInputDeserializer in = new DataInputDeserializer(bytes);
      int kind = in.readUnsignedByte();
      return switch (kind) {
        case LAKE -> {
          String dataFile = in.readUTF();
          long rowCount = in.readLong();
          int length = in.readInt();
          if (length < 0 || length > bytes.length) {
            throw new IOException("union split: %d bytes of %d".formatted(length, bytes.length));
          }
          byte[] encoded = new byte[length];
          in.readFully(encoded);
          yield new LakeSplit(new FileSplit(dataFile, rowCount, encoded));
        }
        case DELTA -> new DeltaSplit(in.readInt(), in.readInt());
        default -> throw new IOException("unknown kind of union split: " + kind);
      };
    }
  }
}
