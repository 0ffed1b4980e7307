package io.omendb.jobs.runtime;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/** Runs the {@link LakeCommitter} at the end of the job, with parallelism 1; sends nothing on. */
final class LakeCommitOperator extends AbstractStreamOperator<LakeMessage>
    implements OneInputStreamOperator<LakeMessage, LakeMessage> {
  private static final long serialVersionUID = 1L;

  private final RuntimeJobOptions options;
  private final MailboxExecutor mailbox;
  private @Nullable LakeCommitter committer;

  LakeCommitOperator(StreamOperatorParameters<LakeMessage> parameters, RuntimeJobOptions options) {
    super(parameters);
    this.options = options;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void open() throws Exception {
    super.open();
    committer = new LakeCommitter(options, mailbox);
  }

  @Override
  public void processElement(StreamRecord<LakeMessage> element) {
    LakeCommitter open = committer;
    if (open == null) {
      throw new IllegalStateException("the operator is not open");
    }
    open.offer(element.getValue());
  }

  @Override
  public void close() throws Exception {
    try {
      LakeCommitter open = committer;
      if (open != null) {
        open.close();
      }
    } finally {
      super.close();
    }
  }

  /** Makes the operator, which needs its task's mailbox. */
  static final class Factory extends AbstractStreamOperatorFactory<LakeMessage>
      implements OneInputStreamOperatorFactory<LakeMessage, LakeMessage> {
    private static final long serialVersionUID = 1L;

    private final RuntimeJobOptions options;

    Factory(RuntimeJobOptions options) {
      this.options = options;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature.
    public <T extends StreamOperator<LakeMessage>> T createStreamOperator(
        StreamOperatorParameters<LakeMessage> parameters) {
      return (T) new LakeCommitOperator(parameters, options);
    }

    @Override
    @SuppressWarnings("rawtypes") // Flink's signature.
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return LakeCommitOperator.class;
    }
  }
}
