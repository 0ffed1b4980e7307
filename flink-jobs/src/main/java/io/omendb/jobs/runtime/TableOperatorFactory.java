package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakeMessage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes {@link TableOperator}s, which need their task's mailbox. */
final class TableOperatorFactory extends AbstractStreamOperatorFactory<LakeMessage>
    implements OneInputStreamOperatorFactory<ShardMessage, LakeMessage> {
  private static final long serialVersionUID = 1L;

  private final RuntimeJobOptions options;

  TableOperatorFactory(RuntimeJobOptions options) {
    this.options = options;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature.
  public <T extends StreamOperator<LakeMessage>> T createStreamOperator(
      StreamOperatorParameters<LakeMessage> parameters) {
    return (T) new TableOperator(parameters, options);
  }

  @Override
  @SuppressWarnings("rawtypes") // Flink's signature.
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return TableOperator.class;
  }
}
