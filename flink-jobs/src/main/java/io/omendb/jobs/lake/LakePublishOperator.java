package io.omendb.jobs.lake;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/** Runs the {@link LakePublisher} at the end of the job, with parallelism 1; sends nothing on. */
public final class LakePublishOperator extends AbstractStreamOperator<LakeMessage>
    implements OneInputStreamOperator<LakeMessage, LakeMessage> {
  private static final long serialVersionUID = 1L;

  private final LakeOptions options;
  private final LakeReports.Finder reports;
  private final MailboxExecutor mailbox;
  private @Nullable LakePublisher publisher;

  LakePublishOperator(
      StreamOperatorParameters<LakeMessage> parameters,
      LakeOptions options,
      LakeReports.Finder reports) {
    super(parameters);
    this.options = options;
    this.reports = reports;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void open() throws Exception {
    super.open();
    publisher = new LakePublisher(options, reports, mailbox);
  }

  @Override
  public void processElement(StreamRecord<LakeMessage> element) {
    LakePublisher open = publisher;
    if (open == null) {
      throw new IllegalStateException("the operator is not open");
    }
    open.offer(element.getValue());
  }

  @Override
  public void close() throws Exception {
    try {
      LakePublisher open = publisher;
      if (open != null) {
        open.close();
      }
    } finally {
      super.close();
    }
  }

  /** Makes the operator, which needs its task's mailbox. */
  public static final class Factory extends AbstractStreamOperatorFactory<LakeMessage>
      implements OneInputStreamOperatorFactory<LakeMessage, LakeMessage> {
    private static final long serialVersionUID = 1L;

    private final LakeOptions options;
    private final LakeReports.Finder reports;

    public Factory(LakeOptions options, LakeReports.Finder reports) {
      this.options = options;
      this.reports = reports;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Flink's signature.
    public <T extends StreamOperator<LakeMessage>> T createStreamOperator(
        StreamOperatorParameters<LakeMessage> parameters) {
      return (T) new LakePublishOperator(parameters, options, reports);
    }

    @Override
    @SuppressWarnings("rawtypes") // Flink's signature.
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return LakePublishOperator.class;
    }
  }
}
