package io.omendb.jobs.runtime;

import io.omendb.jobs.recovery.LogSplit;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/** Gives the one split to the one reader. Its state is whether that was done. */
final class LogEnumerator implements SplitEnumerator<LogSplit, Boolean> {
  private final SplitEnumeratorContext<LogSplit> context;
  private @Nullable LogSplit unassigned;

  LogEnumerator(SplitEnumeratorContext<LogSplit> context, boolean assigned) {
    this.context = context;
    this.unassigned = assigned ? null : LogSplit.BEGIN;
  }

  @Override
  public void start() {}

  @Override
  public void handleSplitRequest(int subtask, @Nullable String host) {}

  @Override
  public void addSplitsBack(List<LogSplit> splits, int subtask) {
    for (LogSplit split : splits) {
      unassigned = split;
    }
  }

  @Override
  public void addReader(int subtask) {
    LogSplit split = unassigned;
    if (split != null) {
      unassigned = null;
      context.assignSplit(split, subtask);
    }
  }

  @Override
  public Boolean snapshotState(long checkpointId) {
    return unassigned == null;
  }

  @Override
  public void close() {}

  /** One byte: whether the split was assigned. */
  static final class StateSerializer implements SimpleVersionedSerializer<Boolean> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(Boolean assigned) {
      return new byte[] {(byte) (assigned ? 1 : 0)};
    }

    @Override
    public Boolean deserialize(int version, byte[] bytes) throws IOException {
      if (version != 1 || bytes.length != 1) {
        throw new IOException(
            "log enumerator: expected version 1 and 1 byte, got %d and %d"
                .formatted(version, bytes.length));
      }
      return bytes[0] != 0;
    }
  }
}
