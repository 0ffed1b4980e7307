package io.omendb.jobs.runtime;

import io.omendb.jobs.recovery.LogSplit;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The commit log as a stream, and the place where the coordinator runs; parallelism 1. See {@link
 * CommitLogReader}.
 */
final class CommitLogSource implements Source<ShardMessage, LogSplit, Boolean> {
  private static final long serialVersionUID = 1L;

  private final RuntimeJobOptions options;
  private final LogOwner.Factory owners;

  CommitLogSource(RuntimeJobOptions options, LogOwner.Factory owners) {
    this.options = options;
    this.owners = owners;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SourceReader<ShardMessage, LogSplit> createReader(SourceReaderContext context) {
    return new CommitLogReader(options, owners);
  }

  @Override
  public SplitEnumerator<LogSplit, Boolean> createEnumerator(
      SplitEnumeratorContext<LogSplit> context) {
    return new LogEnumerator(context, false);
  }

  @Override
  public SplitEnumerator<LogSplit, Boolean> restoreEnumerator(
      SplitEnumeratorContext<LogSplit> context, Boolean assigned) {
    return new LogEnumerator(context, assigned);
  }

  @Override
  public SimpleVersionedSerializer<LogSplit> getSplitSerializer() {
    return new LogSplit.Serializer();
  }

  @Override
  public SimpleVersionedSerializer<Boolean> getEnumeratorCheckpointSerializer() {
    return new LogEnumerator.StateSerializer();
  }
}
