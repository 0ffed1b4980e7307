package io.omendb.jobs.runtime;

import io.omendb.jobs.log.LogState;
import java.io.IOException;
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
record LogSplit(@Nullable LogState state, int changeIndex) implements SourceSplit {
  static final LogSplit BEGIN = new LogSplit(null, 0);

  @Override
  public String splitId() {
    return "log";
  }

  /** The state, where there is one. */
  LogState stateOrThrow() {
    LogState present = state;
    if (present == null) {
      throw new IllegalStateException("the split is at the log's beginning");
    }
    return present;
  }

  /** A copy of {@code state}, which the source goes on to change. */
  static LogSplit of(LogState state, int changeIndex) {
    Serializer serializer = new Serializer();
    try {
      return serializer.deserialize(
          Serializer.VERSION, serializer.serialize(new LogSplit(state, changeIndex)));
    } catch (IOException e) {
      throw new AssertionError("reading and writing of memory failed", e);
    }
  }

  /** Version 1: int changeIndex, boolean hasState, [log state]. */
  static final class Serializer implements SimpleVersionedSerializer<LogSplit> {
    static final int VERSION = 1;

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
      return out.getCopyOfBuffer();
    }

    @Override
    public LogSplit deserialize(int version, byte[] bytes) throws IOException {
      if (version != VERSION) {
        throw new IOException("log split version: expected 1, got " + version);
      }
      DataInputDeserializer in = new DataInputDeserializer(bytes);
      int changeIndex = in.readInt();
      return new LogSplit(in.readBoolean() ? LogState.readFrom(in) : null, changeIndex);
    }
  }
}
