package io.omendb.state.backend.metric;

import io.omendb.state.store.LearnedStore;
import io.omendb.state.store.RunStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Shows a store's runs one by one, in a number of metrics that does not depend on theirs.
 *
 * <p>Reporters differ: those of Flink's own pages, JMX and logs show text, Prometheus and its like
 * only numbers, and none like metrics that come and go, as one per run would. So one text tells of
 * each run, up to a bound; numbers tell the totals and the extremes, by which a run that is unlike
 * the others is noticed.
 */
public final class RunGauges {

  static final String RUNS = "runs";

  /** Runs that the text tells of, the newest; the others are added up. */
  public static final int RUNS_SHOWN_MAX = 16;

  private static final List<String> KINDS = List.of("model", "features", "separators");

  private RunGauges() {}

  static void register(MetricGroup group, LearnedStore store) {
    group.gauge(RUNS, (Gauge<String>) () -> describe(store.runStatistics()));
    total(group, store, "runKeys", RunStatistics::keyCount);
    total(group, store, "modelSegments", RunStatistics::segmentCount);
    for (String kind : KINDS) {
      total(group, store, kind + "Sections", run -> run.indexKinds().getOrDefault(kind, 0));
    }
    greatest(group, store, "runEntriesMax", RunStatistics::entryCount);
    greatest(group, store, "runBytesPerKeyMax", RunStatistics::bytesPerKey);
    greatest(group, store, "runFindingBytesPerKeyMax", RunStatistics::findingBytesPerKey);
    group.gauge("runBytesPerKey", (Gauge<Double>) () -> bytesPerKey(store.runStatistics()));
  }

  /** Some lines: one for each of the newest runs, and one for the rest. */
  public static String describe(List<RunStatistics> runs) {
    StringBuilder text = new StringBuilder();
    int shown = Math.min(runs.size(), RUNS_SHOWN_MAX);
    for (int i = 0; i < shown; i++) {
      RunStatistics run = runs.get(i);
      text.append(
          String.format(
              Locale.ROOT,
              "%d: %d entries, %.1f B/key, finding %.2f B/key, %s, error %d, %d segments%n",
              i,
              run.entryCount(),
              run.bytesPerKey(),
              run.findingBytesPerKey(),
              run.indexKinds(),
              run.modelErrorMax(),
              run.segmentCount()));
    }
    if (shown < runs.size()) {
      List<RunStatistics> rest = runs.subList(shown, runs.size());
      text.append(
          String.format(
              Locale.ROOT,
              "%d more: %d entries, %.1f B/key%n",
              rest.size(),
              rest.stream().mapToLong(RunStatistics::entryCount).sum(),
              bytesPerKey(rest)));
    }
    return text.toString();
  }

  private static double bytesPerKey(List<RunStatistics> runs) {
    long keys = runs.stream().mapToLong(RunStatistics::keyCount).sum();
    long bytes = runs.stream().mapToLong(RunStatistics::bytes).sum();
    return keys == 0 ? 0 : bytes / (double) keys;
  }

  private static void total(
      MetricGroup group, LearnedStore store, String name, ToLongFunction<RunStatistics> value) {
    group.gauge(name, (Gauge<Long>) () -> store.runStatistics().stream().mapToLong(value).sum());
  }

  private static void greatest(
      MetricGroup group, LearnedStore store, String name, ToDoubleFunction<RunStatistics> value) {
    group.gauge(
        name,
        (Gauge<Double>) () -> store.runStatistics().stream().mapToDouble(value).max().orElse(0));
  }
}
