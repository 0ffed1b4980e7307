package io.omendb.gateway.sql.functions;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * LIKE and regular expressions. POSIX expressions run on Java's engine, whose syntax agrees in what
 * applications use; {@code (?i)} and its kin work in both.
 */
final class Patterns {
  private static final int CACHED_MAX = 512;
  private static final Map<String, Pattern> CACHE = new ConcurrentHashMap<>();

  private Patterns() {}

  static boolean like(String text, String pattern, boolean ignoreCase) {
    return likePattern(pattern, '\\', ignoreCase).matcher(text).matches();
  }

  static boolean like(String text, String pattern, String escape, boolean ignoreCase) {
    if (escape.length() > 1) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid escape string: must be empty or one character");
    }
    char character = escape.isEmpty() ? 0 : escape.charAt(0);
    return likePattern(pattern, character, ignoreCase).matcher(text).matches();
  }

  private static Pattern likePattern(String pattern, char escape, boolean ignoreCase) {
    String key = "L" + escape + (ignoreCase ? 'i' : 'c') + pattern;
    Pattern cached = CACHE.get(key);
    return cached != null ? cached : cache(key, compileLike(pattern, escape, ignoreCase));
  }

  private static Pattern compileLike(String pattern, char escape, boolean ignoreCase) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (escape != 0 && c == escape) {
        if (++i == pattern.length()) {
          throw new OmenException(
              ErrorCode.INVALID_PARAMETER_VALUE, "LIKE pattern must not end with escape character");
        }
        regex.append(Pattern.quote(String.valueOf(pattern.charAt(i))));
      } else if (c == '%') {
        regex.append(".*");
      } else if (c == '_') {
        regex.append('.');
      } else if (Character.isLetterOrDigit(c) || c == ' ') {
        regex.append(c);
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    int flags = Pattern.DOTALL | (ignoreCase ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0);
    return Pattern.compile(regex.toString(), flags);
  }

  static boolean regex(String text, String pattern, boolean ignoreCase) {
    return regexPattern(pattern, ignoreCase).matcher(text).find();
  }

  static Pattern regexPattern(String pattern, boolean ignoreCase) {
    String key = "R" + (ignoreCase ? 'i' : 'c') + pattern;
    Pattern cached = CACHE.get(key);
    if (cached != null) {
      return cached;
    }
    try {
      int flags = ignoreCase ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
      return cache(key, Pattern.compile(pattern, flags));
    } catch (PatternSyntaxException e) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE, "invalid regular expression: " + e.getDescription());
    }
  }

  private static Pattern cache(String key, Pattern pattern) {
    if (CACHE.size() >= CACHED_MAX) {
      CACHE.clear();
    }
    CACHE.put(key, pattern);
    return pattern;
  }
}
