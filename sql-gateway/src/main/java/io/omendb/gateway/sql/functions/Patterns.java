package io.omendb.gateway.sql.functions;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.Locale;
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
    return like(text, pattern, '\\', ignoreCase);
  }

  static boolean like(String text, String pattern, String escape, boolean ignoreCase) {
    if (escape.codePointCount(0, escape.length()) > 1) {
      throw new OmenException(ErrorCode.INVALID_ESCAPE_SEQUENCE, "invalid escape string");
    }
    if (escape.length() > 1) {
      throw Errors.notSupported("an escape character beyond the basic plane");
    }
    return like(text, pattern, escape.isEmpty() ? -1 : escape.charAt(0), ignoreCase);
  }

  private static boolean like(String text, String pattern, int escape, boolean ignoreCase) {
    return ignoreCase
        ? LikeMatcher.matches(
            text.toLowerCase(Locale.ROOT), pattern.toLowerCase(Locale.ROOT), escape)
        : LikeMatcher.matches(text, pattern, escape);
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
