package io.omendb.bench.state;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures state backends through Flink's keyed-state API, one after another, each in a JVM of its
 * own, and prints tables. The arguments are in {@link StateBackendsOptions}; without any it ends
 * within a minute.
 */
public final class StateBackends {

  static final String CHILD = "--one-backend";

  private StateBackends() {}

  public static void main(String[] arguments) throws Exception {
    List<String> given = Arrays.asList(arguments);
    if (!given.isEmpty() && given.get(0).equals(CHILD)) {
      BackendKind kind = BackendKind.of(given.get(1));
      StateBackendsOptions options = StateBackendsOptions.parse(given.subList(2, given.size()));
      try (OpenBackend open = new OpenBackend(kind, options);
          BackendRun run = new BackendRun(open, options)) {
        run.run(System.out);
      }
      return;
    }
    StateBackendsOptions options = StateBackendsOptions.parse(given);
    System.out.println(options.given());
    Map<BackendKind, Report> reports = run(options);
    new StateBackendsTables(options, reports).print(System.out);
    if (!reports.values().stream().allMatch(Report::complete)) {
      System.exit(1);
    }
  }

  static Map<BackendKind, Report> run(StateBackendsOptions options) throws Exception {
    Map<BackendKind, Report> reports = new LinkedHashMap<>();
    for (BackendKind kind : options.backends()) {
      reports.put(kind, BackendProcess.measure(kind, options));
    }
    return reports;
  }
}
