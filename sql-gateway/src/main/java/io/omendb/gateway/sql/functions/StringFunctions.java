package io.omendb.gateway.sql.functions;

import static io.omendb.gateway.types.PgTypes.BOOL;
import static io.omendb.gateway.types.PgTypes.BPCHAR;
import static io.omendb.gateway.types.PgTypes.INT4;
import static io.omendb.gateway.types.PgTypes.INT8;
import static io.omendb.gateway.types.PgTypes.TEXT;

import io.omendb.gateway.sql.functions.PgFunction.Volatility;
import io.omendb.gateway.types.PgType;
import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Functions on text. Positions and lengths count characters (code points). */
final class StringFunctions {
  /** What a value may have of the heap at most: some of them are made at once. */
  private static final int RESULT_CHARACTERS_MAX =
      (int) Math.min(100_000_000, Runtime.getRuntime().maxMemory() / 64);

  private StringFunctions() {}

  static void register(FunctionTable table) {
    lengths(table);
    pieces(table);
    matching(table);
    ByteFunctions.register(table);
    RegexFunctions.register(table);
    table.immutable("lower", TEXT, List.of(TEXT), (c, a) -> text(a[0]).toLowerCase(Locale.ROOT));
    table.immutable("upper", TEXT, List.of(TEXT), (c, a) -> text(a[0]).toUpperCase(Locale.ROOT));
    table.immutable("normalize", TEXT, List.of(TEXT), (c, a) -> normalized(text(a[0]), "nfc"));
    table.immutable(
        "normalize", TEXT, List.of(TEXT, TEXT), (c, a) -> normalized(text(a[0]), text(a[1])));
    table.immutable("initcap", TEXT, List.of(TEXT), (c, a) -> initcap(text(a[0])));
    table.immutable(
        "reverse",
        TEXT,
        List.of(TEXT),
        (c, a) -> new StringBuilder(text(a[0])).reverse().toString());
    table.immutable(
        "ascii",
        INT4,
        List.of(TEXT),
        (c, a) -> text(a[0]).isEmpty() ? 0 : text(a[0]).codePointAt(0));
    table.immutable("chr", TEXT, List.of(INT4), (c, a) -> chr((Integer) a[0]));
    table.immutable(
        "replace",
        TEXT,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> replace(text(a[0]), text(a[1]), text(a[2])));
    table.immutable(
        "translate",
        TEXT,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> translate(text(a[0]), text(a[1]), text(a[2])));
    table.immutable(
        "repeat", TEXT, List.of(TEXT, INT4), (c, a) -> repeat(text(a[0]), (Integer) a[1]));
    table.immutable("to_hex", TEXT, List.of(INT4), (c, a) -> Integer.toHexString((Integer) a[0]));
    table.immutable("to_hex", TEXT, List.of(INT8), (c, a) -> Long.toHexString((Long) a[0]));
    table.immutable("quote_ident", TEXT, List.of(TEXT), (c, a) -> quoteName(text(a[0])));
    table.immutable("quote_literal", TEXT, List.of(TEXT), (c, a) -> quoteLiteral(text(a[0])));
    table.immutable("boolout", TEXT, List.of(BOOL), (c, a) -> (Boolean) a[0] ? "t" : "f");
    table.immutable("textcat", TEXT, List.of(TEXT, TEXT), (c, a) -> text(a[0]) + text(a[1]));
    table.immutable("bpchar_text", TEXT, List.of(BPCHAR), (c, a) -> trimEnd(text(a[0])));
    table.immutable(
        "varchar", TEXT, List.of(TEXT, INT4), (c, a) -> cut(text(a[0]), (Integer) a[1]));
    table.immutable("bpchar", TEXT, List.of(TEXT, INT4), (c, a) -> pad(text(a[0]), (Integer) a[1]));
  }

  private static void lengths(FunctionTable table) {
    for (String name : List.of("length", "char_length", "character_length")) {
      table.immutable(name, INT4, List.of(TEXT), (c, a) -> length(text(a[0])));
      table.immutable(name, INT4, List.of(BPCHAR), (c, a) -> length(trimEnd(text(a[0]))));
    }
    table.immutable(
        "octet_length",
        INT4,
        List.of(TEXT),
        (c, a) -> text(a[0]).getBytes(StandardCharsets.UTF_8).length);
    table.immutable(
        "octet_length",
        INT4,
        List.of(BPCHAR),
        (c, a) -> text(a[0]).getBytes(StandardCharsets.UTF_8).length);
    table.immutable(
        "bit_length",
        INT4,
        List.of(TEXT),
        (c, a) -> text(a[0]).getBytes(StandardCharsets.UTF_8).length * 8);
    table.immutable(
        "strpos", INT4, List.of(TEXT, TEXT), (c, a) -> position(text(a[0]), text(a[1])));
  }

