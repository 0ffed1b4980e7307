package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.BOOL;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.TEXT;

import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** regexp_replace and its kin. An empty match lies between characters, never within one. */
final class RegexFunctions {
  private static final PgType TEXTS = Objects.requireNonNull(PgTypes.arrayOf(TEXT));

  private RegexFunctions() {}

  static void register(FunctionTable table) {
    table.immutable(
        "regexp_replace",
        TEXT,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> replace(text(a[0]), text(a[1]), text(a[2]), ""));
    table.immutable(
        "regexp_replace",
        TEXT,
        List.of(TEXT, TEXT, TEXT, TEXT),
        (c, a) -> replace(text(a[0]), text(a[1]), text(a[2]), text(a[3])));
    table.immutable(
        "regexp_match", TEXTS, List.of(TEXT, TEXT), (c, a) -> match(text(a[0]), text(a[1]), ""));
    table.immutable(
        "regexp_match",
        TEXTS,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> match(text(a[0]), text(a[1]), withoutGlobal(text(a[2]), "regexp_match")));
    table.immutable(
        "regexp_like",
        BOOL,
        List.of(TEXT, TEXT),
        (c, a) -> matcher(text(a[0]), text(a[1]), "").find());
    table.immutable(
        "regexp_like",
        BOOL,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> matcher(text(a[0]), text(a[1]), withoutGlobal(text(a[2]), "regexp_like")).find());
    table.immutable(
        "regexp_count", INT4, List.of(TEXT, TEXT), (c, a) -> count(text(a[0]), text(a[1])));
    table.immutable(
        "regexp_substr", TEXT, List.of(TEXT, TEXT), (c, a) -> piece(text(a[0]), text(a[1])));
  }

  private static String text(Object value) {
    return (String) value;
  }

  private static Matcher matcher(String text, String pattern, String flags) {
    boolean ignoreCase = false;
    for (int i = 0; i < flags.length(); i++) {
      switch (flags.charAt(i)) {
        case 'g', 's' -> {}
        case 'i' -> ignoreCase = true;
        case 'c' -> ignoreCase = false;
        case 'n', 'm', 'p', 'w', 'x', 'q', 'e', 'b', 't' ->
            throw Errors.notSupported(
                "the regular expression option \"%s\"".formatted(flags.charAt(i)));
        default ->
            throw Errors.invalidParameter(
                "invalid regular expression option: \"%s\"".formatted(flags.charAt(i)));
      }
    }
    Pattern compiled = Patterns.regexPattern(pattern, ignoreCase);
    return compiled.matcher(text);
  }

  private static String withoutGlobal(String flags, String function) {
    if (flags.indexOf('g') >= 0) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "%s() does not support the \"global\" option".formatted(function));
    }
    return flags;
  }

  private static boolean withinCharacter(Matcher matcher, String text) {
    int at = matcher.start();
    return at == matcher.end()
        && at > 0
        && at < text.length()
        && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
  }

  private static String replace(String text, String pattern, String replacement, String flags) {
    Matcher matcher = matcher(text, pattern, flags);
    boolean all = flags.indexOf('g') >= 0;
    StringBuilder out = new StringBuilder();
    int from = 0;
    while (matcher.find()) {
      if (withinCharacter(matcher, text)) {
        continue;
      }
      out.append(text, from, matcher.start());
      append(out, replacement, matcher);
      from = matcher.end();
      if (!all) {
        break;
      }
    }
    return out.append(text, from, text.length()).toString();
  }

  /** \1 to \9 are groups, \& is the match, \\ a backslash; any other one stands for itself. */
  private static void append(StringBuilder out, String replacement, Matcher matcher) {
    for (int i = 0; i < replacement.length(); i++) {
      char c = replacement.charAt(i);
      char next = c == '\\' && i + 1 < replacement.length() ? replacement.charAt(i + 1) : 0;
      if (next >= '1' && next <= '9') {
        int group = next - '0';
        String found = group <= matcher.groupCount() ? matcher.group(group) : null;
        out.append(found == null ? "" : found);
        i++;
      } else if (next == '&') {
        out.append(matcher.group());
        i++;
      } else if (next == '\\') {
        out.append('\\');
        i++;
      } else {
        out.append(c);
      }
    }
  }

  private static @Nullable Object match(String text, String pattern, String flags) {
    Matcher matcher = matcher(text, pattern, flags);
    if (!matcher.find()) {
      return null;
    }
    List<@Nullable Object> groups = new ArrayList<>();
    for (int i = 1; i <= matcher.groupCount(); i++) {
      groups.add(matcher.group(i));
    }
    if (groups.isEmpty()) {
      groups.add(matcher.group());
    }
    return Collections.unmodifiableList(groups);
  }

  private static int count(String text, String pattern) {
    Matcher matcher = matcher(text, pattern, "");
    int count = 0;
    while (matcher.find()) {
      count += withinCharacter(matcher, text) ? 0 : 1;
    }
    return count;
  }

  private static @Nullable String piece(String text, String pattern) {
    Matcher matcher = matcher(text, pattern, "");
    return matcher.find() ? matcher.group() : null;
  }
}
