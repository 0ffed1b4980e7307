package io.omendb.gateway.session;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The start-up message's {@code options}: command-line arguments of PostgreSQL's server, of which
 * settings are understood: {@code -c name=value}, {@code -cname=value} and {@code --name=value}.
 * Arguments are separated by spaces; a backslash keeps the next character as it is.
 */
final class StartupOptions {
  private StartupOptions() {}

  /** The settings in their order; SYNTAX_ERROR for any other argument. */
  static Map<String, String> settings(String options) {
    Map<String, String> settings = new LinkedHashMap<>();
    List<String> arguments = split(options);
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("-c") && i + 1 < arguments.size()) {
        i++;
        put(settings, arguments.get(i), argument);
      } else if (argument.startsWith("-c")) {
        put(settings, argument.substring(2), argument);
      } else if (argument.startsWith("--")) {
        put(settings, argument.substring(2), argument);
      } else {
        throw invalid(argument);
      }
    }
    return settings;
  }

  private static void put(Map<String, String> settings, String assignment, String argument) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw invalid(argument);
    }
    settings.put(
        assignment.substring(0, equals).replace('-', '_'), assignment.substring(equals + 1));
  }

  private static List<String> split(String options) {
    List<String> arguments = new ArrayList<>();
    StringBuilder current = new StringBuilder();
    boolean inArgument = false;
    for (int i = 0; i < options.length(); i++) {
      char c = options.charAt(i);
      if (Character.isWhitespace(c)) {
        if (inArgument) {
          arguments.add(current.toString());
          current.setLength(0);
        }
        inArgument = false;
        continue;
      }
      inArgument = true;
      boolean escapes = c == '\\' && i + 1 < options.length();
      if (escapes) {
        i++;
      }
      current.append(options.charAt(i));
    }
    if (inArgument) {
      arguments.add(current.toString());
    }
    return arguments;
  }

  private static OmenException invalid(String argument) {
    return new OmenException(
        ErrorCode.SYNTAX_ERROR,
        "invalid command-line argument for server process: %s".formatted(argument));
  }
}
