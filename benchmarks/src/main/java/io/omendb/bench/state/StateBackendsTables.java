package io.omendb.bench.state;

import java.io.PrintStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tables of {@link StateBackends}, in Markdown. */
record StateBackendsTables(StateBackendsOptions options, Map<BackendKind, Report> reports) {

  private static final double MEGABYTE = 1e6;

  void print(PrintStream out) {
    out.printf(
        "%n%d keys (%s) of %d bytes, %s access, %d MiB of managed memory, %s%n%n",
        options.keyCount(),
        options.keySet().label(),
        options.valueBytes(),
        options.access(),
        options.memoryMegabytes(),
        options.limitMegabytes() == 0
            ? "no limit from outside"
            : options.limitMegabytes() + " MiB with the page cache, enforced");
    out.println("| operation | backend | ops/s | task CPU ns | p50 ns | p99 ns | learned ÷ this |");
    out.println("|---|---|---|---|---|---|---|");
    Report learned = reports.get(BackendKind.LEARNED);
    for (Operation operation : options.operations()) {
      Measurement ours = learned == null ? null : learned.measurements().get(operation);
      reports.forEach(
          (kind, report) -> rate(out, kind, report.measurements().get(operation), ours));
    }
    reads(out);
    misses(out);
    steady(out);
    out.println();
    reports.forEach((kind, report) -> out.println(kind.label() + ": " + report.remarks()));
  }

  private static void rate(
      PrintStream out,
      BackendKind kind,
      @Nullable Measurement measured,
      @Nullable Measurement ours) {
    if (measured != null) {
      out.printf(
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

  private void reads(PrintStream out) {
    out.printf(
        "%nDevice reads in the rounds (requests and their bytes only in a control group)%n%n");
    out.println(
        "| operation | backend | reads per op | bytes per op | bytes per read | process bytes per op | major faults per op | page cache MB | anonymous MB |");
    out.println("|---|---|---|---|---|---|---|---|---|");
    reports.forEach(
        (kind, report) ->
            report
                .figures()
                .forEach(
                    (operation, figures) ->
                        out.printf(
                            "| %s | %s | %.4f | %.0f | %.0f | %.0f | %.4f | %.0f | %.0f |%n",
                            operation.label(),
                            kind.label(),
                            figures.get("reads"),
                            figures.get("bytes"),
                            figures.get("bytes") / figures.get("reads"),
                            figures.get("process-bytes"),
                            figures.get("major-faults"),
                            figures.get("cache-bytes") / MEGABYTE,
                            figures.get("anonymous-bytes") / MEGABYTE)));
  }

  private void misses(PrintStream out) {
    out.printf("%nSingle gets, with the thread's counters read before and after each%n%n");
    out.println(
        "| operation | backend | gets | missed memory | reads per missed get | most reads of one get | bytes per missed get |");
    out.println("|---|---|---|---|---|---|---|");
    reports.forEach(
        (kind, report) ->
            report
                .figures()
                .forEach(
                    (operation, figures) -> {
                      if (figures.values().containsKey("sampled")) {
                        out.printf(
                            "| %s | %s | %.0f | %.0f | %.3f | %.0f | %.0f |%n",
                            operation.label(),
                            kind.label(),
                            figures.get("sampled"),
                            figures.get("missed"),
                            figures.get("missed-reads") / figures.get("missed"),
                            figures.get("missed-reads-max"),
                            figures.get("missed-bytes") / figures.get("missed"));
                      }
                    }));
  }

  private void steady(PrintStream out) {
    if (options.write().isZero()) {
      return;
    }
    out.printf("%nSteady writes%n%n");
    out.println(
        "| operation | backend | s | ops/s of the task | ops/s with the drain | ops/s by the wall | drain s | disk peak MB | disk after MB |");
    out.println("|---|---|---|---|---|---|---|---|---|");
    for (Operation operation : options.operations()) {
      reports.forEach(
          (kind, report) -> {
            Figures figures = report.figuresOf(operation);
            if (figures.values().containsKey("steady-rate")) {
              out.printf(
                  "| %s | %s | %.1f | %,.0f | %,.0f | %,.0f | %.1f | %.0f | %.0f |%n",
                  operation.label(),
                  kind.label(),
                  figures.get("steady-seconds"),
                  figures.get("steady-rate"),
                  figures.get("drained-rate"),
                  figures.get("wall-rate"),
                  figures.get("drain-seconds"),
                  figures.get("disk-peak") / MEGABYTE,
                  figures.get("disk-after") / MEGABYTE);
            }
          });
    }
  }
}
