package io.omendb.lake.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Names that SQL accepts, as identifiers of a catalog. */
class LakeNamesTest {

  private static final Pattern ESCAPE = Pattern.compile("_x([0-9A-F]{1,6})_");

  @Test
  void anOrdinaryNameStandsForItself() {
    for (String name : new String[] {"orders", "Order_Items2", "_a", "1st", "größe", "订单", "x_y"}) {
      assertThat(LakeNames.escape(name)).isEqualTo(name);
    }
  }

  @Test
  void whatACatalogOrAPathCannotHoldIsSpelledOut() {
    assertThat(LakeNames.escape("a\\b")).isEqualTo("a_x5C_b");
    assertThat(LakeNames.escape("..")).isEqualTo("_x2E__x2E_");
    assertThat(LakeNames.escape("a/b$ \"'\u0001")).isEqualTo("a_x2F_b_x24__x20__x22__x27__x1_");
    assertThat(LakeNames.escape("a_x5C_b")).isEqualTo("a_x5F_x5C_b");
    assertThat(LakeNames.escape("\uD83D\uDE80")).isEqualTo("_x1F680_");
  }

  /** Also of lengths at which identifiers are cut. */
  @Test
  void differentNamesAreDifferentIdentifiersAndComeBack() {
    long seed = Long.getLong("omendb.test.seed", System.nanoTime());
    System.out.println("LakeNamesTest seed " + seed);
    Random random = new Random(seed);
    Map<String, String> nameOf = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      String name = HostileNames.next(random);
      String escaped = LakeNames.escape(name);
      assertThat(escaped)
          .hasSizeBetween(1, LakeNames.LENGTH_MAX)
          .doesNotContainPattern("[^\\p{L}0-9_]");
      String former = nameOf.putIfAbsent(escaped, name);
      assertThat(former == null || former.equals(name))
          .as("seed %d: %s and %s are both %s", seed, former, name, escaped)
          .isTrue();
      if (!escaped.contains("_x_")) {
        assertThat(unescape(escaped)).as("seed %d", seed).isEqualTo(name);
      }
    }
  }

  private static String unescape(String escaped) {
    Matcher escapes = ESCAPE.matcher(escaped);
    StringBuilder name = new StringBuilder();
    while (escapes.find()) {
      String character = Character.toString(Integer.parseInt(escapes.group(1), 16));
      escapes.appendReplacement(name, Matcher.quoteReplacement(character));
    }
    return escapes.appendTail(name).toString();
  }
}
