package io.omendb.bench.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Gets over every key set, with what each needs to find a key; takes the arguments of {@link
 * StateBackends}. By default the learned backend alone, a million keys.
 */
public final class KeySets {

  private record Row(KeySet keySet, BackendKind kind, Report report) {}

  private KeySets() {}

  public static void main(String[] arguments) throws Exception {
    List<String> given =
        new ArrayList<>(
            List.of("--backends", "learned", "--keys", "1000000", "--operations", "get"));
    given.addAll(Arrays.asList(arguments));
    StateBackendsOptions options = StateBackendsOptions.parse(given);
    List<Row> rows = new ArrayList<>();
    for (KeySet keySet : KeySet.values()) {
      Map<BackendKind, Report> reports = StateBackends.run(options.with("key-set", keySet.label()));
      reports.forEach((kind, report) -> rows.add(new Row(keySet, kind, report)));
    }
    System.out.printf(
        "%n%d keys of %d bytes, %s access%n%n",
        options.keyCount(), options.valueBytes(), options.access());
    System.out.println(
        "| key set | backend | get ops/s | p99 ns | index kinds | index B/entry | models B/entry | filters B/entry | B/entry on disk |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    rows.forEach(KeySets::print);
    System.out.println();
    for (BackendKind kind : options.backends()) {
      double[] rates =
          rows.stream()
              .filter(row -> row.kind == kind && row.report.complete())
              .mapToDouble(row -> measured(row).operationsPerSecond())
              .sorted()
              .toArray();
      if (rates.length > 0) {
        System.out.printf(
            "%s: worst ÷ best = %.2f%n", kind.label(), rates[0] / rates[rates.length - 1]);
      }
    }
    if (!rows.stream().allMatch(row -> row.report.complete())) {
      System.exit(1);
    }
  }

  private static Measurement measured(Row row) {
    Measurement measurement = row.report.measurements().get(Operation.GET);
    if (measurement == null) {
      throw new IllegalStateException("no get was measured of " + row.keySet);
    }
    return measurement;
  }

  private static void print(Row row) {
    if (!row.report.complete()) {
      System.out.printf("| %s | %s | failed |%n", row.keySet.label(), row.kind.label());
      return;
    }
    String finding = " " + row.report.remarks().get("FINDING");
    double entries = ProcFile.number(finding, " entries=");
    System.out.printf(
        "| %s | %s | %,.0f | %d | %s | %.3f | %.4f | %.3f | %.1f |%n",
        row.keySet.label(),
        row.kind.label(),
        measured(row).operationsPerSecond(),
        measured(row).p99Nanos(),
        finding.substring(finding.indexOf(" kinds=") + " kinds=".length()),
        ProcFile.number(finding, " index=") / entries,
        ProcFile.number(finding, " models=") / entries,
        ProcFile.number(finding, " filters=") / entries,
        Double.parseDouble(row.report.remarks().getOrDefault("DISK", "0")) / entries);
  }
}
