package io.omendb.jobs.recovery;

import io.omendb.jobs.log.LogState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The one split of the log source: how far the stream has come. {@code state} is the log's fold
 * over every record that was sent wholly (null: none, start at the log's beginning); of the record
 * after it the first {@code changeIndex} changes were sent.
 */
public record LogSplit(@Nullable LogState state, int changeIndex) implements SourceSplit {
  public static final LogSplit BEGIN = new LogSplit(null, 0);

  @Override
  public String splitId() {
    return "log";
  }

  /** The state, where there is one. */
  public LogState stateOrThrow() {
    LogState present = state;
    if (present == null) {
      throw new IllegalStateException("the split is at the log's beginning");
    }
    return present;
  }

  /** A copy of {@code state}, which the source goes on to change. */
  public static LogSplit of(LogState state, int changeIndex) {
    Serializer serializer = new Serializer();
    try {
      return serializer.deserialize(
          Serializer.VERSION, serializer.serialize(new LogSplit(state, changeIndex)));
    } catch (IOException e) {
      throw new AssertionError("reading and writing of memory failed", e);
    }
  }

  /** Version 2: int changeIndex, boolean hasState, [log state], int CRC32C of all before. */
  public static final class Serializer implements SimpleVersionedSerializer<LogSplit> {
    static final int VERSION = 2;

    @Override
    public int getVersion() {
      return VERSION;
    }

    @Override
    public byte[] serialize(LogSplit split) throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(256);
      out.writeInt(split.changeIndex());
      LogState state = split.state();
      out.writeBoolean(state != null);
      if (state != null) {
        state.writeTo(out);
      }
      out.writeInt(checksum(out.getSharedBuffer(), out.length()));
      return out.getCopyOfBuffer();
    }

    @Override
    public LogSplit deserialize(int version, byte[] bytes) throws IOException {
      if (version != VERSION) {
        throw new IOException("log split version: expected %d, got %d".formatted(VERSION, version));
      }
      int length = bytes.length - Integer.BYTES;
      if (length < 0 || ByteBuffer.wrap(bytes).getInt(length) != checksum(bytes, length)) {
        throw new IOException("the checksum of the log split is wrong");
      }
      DataInputDeserializer in = new DataInputDeserializer(bytes, 0, length);
      int changeIndex = in.readInt();
      return new LogSplit(in.readBoolean() ? LogState.readFrom(in) : null, changeIndex);
    }

    private static int checksum(byte[] bytes, int length) {
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, length);
      return (int) crc.getValue();
    }
  }
}
