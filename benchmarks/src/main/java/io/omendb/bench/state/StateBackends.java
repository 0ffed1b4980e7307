package io.omendb.bench.state;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures state backends through Flink's keyed-state API, one after another, each in a JVM of its
 * own, and prints one table. The arguments are in {@link StateBackendsOptions}; without any it ends
 * within a minute.
 */
public final class StateBackends {

  private static final String CHILD = "--one-backend";

  /** What one JVM reported. */
  private record Report(Map<Operation, Measurement> measurements, Map<String, String> remarks) {}

  private StateBackends() {}

  public static void main(String[] arguments) throws Exception {
    List<String> given = Arrays.asList(arguments);
    if (!given.isEmpty() && given.get(0).equals(CHILD)) {
      BackendKind kind = BackendKind.of(given.get(1));
      StateBackendsOptions options = StateBackendsOptions.parse(given.subList(2, given.size()));
      try (OpenBackend open = new OpenBackend(kind, options)) {
        new BackendRun(open, options).run(System.out);
      }
      return;
    }
    StateBackendsOptions options = StateBackendsOptions.parse(given);
    System.out.println(options.given());
    Map<BackendKind, Report> reports = new LinkedHashMap<>();
    for (BackendKind kind : options.backends()) {
      reports.put(kind, fork(kind, options, given));
    }
    print(options, reports);
  }

  private static Report fork(BackendKind kind, StateBackendsOptions options, List<String> given)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(
        List.of(
            "-Xms" + options.heapMegabytes() + "m",
            "-Xmx" + options.heapMegabytes() + "m",
            "-XX:MaxDirectMemorySize=" + (options.memoryMegabytes() + 64) + "m",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED"));
    if (!options.javaOptions().isBlank()) {
      command.addAll(Arrays.asList(options.javaOptions().trim().split("\\s+")));
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            StateBackends.class.getName(),
            CHILD,
            kind.label()));
    command.addAll(given);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Report report = new Report(new EnumMap<>(Operation.class), new LinkedHashMap<>());
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("RESULT ")) {
          Measurement measurement = Measurement.decode(line.substring("RESULT ".length()));
          report.measurements.put(measurement.operation(), measurement);
          System.out.printf("%s: %s%n", kind.label(), line);
        } else if (line.matches("[A-Z-]+ .*")) {
          String[] parts = line.split(" ", 2);
          report.remarks.put(parts[0], parts[1]);
        } else {
          System.out.println(line);
        }
      }
    }
    int exit = process.waitFor();
    if (exit != 0) {
      report.remarks.put("EXIT", String.valueOf(exit));
    }
    return report;
  }

  private static void print(StateBackendsOptions options, Map<BackendKind, Report> reports) {
    System.out.printf(
        "%n%d keys (%s) of %d bytes, %s access, %d MiB of managed memory%n%n",
        options.keyCount(),
        options.keySet().label(),
        options.valueBytes(),
        options.access(),
        options.memoryMegabytes());
    System.out.println(
        "| operation | backend | ops/s | task CPU ns | p50 ns | p99 ns | learned ÷ this |");
    System.out.println("|---|---|---|---|---|---|---|");
    Report learned = reports.get(BackendKind.LEARNED);
    for (Operation operation : options.operations()) {
      Measurement ours = learned == null ? null : learned.measurements.get(operation);
      reports.forEach((kind, report) -> print(kind, report.measurements.get(operation), ours));
    }
    System.out.println();
    reports.forEach((kind, report) -> System.out.println(kind.label() + ": " + report.remarks));
  }

  private static void print(
      BackendKind kind, @Nullable Measurement measured, @Nullable Measurement ours) {
    if (measured != null) {
      System.out.printf(
          "| %s | %s | %,.0f | %d | %d | %d | %s |%n",
          measured.operation().label(),
          kind.label(),
          measured.operationsPerSecond(),
          measured.cpuNanos(),
          measured.p50Nanos(),
          measured.p99Nanos(),
          ours == null
              ? "-"
              : "%.2f".formatted(ours.operationsPerSecond() / measured.operationsPerSecond()));
    }
  }
}
