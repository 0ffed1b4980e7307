package io.omendb.state.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.changelog.fs.FsStateChangelogOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real job in a MiniCluster, set up through the configuration alone: it fails after its third
 * checkpoint and must still count every record once, in process functions, timers and windows.
 */
class ExactlyOnceJobTest {

  private static final long RECORDS = 4_000;
  private static final int RECORDS_PER_CHECKPOINT = 500;
  private static final int CHECKPOINTS_BEFORE_FAILURE = 3;
  private static final int KEYS = 50;
  private static final long WINDOW_MS = 200;

  /** Attempts of the failing operator; the job runs in this JVM. */
  private static final AtomicInteger ATTEMPTS = new AtomicInteger();

  @TempDir Path checkpoints;

  /** Where the job must have put something before checkpoints count; null for anywhere. */
  private static volatile @Nullable Path awaitedFiles;

  @Test
  void countsEveryRecordOnceAfterAFailure() throws Exception {
    countsEveryRecordOnce(configuration(), null);
  }

  /**
   * The same with Flink's changelog around the backend: the failure comes when the state has been
   * materialized, so that a restore reads both an image and the log behind it.
   */
  @Test
  void countsEveryRecordOnceAfterAFailureWithTheChangelog(@TempDir Path log) throws Exception {
    Configuration configuration = withChangelog(configuration(), log);
    countsEveryRecordOnce(configuration, checkpoints);
    try (Stream<Path> files = Files.walk(log)) {
      assertThat(files).as("the log was written").hasSizeGreaterThan(1);
    }
  }

