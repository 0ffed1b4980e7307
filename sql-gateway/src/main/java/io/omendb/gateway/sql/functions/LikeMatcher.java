package io.omendb.gateway.sql.functions;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;

/**
 * LIKE. Walks text and pattern side by side and tries again behind each {@code %}; the end of the
 * text ends every attempt, so that the work is bounded by text times pattern for patterns with one
 * {@code %} and stays far from exponential for any. As in PostgreSQL, an escape character at the
 * pattern's end is an error only where matching arrives at it.
 */
final class LikeMatcher {
  private enum Outcome {
    MATCH,
    MISMATCH,
    /** No later start can match either. */
    EXHAUSTED
  }

  private final String text;
  private final String pattern;

  /** -1 for none. */
  private final int escape;

  private LikeMatcher(String text, String pattern, int escape) {
    this.text = text;
    this.pattern = pattern;
    this.escape = escape;
  }

  /** {@code escape} is the escape character, -1 for none. */
  static boolean matches(String text, String pattern, int escape) {
    return new LikeMatcher(text, pattern, escape).match(0, 0) == Outcome.MATCH;
  }

  private Outcome match(int textStart, int patternStart) {
    int t = textStart;
    int p = patternStart;
    while (t < text.length() && p < pattern.length()) {
      char c = pattern.charAt(p);
      if (c == escape) {
        c = escaped(++p);
      } else if (c == '%') {
        return matchRest(t, p + 1);
      } else if (c == '_') {
        t = after(t);
        p++;
        continue;
      }
      if (c != text.charAt(t)) {
        return Outcome.MISMATCH;
      }
      t++;
      p++;
    }
    if (t < text.length()) {
      return Outcome.MISMATCH;
    }
    while (p < pattern.length() && pattern.charAt(p) == '%' && escape != '%') {
      p++;
    }
    return p == pattern.length() ? Outcome.MATCH : Outcome.EXHAUSTED;
  }

  /** What follows a {@code %}. */
  private Outcome matchRest(int textStart, int patternStart) {
    int t = textStart;
    int p = patternStart;
    while (p < pattern.length()) {
      char c = pattern.charAt(p);
      if (c == escape || (c != '%' && c != '_')) {
        break;
      }
      if (c == '_') {
        if (t >= text.length()) {
          return Outcome.EXHAUSTED;
        }
        t = after(t);
      }
      p++;
    }
    if (p == pattern.length()) {
      return Outcome.MATCH;
    }
    char first = pattern.charAt(p) == escape ? escaped(p + 1) : pattern.charAt(p);
    for (; t < text.length(); t++) {
      if (text.charAt(t) == first) {
        Outcome outcome = match(t, p);
        if (outcome != Outcome.MISMATCH) {
          return outcome;
        }
      }
    }
    return Outcome.EXHAUSTED;
  }

  private char escaped(int p) {
    if (p >= pattern.length()) {
      throw new OmenException(
          ErrorCode.INVALID_ESCAPE_SEQUENCE, "LIKE pattern must not end with escape character");
    }
    return pattern.charAt(p);
  }

  /** The index after the character there. */
  private int after(int t) {
    return t + Character.charCount(text.codePointAt(t));
  }
}
