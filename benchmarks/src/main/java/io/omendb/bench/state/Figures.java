package io.omendb.bench.state;

import java.util.LinkedHashMap;
import java.util.Map;

/** Named numbers of one operation, as one line of text between two processes. */
record Figures(Map<String, Double> values) {

  static Figures of() {
    return new Figures(new LinkedHashMap<>());
  }

  Figures with(String name, double value) {
    values.put(name, value);
    return this;
  }

  Figures with(String name, long value) {
    return with(name, (double) value);
  }

  /** NaN where it was not measured. */
  double get(String name) {
    return values.getOrDefault(name, Double.NaN);
  }

  String encode() {
    StringBuilder text = new StringBuilder();
    values.forEach((name, value) -> text.append(name).append('=').append(value).append(' '));
    return text.toString().strip();
  }

  static Figures decode(String text) {
    Figures figures = of();
    for (String part : text.split(" ")) {
      if (!part.isEmpty()) {
        String[] sides = part.split("=");
        figures.with(sides[0], Double.parseDouble(sides[1]));
      }
    }
    return figures;
  }
}
