package io.omendb.bench.state;

import io.omendb.state.backend.TableStateBackend;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads of table state at recent snapshots on one thread while the task's thread writes at a given
 * rate and lets the horizon follow. Every get is timed and its answer checked.
 *
 * <p>The reader is a closed loop: it asks again as soon as it has an answer, so a get that takes
 * long delays those that follow and is counted once. The percentiles are those of service times; of
 * requests that arrive at fixed times more would wait. The writer is paced and reports how far it
 * fell behind its schedule.
 */
public final class SnapshotReaders {

  private static final int WRITES_PER_LOOK = 64;
  private static final long PAUSE_NANOS = 100_000;
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "keys", "1000000",
          "value-bytes", "100",
          "rate", "100000",
          "seconds", "10",
          "warm-up-seconds", "3",
          "access", "uniform",
          "memory-mb", "512",
          "horizon-lag", "200000",
          "directory", System.getProperty("java.io.tmpdir"));

  /**
   * What was seen.
   *
   * @param late gets whose snapshot the horizon overtook before they ended, so that their answers
   *     may be missing; they count as neither right nor wrong
   * @param behindNanosMax how far the writer fell behind its schedule
   */
  public record Result(
      Latency latency,
      double getsPerSecond,
      double writesPerSecond,
      long wrong,
      long late,
      long behindNanosMax,
      long flushes,
      long compactions) {}

  /** Nanoseconds. */
  public record Latency(long count, long p50, long p99, long p999, long max) {}

  private record Reads(LatencyHistogram histogram, long nanos, long wrong, long late) {}

  private final NamedArguments arguments;
  private final VersionedRows rows;
  private final long horizonLag;
  private volatile long published;
  private volatile long horizon;
  private volatile boolean measuring;
  private volatile boolean stopped;

  private SnapshotReaders(NamedArguments arguments, VersionedRows rows) {
    this.arguments = arguments;
    this.rows = rows;
    this.horizonLag = arguments.number("horizon-lag");
  }

  public static void main(String[] given) throws Exception {
    Result result = run(given);
    System.out.println("| measure | value |");
    System.out.println("|---|---|");
    lines(result).forEach((name, value) -> System.out.printf("| %s | %s |%n", name, value));
    if (result.wrong > 0) {
      throw new IllegalStateException(result.wrong + " wrong answers");
    }
  }

  private static Map<String, String> lines(Result result) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("upserts/s", "%,.0f".formatted(result.writesPerSecond));
    lines.put("gets/s", "%,.0f".formatted(result.getsPerSecond));
    lines.put("get p50 µs", "%.1f".formatted(result.latency.p50 / 1e3));
    lines.put("get p99 µs", "%.1f".formatted(result.latency.p99 / 1e3));
    lines.put("get p99.9 µs", "%.1f".formatted(result.latency.p999 / 1e3));
    lines.put("get max µs", "%.1f".formatted(result.latency.max / 1e3));
    lines.put("gets", "%,d".formatted(result.latency.count));
    lines.put("wrong answers", String.valueOf(result.wrong));
    lines.put("gets overtaken by the horizon", String.valueOf(result.late));
    lines.put("writer behind its schedule, max ms", "%.1f".formatted(result.behindNanosMax / 1e6));
    lines.put("flushes", String.valueOf(result.flushes));
    lines.put("compactions", String.valueOf(result.compactions));
    return lines;
  }

  static Result run(String... given) throws Exception {
    NamedArguments arguments = NamedArguments.parse(DEFAULTS, Arrays.asList(given));
    System.out.println(arguments.values());
    try (OpenBackend open = new OpenBackend(BackendKind.LEARNED, arguments.backendOptions())) {
      VersionedRows rows =
          VersionedRows.of(
              ((TableStateBackend) open.keyed()).tableState(),
              arguments.number("keys"),
              (int) arguments.number("value-bytes"));
      return new SnapshotReaders(arguments, rows).measure(open);
    }
  }

  private Result measure(OpenBackend open) throws Exception {
    long version = 0;
    while (version < rows.count()) {
      rows.write(++version);
    }
    published = version;
    horizon = version;
    rows.table().setHorizon(VersionedRows.KEYSPACE, version);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<Reads> reads = threads.submit((Callable<Reads>) this::read);
      Schedule warmUp = write(version, arguments.decimal("warm-up-seconds"));
      long flushes = open.gauge("flushes");
      long compactions = open.gauge("compactions");
      measuring = true;
      Schedule written = write(warmUp.version, arguments.decimal("seconds"));
      stopped = true;
      return result(
          reads.get(),
          written,
          open.gauge("flushes") - flushes,
          open.gauge("compactions") - compactions);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the reader failed", e.getCause());
    } finally {
      stopped = true;
      threads.shutdown();
    }
  }

  private static Result result(Reads reads, Schedule written, long flushes, long compactions) {
    LatencyHistogram histogram = reads.histogram;
    return new Result(
        new Latency(
            histogram.count(),
            histogram.percentile(0.5),
            histogram.percentile(0.99),
            histogram.percentile(0.999),
            histogram.nanosMax()),
        histogram.count() * 1e9 / reads.nanos,
        written.perSecond,
        reads.wrong,
        reads.late,
        written.behindNanosMax,
        flushes,
        compactions);
  }

  private record Schedule(long version, double perSecond, long behindNanosMax) {}

  /** Keeps to the rate over the whole time: what was missed is made up for at full speed. */
  private Schedule write(long fromVersion, double seconds) {
    double perNano = arguments.number("rate") / 1e9;
    long nanos = (long) (seconds * 1e9);
    long version = fromVersion;
    long behindMax = 0;
    long start = System.nanoTime();
    for (long now = start; now - start < nanos; now = System.nanoTime()) {
      long due = fromVersion + (long) ((now - start) * perNano);
      if (version >= due) {
        LockSupport.parkNanos(PAUSE_NANOS);
        continue;
      }
      behindMax = Math.max(behindMax, (long) ((due - version) / perNano));
      long end = Math.min(due, version + WRITES_PER_LOOK);
      while (version < end) {
        rows.write(++version);
      }
      published = version;
      if (version - horizon >= horizonLag + WRITES_PER_LOOK) {
        // Published first: whoever reads below it afterwards knows that the answer may be missing.
        horizon = version - horizonLag;
        rows.table().setHorizon(VersionedRows.KEYSPACE, version - horizonLag);
      }
    }
    return new Schedule(
        version, (version - fromVersion) * 1e9 / (System.nanoTime() - start), behindMax);
  }

  private Reads read() {
    Access access = arguments.backendOptions().access();
    Access.Sampler sampler = access.sampler(rows.count());
    SplittableRandom random = new SplittableRandom(11);
    LatencyHistogram histogram = new LatencyHistogram();
    long wrong = 0;
    long late = 0;
    long start = 0;
    while (!stopped) {
      if (measuring && start == 0) {
        start = System.nanoTime();
        histogram = new LatencyHistogram();
      }
      long newest = published;
      long oldest = Math.max(rows.count(), newest - horizonLag / 2);
      long snapshot = oldest + random.nextLong(newest - oldest + 1);
      long place = sampler.next(random);
      long before = System.nanoTime();
      byte[] found = rows.read(place, snapshot);
      histogram.add(System.nanoTime() - before);
      if (!rows.isRight(found, place, snapshot)) {
        if (horizon > snapshot) {
          late++;
        } else {
          wrong++;
        }
      }
    }
    return new Reads(histogram, System.nanoTime() - start, wrong, late);
  }
}
