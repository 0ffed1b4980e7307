package io.omendb.state.backend;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReducingState;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * A job that reads {@value #RECORDS} numbers, some in each checkpoint, keeps them by key in every
 * kind of state, and tells at the end of time, into {@link #RESULTS}, what it has of each key. The
 * job runs in this JVM; one at a time.
 */
final class NumbersJob {

  static final long RECORDS = 4_000;
  private static final int RECORDS_PER_CHECKPOINT = 250;
  private static final int CHECKPOINTS_BEFORE_FAILURE = 3;
  private static final long KEYS = 50;

  /** What was told of each key; with a counter behind if it was told more than once. */
  static final Map<Long, String> RESULTS = new ConcurrentHashMap<>();

  /** Attempts of the operator that may fail. */
  static final AtomicInteger ATTEMPTS = new AtomicInteger();

  private NumbersJob() {}

  static Configuration configuration(Path checkpoints) {
    Configuration configuration = new Configuration();
    configuration.set(
        StateBackendOptions.STATE_BACKEND, LearnedStateBackendFactory.class.getName());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    configuration.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO);
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    return configuration;
  }

  static JobGraph graph(Configuration configuration, boolean fails, boolean asynchronous) {
    RESULTS.clear();
    ATTEMPTS.set(0);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(2);
    DataStream<Long> numbers =
        environment
            .fromSource(
                new DataGeneratorSource<>(
                    number -> number,
                    RECORDS,
                    RateLimiterStrategy.perCheckpoint(RECORDS_PER_CHECKPOINT),
                    Types.LONG),
                WatermarkStrategy.<Long>forMonotonousTimestamps()
                    .withTimestampAssigner((number, previous) -> number),
                "numbers")
            .uid("numbers")
            .map(new FailsAtMostOnce(fails))
            .uid("failure")
            .setParallelism(1);
    KeyedStream<Long, Long> keyed = numbers.keyBy(number -> number % KEYS);
    (asynchronous
            ? keyed.enableAsyncState().process(new AsyncSummary())
            : keyed.process(new Summary()))
        .uid("summary")
        .sinkTo(new DiscardingSink<>())
        .uid("sink");
    return environment.getStreamGraph().getJobGraph();
  }

  static Map<Long, String> expected() {
    Map<Long, String> expected = new HashMap<>();
    long perKey = RECORDS / KEYS;
    for (long key = 0; key < KEYS; key++) {
      long sum = perKey * key + KEYS * perKey * (perKey - 1) / 2;
      expected.put(key, text(perKey, perKey, 3, sum));
    }
    return expected;
  }

  private static String text(long count, long listed, long buckets, long sum) {
    return count + " counted, " + listed + " listed, " + buckets + " buckets, sum " + sum;
  }

  private static void tell(long key, String text) {
    RESULTS.merge(key, text, (former, again) -> former + ", and again " + again);
  }

  /** Fails at the first record behind a number of completed checkpoints, in its first attempt. */
  private static final class FailsAtMostOnce extends RichMapFunction<Long, Long>
      implements CheckpointListener {
    private static final long serialVersionUID = 1;
    private final boolean fails;
    private boolean firstAttempt;
    private int completed;

    FailsAtMostOnce(boolean fails) {
      this.fails = fails;
    }

    @Override
    public void open(OpenContext context) {
      firstAttempt = ATTEMPTS.incrementAndGet() == 1;
    }

    @Override
    public Long map(Long number) {
      if (fails && firstAttempt && completed >= CHECKPOINTS_BEFORE_FAILURE) {
        throw new IllegalStateException("the failure that this test wants");
      }
      return number;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      completed++;
    }
  }

  private static final class Summary extends KeyedProcessFunction<Long, Long, String> {
    private static final long serialVersionUID = 1;
    private transient ValueState<Long> count;
    private transient ListState<Long> listed;
    private transient MapState<String, Long> buckets;
    private transient ReducingState<Long> sum;

    @Override
    public void open(OpenContext context) {
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
      listed = getRuntimeContext().getListState(new ListStateDescriptor<>("listed", Types.LONG));
      buckets =
          getRuntimeContext()
              .getMapState(new MapStateDescriptor<>("buckets", Types.STRING, Types.LONG));
      sum =
          getRuntimeContext()
              .getReducingState(new ReducingStateDescriptor<>("sum", Long::sum, Types.LONG));
    }

    @Override
    public void processElement(
        Long number,
        KeyedProcessFunction<Long, Long, String>.Context context,
        Collector<String> out)
        throws Exception {
      Long former = count.value();
      count.update(former == null ? 1 : former + 1);
      listed.add(number);
      buckets.put("bucket " + number / KEYS % 3, number);
      sum.add(number);
      context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
        throws Exception {
      long listedCount = 0;
      for (Long ignored : listed.get()) {
        listedCount++;
      }
      long bucketCount = 0;
      for (String ignored : buckets.keys()) {
        bucketCount++;
      }
      tell(context.getCurrentKey(), text(count.value(), listedCount, bucketCount, sum.get()));
    }
  }

  /** The same over the same states, asynchronously. */
  private static final class AsyncSummary extends KeyedProcessFunction<Long, Long, String> {
    private static final long serialVersionUID = 1;
    private transient org.apache.flink.api.common.state.v2.ValueState<Long> count;
    private transient org.apache.flink.api.common.state.v2.ListState<Long> listed;
    private transient org.apache.flink.api.common.state.v2.MapState<String, Long> buckets;
    private transient org.apache.flink.api.common.state.v2.ReducingState<Long> sum;

    @Override
    public void open(OpenContext context) {
      count =
          getRuntimeContext()
              .getState(
                  new org.apache.flink.api.common.state.v2.ValueStateDescriptor<>(
                      "count", Types.LONG));
      listed =
          getRuntimeContext()
              .getListState(
                  new org.apache.flink.api.common.state.v2.ListStateDescriptor<>(
                      "listed", Types.LONG));
      buckets =
          getRuntimeContext()
              .getMapState(
                  new org.apache.flink.api.common.state.v2.MapStateDescriptor<>(
                      "buckets", Types.STRING, Types.LONG));
      sum =
          getRuntimeContext()
              .getReducingState(
                  new org.apache.flink.api.common.state.v2.ReducingStateDescriptor<>(
                      "sum", Long::sum, Types.LONG));
    }

    @Override
    public void processElement(
        Long number,
        KeyedProcessFunction<Long, Long, String>.Context context,
        Collector<String> out)
        throws Exception {
      count
          .asyncValue()
          .thenCompose(former -> count.asyncUpdate(former == null ? 1 : former + 1))
          .thenCompose(ignored -> listed.asyncAdd(number))
          .thenCompose(ignored -> buckets.asyncPut("bucket " + number / KEYS % 3, number))
          .thenCompose(ignored -> sum.asyncAdd(number));
      context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
        throws Exception {
      long key = context.getCurrentKey();
      AtomicInteger listedCount = new AtomicInteger();
      AtomicInteger bucketCount = new AtomicInteger();
      listed
          .asyncGet()
          .thenCompose(
              numbers ->
                  numbers.onNext(
                      number -> {
                        listedCount.incrementAndGet();
                      }))
          .thenCompose(ignored -> buckets.asyncKeys())
          .thenCompose(
              names ->
                  names.onNext(
                      name -> {
                        bucketCount.incrementAndGet();
                      }))
          .thenCompose(ignored -> sum.asyncGet())
          .thenCombine(
              count.asyncValue(),
              (total, counted) -> {
                tell(key, text(counted, listedCount.get(), bucketCount.get(), total));
                return null;
              });
    }
  }
}
