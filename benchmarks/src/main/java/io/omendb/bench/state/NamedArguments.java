package io.omendb.bench.state;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code --name value} pairs over defaults, for programs with a few arguments. */
record NamedArguments(Map<String, String> values) {

  static NamedArguments parse(Map<String, String> defaults, List<String> arguments) {
    Map<String, String> values = new TreeMap<>(defaults);
    for (int i = 0; i < arguments.size(); i += 2) {
      String argument = arguments.get(i);
      String name = argument.startsWith("--") ? argument.substring(2) : argument;
      if (!defaults.containsKey(name) || i + 1 == arguments.size()) {
        throw new IllegalArgumentException(
            "expected --name value pairs with the names %s, got %s"
                .formatted(defaults.keySet(), argument));
      }
      values.put(name, arguments.get(i + 1));
    }
    return new NamedArguments(values);
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no value of --" + name);
    }
    return value;
  }

  long number(String name) {
    return Long.parseLong(text(name));
  }

  double decimal(String name) {
    return Double.parseDouble(text(name));
  }

  /** The set-up of a backend with what of these it has a name for. */
  StateBackendsOptions backendOptions() {
    StateBackendsOptions options = StateBackendsOptions.parse(List.of());
    for (String name : List.of("keys", "value-bytes", "memory-mb", "directory", "access")) {
      if (values.containsKey(name)) {
        options = options.with(name, text(name));
      }
    }
    return options;
  }
}
