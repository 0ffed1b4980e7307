package io.omendb.gateway.route;

import java.util.Locale;
import java.util.Optional;

/** The values of the setting {@code omendb.route}. */
public enum RouteSetting {
  AUTO,
  STATE,
  FLINK;

  public static Optional<RouteSetting> parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "auto" -> Optional.of(AUTO);
      case "state" -> Optional.of(STATE);
      case "flink" -> Optional.of(FLINK);
      default -> Optional.empty();
    };
  }
}
