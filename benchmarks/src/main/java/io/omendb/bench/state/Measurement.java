package io.omendb.bench.state;

import java.util.Arrays;
import java.util.List;

/**
 * The result of one operation on one backend: medians over rounds.
 *
 * @param operationsPerSecond by the clock
 * @param cpuNanos of the task thread per operation, which others on the machine disturb less
 * @param p50Nanos of single operations, sampled
 * @param p99Nanos of single operations, sampled
 * @param operations how many were measured, all rounds together
 */
record Measurement(
    Operation operation,
    double operationsPerSecond,
    long cpuNanos,
    long p50Nanos,
    long p99Nanos,
    long operations) {

  static Measurement median(Operation operation, List<Measurement> rounds) {
    return new Measurement(
        operation,
        median(rounds.stream().mapToDouble(Measurement::operationsPerSecond).toArray()),
        (long) median(rounds.stream().mapToDouble(Measurement::cpuNanos).toArray()),
        (long) median(rounds.stream().mapToDouble(Measurement::p50Nanos).toArray()),
        (long) median(rounds.stream().mapToDouble(Measurement::p99Nanos).toArray()),
        rounds.stream().mapToLong(Measurement::operations).sum());
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  String encode() {
    return "%s %.1f %d %d %d %d"
        .formatted(
            operation.label(), operationsPerSecond, cpuNanos, p50Nanos, p99Nanos, operations);
  }

  static Measurement decode(String line) {
    String[] parts = line.split(" ");
    return new Measurement(
        Operation.of(parts[0]),
        Double.parseDouble(parts[1]),
        Long.parseLong(parts[2]),
        Long.parseLong(parts[3]),
        Long.parseLong(parts[4]),
        Long.parseLong(parts[5]));
  }
}