  private static void pieces(FunctionTable table) {
    for (String name : List.of("substr", "substring")) {
      table.immutable(
          name,
          TEXT,
          List.of(TEXT, INT4),
          (c, a) -> substring(text(a[0]), (Integer) a[1], Long.MAX_VALUE));
      table.immutable(
          name,
          TEXT,
          List.of(TEXT, INT4, INT4),
          (c, a) -> substring(text(a[0]), (Integer) a[1], (Integer) a[2]));
    }
    table.immutable(
        "substring", TEXT, List.of(TEXT, TEXT), (c, a) -> regexPiece(text(a[0]), text(a[1])));
    table.immutable("left", TEXT, List.of(TEXT, INT4), (c, a) -> left(text(a[0]), (Integer) a[1]));
    table.immutable(
        "right", TEXT, List.of(TEXT, INT4), (c, a) -> right(text(a[0]), (Integer) a[1]));
    table.immutable(
        "split_part",
        TEXT,
        List.of(TEXT, TEXT, INT4),
        (c, a) -> splitPart(text(a[0]), text(a[1]), (Integer) a[2]));
    for (String name : List.of("btrim", "ltrim", "rtrim")) {
      boolean start = !name.equals("rtrim");
      boolean end = !name.equals("ltrim");
      table.immutable(name, TEXT, List.of(TEXT), (c, a) -> trim(text(a[0]), " ", start, end));
      table.immutable(
          name, TEXT, List.of(TEXT, TEXT), (c, a) -> trim(text(a[0]), text(a[1]), start, end));
    }
    for (boolean left : new boolean[] {true, false}) {
      String name = left ? "lpad" : "rpad";
      table.immutable(
          name, TEXT, List.of(TEXT, INT4), (c, a) -> padTo(text(a[0]), (Integer) a[1], " ", left));
      table.immutable(
          name,
          TEXT,
          List.of(TEXT, INT4, TEXT),
          (c, a) -> padTo(text(a[0]), (Integer) a[1], text(a[2]), left));
    }
    table.immutable(
        "overlay",
        TEXT,
        List.of(TEXT, TEXT, INT4, INT4),
        (c, a) -> overlay(text(a[0]), text(a[1]), (Integer) a[2], (Integer) a[3]));
  }

  private static void matching(FunctionTable table) {
    table.immutable(
        "like", BOOL, List.of(TEXT, TEXT), (c, a) -> Patterns.like(text(a[0]), text(a[1]), false));
    table.immutable(
        "ilike", BOOL, List.of(TEXT, TEXT), (c, a) -> Patterns.like(text(a[0]), text(a[1]), true));
    table.immutable(
        "like",
        BOOL,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> Patterns.like(text(a[0]), text(a[1]), text(a[2]), false));
    table.immutable(
        "ilike",
        BOOL,
        List.of(TEXT, TEXT, TEXT),
        (c, a) -> Patterns.like(text(a[0]), text(a[1]), text(a[2]), true));
    table.immutable(
        "textregexeq",
        BOOL,
        List.of(TEXT, TEXT),
        (c, a) -> Patterns.regex(text(a[0]), text(a[1]), false));
    table.immutable(
        "texticregexeq",
        BOOL,
        List.of(TEXT, TEXT),
        (c, a) -> Patterns.regex(text(a[0]), text(a[1]), true));
    table.immutable(
        "starts_with", BOOL, List.of(TEXT, TEXT), (c, a) -> text(a[0]).startsWith(text(a[1])));
  }

  /** concat and concat_ws need their arguments as text already. */
  static void registerConcatenation(FunctionTable table) {
    FormatFunction.register(table);
    table.variadicAny("concat", TEXT, List.of(), (c, a) -> join("", a, 0));
    table.variadicAny(
        "concat_ws", TEXT, List.of(TEXT), (c, a) -> a[0] == null ? null : join(text(a[0]), a, 1));
    table.nullable(
        "quote_nullable",
        TEXT,
        List.of(TEXT),
        Volatility.IMMUTABLE,
        (c, a) -> a[0] == null ? "NULL" : quoteLiteral(text(a[0])));
  }

  private static String join(String separator, @Nullable Object[] values, int from) {
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (int i = from; i < values.length; i++) {
      Object value = values[i];
      if (value != null) {
        out.append(first ? "" : separator).append(value);
        first = false;
      }
    }
    return out.toString();
  }

