package io.omendb.bench.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each set of keys is one-to-one: a missing key is really missing. */
class KeySetTest {

  private static final int COUNT = 1_000_000;

  @ParameterizedTest
  @EnumSource
  void presentAndMissingKeysAreAllDifferent(KeySet keySet) {
    long[] keys = new long[2 * COUNT];
    for (int i = 0; i < COUNT; i++) {
      keys[2 * i] = asLong(keySet.key(i));
      keys[2 * i + 1] = asLong(keySet.key(KeySet.MISSING + i));
    }
    Arrays.sort(keys);
    for (int i = 1; i < keys.length; i++) {
      assertThat(keys[i] == keys[i - 1]).as("%s: a key occurs twice", keySet).isFalse();
    }
  }

  /** Itself, or a hash of 64 bits: two different ones out of two million all but never meet. */
  private static long asLong(Object key) {
    if (key instanceof Long number) {
      return number;
    }
    long hash = 0;
    String text = (String) key;
    for (int i = 0; i < text.length(); i++) {
      hash = Scatter.mix(hash * 31 + text.charAt(i) + 1);
    }
    return hash;
  }
}