  @Test
  @SuppressWarnings("try") // that closing may be interrupted is Flink's signature
  void tableStateIsRefusedWithTheChangelog(@TempDir Path log) throws Exception {
    Configuration configuration = withChangelog(configuration(), log);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    try (StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration)) {
      environment
          .fromSequence(1, 10)
          .keyBy(number -> number % KEYS)
          .transform("table", Types.LONG, new AsksForTableState())
          .sinkTo(new DiscardingSink<>());
      assertThatThrownBy(environment::execute)
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .rootCause()
          .hasMessageContaining("table state needs the learned state backend, unwrapped")
          .hasMessageContaining("state.changelog.enabled to false")
          .hasMessageContaining("ChangelogKeyedStateBackend");
    }
    configuration.set(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG, false);
    try (StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration)) {
      environment
          .fromSequence(1, 10)
          .keyBy(number -> number % KEYS)
          .transform("table", Types.LONG, new AsksForTableState())
          .sinkTo(new DiscardingSink<>());
      assertThat(environment.execute().isJobExecutionResult()).isTrue();
    }
  }

  /** Asks for table state when it starts. */
  private static final class AsksForTableState extends AbstractStreamOperator<Long>
      implements OneInputStreamOperator<Long, Long> {
    private static final long serialVersionUID = 1;

    @Override
    public void open() throws Exception {
      super.open();
      TableStateBackend.of(getKeyedStateBackend()).tableState();
    }

    @Override
    public void processElement(StreamRecord<Long> element) {
      output.collect(element);
    }
  }

  private Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(
        StateBackendOptions.STATE_BACKEND, LearnedStateBackendFactory.class.getName());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 2);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    return configuration;
  }

  private static Configuration withChangelog(Configuration configuration, Path log) {
    configuration.set(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG, true);
    configuration.set(StateChangelogOptions.STATE_CHANGE_LOG_STORAGE, "filesystem");
    configuration.set(FsStateChangelogOptions.BASE_PATH, log.toUri().toString());
    configuration.set(
        StateChangelogOptions.PERIODIC_MATERIALIZATION_INTERVAL, Duration.ofMillis(40));
    configuration.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO);
    return configuration;
  }

  @SuppressWarnings("try") // that closing may be interrupted is Flink's signature
  private static void countsEveryRecordOnce(Configuration configuration, @Nullable Path awaited)
      throws Exception {
    ATTEMPTS.set(0);
    awaitedFiles = awaited;

    Map<String, Integer> results = new HashMap<>();
    try (StreamExecutionEnvironment environment =
            StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        CloseableIterator<String> output = job(environment).executeAndCollect()) {
      output.forEachRemaining(line -> results.merge(line, 1, Integer::sum));
    }

    assertThat(ATTEMPTS).hasValue(2);
    Map<String, Integer> expected = new HashMap<>();
    long perKey = RECORDS / KEYS;
    for (long key = 0; key < KEYS; key++) {
      long sum = perKey * key + KEYS * perKey * (perKey - 1) / 2;
      expected.put("key " + key + ": " + perKey + " listed, 3 buckets, sum " + sum, 1);
      for (long start = 0; start < RECORDS; start += WINDOW_MS) {
        expected.put("window " + start + " of " + key + ": " + WINDOW_MS / KEYS, 1);
      }
    }
    assertThat(results).isEqualTo(expected);
  }

  private static DataStream<String> job(StreamExecutionEnvironment environment) {
    environment.setParallelism(2);
    DataGeneratorSource<Long> source =
        new DataGeneratorSource<>(
            number -> number,
            RECORDS,
            RateLimiterStrategy.perCheckpoint(RECORDS_PER_CHECKPOINT),
            Types.LONG);
    DataStream<Long> numbers =
        environment
            .fromSource(
                source,
                WatermarkStrategy.<Long>forBoundedOutOfOrderness(Duration.ofMillis(RECORDS))
                    .withTimestampAssigner((number, previous) -> number),
                "numbers")
            .map(new FailingOnce())
            .setParallelism(1);
    DataStream<String> summaries = numbers.keyBy(number -> number % KEYS).process(new Summary());
    DataStream<String> windows =
        numbers
            .keyBy(number -> number % KEYS)
            .window(TumblingEventTimeWindows.of(Duration.ofMillis(WINDOW_MS)))
            .aggregate(new Count(), new Describe());
    return summaries.union(windows);
  }

  /** Fails at the first record behind a number of completed checkpoints, in its first attempt. */
  private static final class FailingOnce extends RichMapFunction<Long, Long>
      implements CheckpointListener {
    private static final long serialVersionUID = 1;
    private boolean firstAttempt;
    private int completed;

    @Override
    public void open(OpenContext context) {
      firstAttempt = ATTEMPTS.incrementAndGet() == 1;
    }

    @Override
    public Long map(Long number) {
      if (firstAttempt && completed >= CHECKPOINTS_BEFORE_FAILURE) {
        throw new IllegalStateException("the failure that this test wants");
      }
      return number;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws IOException {
      if (awaitedFiles == null || isMaterialized(awaitedFiles)) {
        completed++;
      }
    }

    /** With the changelog, materialized state is owned by tasks until a checkpoint refers to it. */
    private static boolean isMaterialized(Path checkpoints) throws IOException {
      try (Stream<Path> jobs = Files.list(checkpoints)) {
        for (Path job : jobs.toList()) {
          Path owned = job.resolve("taskowned");
          if (Files.exists(owned)) {
            try (Stream<Path> files = Files.list(owned)) {
              if (files.findAny().isPresent()) {
                return true;
              }
            }
          }
        }
        return false;
      }
    }
  }

  /** Collects in list, map and reducing state, and tells at the end of time. */
  private static final class Summary extends KeyedProcessFunction<Long, Long, String> {
    private static final long serialVersionUID = 1;
    private transient ListState<Long> listed;
    private transient MapState<String, Long> buckets;
    private transient ReducingState<Long> sum;

    @Override
    public void open(OpenContext context) {
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
      listed.add(number);
      buckets.put("bucket " + number / KEYS % 3, number);
      sum.add(number);
      context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
        throws Exception {
      List<Long> all = new ArrayList<>();
      listed.get().forEach(all::add);
      int bucketCount = 0;
      for (String ignored : buckets.keys()) {
        bucketCount++;
      }
      out.collect(
          "key "
              + context.getCurrentKey()
              + ": "
              + all.size()
              + " listed, "
              + bucketCount
              + " buckets, sum "
              + sum.get());
    }
  }

  private static final class Describe
      extends ProcessWindowFunction<Long, String, Long, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        Long key,
        ProcessWindowFunction<Long, String, Long, TimeWindow>.Context context,
        Iterable<Long> counts,
        Collector<String> out) {
      counts.forEach(
          count ->
              out.collect("window " + context.window().getStart() + " of " + key + ": " + count));
    }
  }
}
