package io.omendb.bench.state;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads one backend and measures each operation on it, all on the calling thread, as in a task.
 * Keys are drawn before the clock starts, a batch at a time. After the load and after each phase of
 * steady writes it waits for the background work, so that no operation pays for the one before.
 */
final class BackendRun implements AutoCloseable {

  static final int BATCH_OPERATIONS = 20_000;
  private static final int SCAN_BATCH_OPERATIONS = 500;
  private static final int SAMPLE_EVERY = 16;

  private final StateBackendsOptions options;
  private final OpenBackend open;
  private final StateOperations operations;
  private final @Nullable ControlGroup group;
  private final ReadCounters.Source counters;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  BackendRun(OpenBackend open, StateBackendsOptions options) throws Exception {
    this.open = open;
    this.options = options;
    this.operations = new StateOperations(open, options);
    // The parent owns the group.
    this.group = options.group().isEmpty() ? null : ControlGroup.at(options.group());
    this.counters = ReadCounters.Source.ofProcess(group);
  }

  void run(PrintStream out) throws Exception {
    long start = System.nanoTime();
    operations.load();
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf("LOAD %.0f%n", options.keyCount() / seconds);
    out.printf("LOAD-DRAIN-SECONDS %.1f%n", drain() / 1e9);
    out.println("DISK " + open.diskBytes());
    out.println("FINDING " + open.findingBytes());
    operations.readAll(options.readAllMax().toNanos());
    for (Operation operation : options.operations()) {
      if (operation.scans()) {
        operations.loadMaps(operation);
        drain();
      }
      measure(operation, options.warmUp().toNanos());
      ReadCounters before = counters.now();
      List<Measurement> rounds = new ArrayList<>();
      long count = 0;
      for (int i = 0; i < options.rounds(); i++) {
        Measurement round = measure(operation, options.round().toNanos());
        rounds.add(round);
        count += round.operations();
      }
      Figures figures = Figures.of();
      reads(figures, counters.now().since(before), count);
      if (operation == Operation.GET || operation == Operation.MISSING) {
        MissSampler.sample(operations, operation, options.missSamples(), group, figures);
      }
      if (operation.steady() && !options.write().isZero()) {
        new SteadyWrites(open, operations, options).run(operation, figures);
      }
      out.println("RESULT " + Measurement.median(operation, rounds).encode());
      out.println("FIGURES " + operation.label() + " " + figures.encode());
    }
    drain();
    out.println("DISK-AFTER " + open.diskBytes());
    String effective = open.effectiveOptions();
    if (!effective.isEmpty()) {
      out.println("OPTIONS " + effective);
    }
    out.println("CHECK " + (operations.blackHole() & 1));
  }

  private long drain() throws Exception {
    return Drain.await(open, options.quiet(), options.drainMax());
  }

  private void reads(Figures figures, ReadCounters counted, long count) throws Exception {
    if (group != null) {
      ControlGroup.Usage usage = group.usage();
      figures
          .with("reads", counted.deviceReads() / (double) count)
          .with("bytes", counted.deviceBytes() / (double) count)
          .with("cache-bytes", usage.cacheBytes())
          .with("anonymous-bytes", usage.anonymousBytes());
    }
    figures
        .with("process-bytes", counted.ownBytes() / (double) count)
        .with("major-faults", counted.majorFaults() / (double) count);
  }

  private Measurement measure(Operation operation, long nanosMin) throws Exception {
    int size = operation.scans() ? SCAN_BATCH_OPERATIONS : BATCH_OPERATIONS;
    long[] samples = new long[1024];
    int sampleCount = 0;
    long nanos = 0;
    long cpu = 0;
    long count = 0;
    do {
      StateOperations.Batch batch = operations.draw(operation, size);
      long cpuStart = threads.getCurrentThreadCpuTime();
      long start = System.nanoTime();
      for (int i = 0; i < size; i++) {
        if (i % SAMPLE_EVERY == 0) {
          long before = System.nanoTime();
          operations.perform(batch, i);
          if (sampleCount == samples.length) {
            samples = Arrays.copyOf(samples, 2 * sampleCount);
          }
          samples[sampleCount++] = System.nanoTime() - before;
        } else {
          operations.perform(batch, i);
        }
      }
      nanos += System.nanoTime() - start;
      cpu += threads.getCurrentThreadCpuTime() - cpuStart;
      count += size;
    } while (nanos < nanosMin);
    Arrays.sort(samples, 0, sampleCount);
    return new Measurement(
        operation,
        count * 1e9 / nanos,
        cpu / count,
        samples[sampleCount / 2],
        samples[(int) (sampleCount * 0.99)],
        count);
  }

  @Override
  public void close() throws IOException {
    counters.close();
  }
}
