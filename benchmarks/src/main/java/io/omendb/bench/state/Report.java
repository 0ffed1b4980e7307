package io.omendb.bench.state;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the process of one backend reported, line by line.
 *
 * @param measurements of the rounds
 * @param figures what else was counted of each operation: device reads, memory, steady rates
 * @param remarks other lines by their first words
 */
record Report(
    Map<Operation, Measurement> measurements,
    Map<Operation, Figures> figures,
    Map<String, String> remarks) {

  /** The line after which a process has nothing more to say. */
  static final String DONE = "DONE";

  static Report empty() {
    return new Report(
        new EnumMap<>(Operation.class), new EnumMap<>(Operation.class), new LinkedHashMap<>());
  }

  /** Takes a line; false if it is none of a report's. */
  boolean accept(String line) {
    if (!line.matches("[A-Z-]+ .*")) {
      return false;
    }
    String[] parts = line.split(" ", 2);
    switch (parts[0]) {
      case "RESULT" -> {
        Measurement measurement = Measurement.decode(parts[1]);
        measurements.put(measurement.operation(), measurement);
      }
      case "FIGURES" -> {
        String[] named = parts[1].split(" ", 2);
        figuresOf(Operation.of(named[0]))
            .values()
            .putAll(Figures.decode(named.length == 1 ? "" : named[1]).values());
      }
      default -> remarks.put(parts[0], parts[1]);
    }
    return true;
  }

  Figures figuresOf(Operation operation) {
    return figures.computeIfAbsent(operation, unseen -> Figures.of());
  }

  boolean complete() {
    return remarks.containsKey(DONE);
  }
}
