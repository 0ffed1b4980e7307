package io.omendb.jobs.runtime;

import io.omendb.jobs.lake.LakeMessage;
import io.omendb.jobs.lake.LakeMessageSerializer;
import io.omendb.jobs.lake.LakePublishOperator;
import io.omendb.jobs.message.MessageTypeInfo;
import io.omendb.state.backend.LearnedStateBackendFactory;
import java.time.Duration;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Builds the runtime job's graph. */
public final class RuntimeJob {
  private static final Duration RESTART_BACKOFF_INITIAL = Duration.ofMillis(100);
  private static final Duration RESTART_BACKOFF_MAX = Duration.ofSeconds(10);
  private static final Duration RESTART_BACKOFF_RESET = Duration.ofMinutes(1);

  private static final TypeInformation<LakeMessage> LAKE_MESSAGE =
      new MessageTypeInfo<>(LakeMessage.class, LakeMessageSerializer.INSTANCE);

  private RuntimeJob() {}

  /** Adds the whole job to {@code env}; the caller executes it. */
  public static void build(StreamExecutionEnvironment env, RuntimeJobOptions options) {
    build(env, options, TransactionLogOwner::open);
  }

  static void build(
      StreamExecutionEnvironment env, RuntimeJobOptions options, LogOwner.Factory owners) {
    configure(env, options);
    SingleOutputStreamOperator<ShardMessage> log =
        env.fromSource(
                new CommitLogSource(options, owners),
                WatermarkStrategy.noWatermarks(),
                "commit log",
                new MessageTypeInfo<>(ShardMessage.class, ShardMessageSerializer.INSTANCE))
            .setParallelism(1)
            .uid("commit-log");
    SingleOutputStreamOperator<LakeMessage> tables =
        log.keyBy(new ShardKeySelector(options.shardCount()), Types.INT)
            .transform("tables", LAKE_MESSAGE, new TableOperatorFactory(options))
            .setParallelism(options.parallelism())
            .uid("tables");
    tables.getTransformation().setMaxParallelism(options.shardCount());
    tables
        .global()
        .transform(
            "lake",
            LAKE_MESSAGE,
            new LakePublishOperator.Factory(options.lakeOptions(), LogOwners.lakeReports()))
        .setParallelism(1)
        .uid("lake");
  }

  private static void configure(StreamExecutionEnvironment env, RuntimeJobOptions options) {
    Configuration configuration = new Configuration();
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY,
        RestartStrategyOptions.RestartStrategyType.EXPONENTIAL_DELAY.getMainValue());
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        RESTART_BACKOFF_INITIAL);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, RESTART_BACKOFF_MAX);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
        RESTART_BACKOFF_RESET);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS, options.failuresMax());
    // Aligned: only then does a barrier cut every shard at one point of the commit order.
    configuration.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
    configuration.set(
        StateBackendOptions.STATE_BACKEND, LearnedStateBackendFactory.class.getName());
    // A checkpoint that finds no room, or comes late, is missed by nobody: the log keeps what it
    // would have covered.
    configuration.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, Integer.MAX_VALUE);
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    env.configure(configuration);
    env.setRuntimeMode(RuntimeExecutionMode.STREAMING);
    env.enableCheckpointing(options.checkpointIntervalMs(), CheckpointingMode.EXACTLY_ONCE);
    // A commit travels alone as soon as it is durable; measured: 10 ms here cost 10 ms freshness.
    env.setBufferTimeout(0);
    // Watermarks are CSNs that the source itself emits, never a clock's.
    env.getConfig().setAutoWatermarkInterval(0);
  }
}