  private static String normalized(String text, String form) {
    try {
      return Normalizer.normalize(text, Normalizer.Form.valueOf(form.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException unknown) {
      throw Errors.invalidParameter("invalid normalization form: " + form);
    }
  }

  private static String text(Object value) {
    return (String) value;
  }

  private static int length(String s) {
    return s.codePointCount(0, s.length());
  }

  static String trimEnd(String s) {
    int end = s.length();
    while (end > 0 && s.charAt(end - 1) == ' ') {
      end--;
    }
    return s.substring(0, end);
  }

  private static String cut(String s, int length) {
    return left(s, length);
  }

  private static String pad(String s, int length) {
    String cut = left(s, length);
    return cut + " ".repeat(Math.max(0, length - length(cut)));
  }

  private static int position(String s, String part) {
    int at = s.indexOf(part);
    return at < 0 ? 0 : s.codePointCount(0, at) + 1;
  }

  /** {@code count} of the largest long: to the end. */
  private static String substring(String s, int start, long count) {
    if (count < 0) {
      throw new OmenException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
    }
    long end = count == Long.MAX_VALUE ? Long.MAX_VALUE : start + count;
    int length = length(s);
    int from = Math.max(start, 1) - 1;
    long to = Math.min(end - 1, length);
    if (from >= to) {
      return "";
    }
    return s.substring(s.offsetByCodePoints(0, from), s.offsetByCodePoints(0, (int) to));
  }

  private static @Nullable String regexPiece(String s, String pattern) {
    Matcher matcher = Patterns.regexPattern(pattern, false).matcher(s);
    if (!matcher.find()) {
      return null;
    }
    return matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
  }

  private static String left(String s, int n) {
    int length = length(s);
    int count = n >= 0 ? Math.min(n, length) : Math.max(0, length + n);
    return s.substring(0, s.offsetByCodePoints(0, count));
  }

  private static String right(String s, int n) {
    int length = length(s);
    int skip = (int) (n >= 0 ? Math.max(0, length - n) : Math.min(length, -(long) n));
    return s.substring(s.offsetByCodePoints(0, skip));
  }

  private static String splitPart(String s, String delimiter, int field) {
    if (field == 0) {
      throw Errors.invalidParameter("field position must not be zero");
    }
    String[] parts = delimiter.isEmpty() ? new String[] {s} : s.split(Pattern.quote(delimiter), -1);
    int index = field > 0 ? field - 1 : parts.length + field;
    return index >= 0 && index < parts.length ? parts[index] : "";
  }

  private static String trim(String s, String characters, boolean start, boolean end) {
    int from = 0;
    int to = s.length();
    while (start && from < to && characters.indexOf(s.codePointAt(from)) >= 0) {
      from += Character.charCount(s.codePointAt(from));
    }
    while (end && to > from && characters.indexOf(s.codePointBefore(to)) >= 0) {
      to -= Character.charCount(s.codePointBefore(to));
    }
    return s.substring(from, to);
  }

  private static String padTo(String s, int width, String fill, boolean left) {
    bounded(width);
    int length = length(s);
    if (width <= length || fill.isEmpty()) {
      return left(s, Math.max(width, 0) < length ? Math.max(width, 0) : length);
    }
    StringBuilder padding = new StringBuilder();
    while (padding.length() < (width - length) * 2 && length(padding.toString()) < width - length) {
      padding.append(fill);
    }
    String exact = left(padding.toString(), width - length);
    return left ? exact + s : s + exact;
  }

  private static void bounded(long characters) {
    if (characters > RESULT_CHARACTERS_MAX) {
      throw new OmenException(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    }
  }

  private static String repeat(String s, int times) {
    bounded((long) s.length() * Math.max(times, 0));
    return s.repeat(Math.max(times, 0));
  }

  private static String replace(String s, String from, String to) {
    return from.isEmpty() ? s : s.replace(from, to);
  }

  private static String translate(String s, String from, String to) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      int at = from.indexOf(c);
      if (at < 0) {
        out.append(c);
      } else if (at < to.length()) {
        out.append(to.charAt(at));
      }
    }
    return out.toString();
  }

  private static String overlay(String s, String piece, int start, int count) {
    if (start <= 0) {
      throw new OmenException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
    }
    long after = (long) start + count;
    if (after != (int) after) {
      throw Errors.outOfRange(INT4);
    }
    return substring(s, 1, start - 1) + piece + substring(s, (int) after, Long.MAX_VALUE);
  }

  private static String initcap(String s) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = Character.isLetterOrDigit(c);
    }
    return out.toString();
  }

  private static String chr(int code) {
    if (code < 0) {
      throw new OmenException(
          ErrorCode.INVALID_PARAMETER_VALUE, "character number must be positive");
    }
    boolean surrogate = code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE;
    if (code == 0 || !Character.isValidCodePoint(code) || surrogate) {
      throw new OmenException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED, "requested character not valid for encoding: " + code);
    }
    return Character.toString(code);
  }

  /** With E'' where there are backslashes. */
  static String quoteLiteral(String text) {
    String quoted = "'" + text.replace("'", "''").replace("\\", "\\\\") + "'";
    return text.indexOf('\\') >= 0 ? "E" + quoted : quoted;
  }

  static String quoteName(String name) {
    boolean plain = !name.isEmpty();
    for (int i = 0; i < name.length() && plain; i++) {
      char c = name.charAt(i);
      plain = (c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9');
    }
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /** For the types that {@code ||} takes as text. */
  static boolean isText(PgType type) {
    return RelTypes.isString(type);
  }
}
