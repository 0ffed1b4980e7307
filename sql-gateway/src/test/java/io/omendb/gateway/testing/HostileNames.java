package io.omendb.gateway.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Names of at most 63 bytes that SQL accepts and that something below it might not. */
public final class HostileNames {

  private static final int BYTES_MAX = 63;

  private static final List<String> KNOWN =
      List.of(
          "a\\b",
          "a\"b",
          "{x}",
          "<x>",
          "[x]",
          "a|b",
          "a^b",
          "$x",
          "$row",
          "`",
          "a`b",
          "'",
          "..",
          ".",
          "/",
          "a/b",
          "/etc",
          "a.",
          ".a",
          "a.b",
          "%2e%2e",
          "%00",
          "%",
          "a%zzb",
          "a b",
          " ",
          "a ",
          "?",
          "#",
          "a#b?c",
          "~",
          ";",
          "--",
          "/*",
          "\n",
          "a\r\nb",
          "\t",
          "\u0001",
          "\u007f",
          "\u0085",
          "\u2028",
          "A",
          "a",
          "\u00c5",
          "\u212b",
          "A\u030a",
          "1a",
          "_1a",
          "a_x20b",
          "a_x20_b",
          "_x",
          "_x5C_",
          "_x_",
          "İ",
          "ı",
          "ß",
          "SS",
          "\uFEFF",
          "\u202E",
          "a\u00a0b",
          "\uD83D\uDE80",
          "con",
          "NUL",
          "data",
          "metadata",
          "snapshots",
          "files",
          "c0",
          "f0",
          "\uFFFD",
          "\uFFFF",
          "a".repeat(63),
          "\\".repeat(63),
          "好".repeat(21));

  /** All characters but NUL, by category; no half of a surrogate pair. */
  private static final List<int[]> BY_CATEGORY =
      List.copyOf(
          IntStream.rangeClosed(1, Character.MAX_CODE_POINT)
              .filter(c -> Character.getType(c) != Character.SURROGATE)
              .boxed()
              .collect(
                  Collectors.groupingBy(
                      Character::getType,
                      TreeMap::new,
                      Collectors.collectingAndThen(
                          Collectors.toList(),
                          list -> list.stream().mapToInt(Integer::intValue).toArray())))
              .values());

  private HostileNames() {}

  public static String next(Random random) {
    int kind = random.nextInt(4);
    if (kind == 0) {
      return KNOWN.get(random.nextInt(KNOWN.size()));
    }
    StringBuilder name = new StringBuilder();
    int length = kind == 1 ? 1 + random.nextInt(4) : 1 + random.nextInt(BYTES_MAX);
    while (name.length() < length) {
      name.appendCodePoint(kind == 2 ? 1 + random.nextInt(127) : character(random));
    }
    while (name.toString().getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
      name.setLength(name.offsetByCodePoints(name.length(), -1));
    }
    return name.toString();
  }

  /** Of each of Unicode's categories about as often, but no half of a surrogate pair. */
  private static int character(Random random) {
    int[] characters = BY_CATEGORY.get(random.nextInt(BY_CATEGORY.size()));
    return characters[random.nextInt(characters.length)];
  }
}
