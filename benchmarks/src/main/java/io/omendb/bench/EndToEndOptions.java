package io.omendb.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/** The program's arguments: {@code --name value} pairs; see {@link #DEFAULTS}. */
record EndToEndOptions(
    String url,
    Properties properties,
    String route,
    long rows,
    int rounds,
    Duration round,
    Duration warmUp,
    List<Integer> clients,
    Set<Workload> workloads) {

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("host", "127.0.0.1"),
          Map.entry("port", "5433"),
          Map.entry("user", "omendb"),
          Map.entry("password", ""),
          Map.entry("database", "omendb"),
          Map.entry("route", ""),
          Map.entry("rows", "1000000"),
          Map.entry("rounds", "5"),
          Map.entry("round-seconds", "5"),
          Map.entry("warm-up-seconds", "5"),
          Map.entry("clients", "1,8"),
          Map.entry("workloads", ""));

  static EndToEndOptions parse(String[] arguments) {
    Map<String, String> values = new HashMap<>(DEFAULTS);
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : arguments[i];
      if (!DEFAULTS.containsKey(name) || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            "expected --name value pairs with the names %s, got %s"
                .formatted(DEFAULTS.keySet().stream().sorted().toList(), arguments[i]));
      }
      values.put(name, arguments[i + 1]);
    }
    Values given = new Values(values);
    Properties properties = new Properties();
    properties.setProperty("user", given.text("user"));
    properties.setProperty("password", given.text("password"));
    properties.setProperty("prepareThreshold", "1");
    return new EndToEndOptions(
        "jdbc:postgresql://%s:%s/%s"
            .formatted(given.text("host"), given.text("port"), given.text("database")),
        properties,
        given.text("route"),
        Long.parseLong(given.text("rows")),
        Integer.parseInt(given.text("rounds")),
        Duration.ofSeconds(Long.parseLong(given.text("round-seconds"))),
        Duration.ofSeconds(Long.parseLong(given.text("warm-up-seconds"))),
        given.list("clients").stream().map(Integer::valueOf).toList(),
        given.list("workloads").stream()
            .map(name -> Workload.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')))
            .collect(Collectors.toSet()));
  }

  /** Arguments by name, defaults included. */
  private record Values(Map<String, String> byName) {
    String text(String name) {
      return byName.getOrDefault(name, "");
    }

    List<String> list(String name) {
      return Arrays.stream(text(name).split(",")).filter(item -> !item.isBlank()).toList();
    }
  }

  /** A new connection, on the chosen route where one was given. */
  Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(url, properties);
    if (!route.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET omendb.route = '" + route + "'");
      }
    }
    return connection;
  }
}
