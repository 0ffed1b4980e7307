package io.omendb.state.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A blocked Bloom filter: all bits of a key lie in one 512-bit block, so a test touches one cache
 * line. About 1 % false positives at 10 bits per key. Built by one thread, then immutable.
 */
final class RunFilter {

  private static final int WORDS_PER_BLOCK = 8;

  private final int probeCount;
  private final int blockCount;
  private final long[] words;

  private RunFilter(int probeCount, long[] words) {
    this.probeCount = probeCount;
    this.words = words;
    this.blockCount = words.length / WORDS_PER_BLOCK;
  }

  /** An empty filter for up to {@code keyCount} keys. */
  static RunFilter create(long keyCount, int bitsPerKey) {
    long bits = Math.max(1, keyCount) * bitsPerKey;
    long blocks = Math.min((bits + 511) / 512, Integer.MAX_VALUE / WORDS_PER_BLOCK - 1);
    int probes = Math.max(1, Math.min(8, (int) Math.round(bitsPerKey * 0.69)));
    return new RunFilter(probes, new long[(int) blocks * WORDS_PER_BLOCK]);
  }

  void add(long hash) {
    int base = base(hash);
    int step = step(hash);
    int bit = (int) hash;
    for (int i = 0; i < probeCount; i++, bit += step) {
      words[base + ((bit >>> 6) & 7)] |= 1L << bit;
    }
  }

  boolean mayContain(long hash) {
    int base = base(hash);
    int step = step(hash);
    int bit = (int) hash;
    for (int i = 0; i < probeCount; i++, bit += step) {
      if ((words[base + ((bit >>> 6) & 7)] & (1L << bit)) == 0) {
        return false;
      }
    }
    return true;
  }

  long memoryBytes() {
    return (long) Long.BYTES * words.length;
  }

  private int base(long hash) {
    return (int) (((hash >>> 32) * blockCount) >>> 32) * WORDS_PER_BLOCK;
  }

  /** Odd, so that the probes of one key differ; from bits that neither base nor start uses much. */
  private static int step(long hash) {
    return (int) (hash >>> 9) | 1;
  }

  /** Big-endian: i32 probes, i32 words, then the words as i64. */
  byte[] encode() {
    byte[] encoded = new byte[8 + words.length * Long.BYTES];
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    bytes.putInt(probeCount).putInt(words.length);
    for (long word : words) {
      bytes.putLong(word);
    }
    return encoded;
  }

  /** Reads what {@link #encode} wrote; null if the lengths do not fit together. */
  static @Nullable RunFilter decode(ByteBuffer bytes) {
    if (bytes.remaining() < 8) {
      return null;
    }
    int probeCount = bytes.getInt();
    int wordCount = bytes.getInt();
    if (probeCount < 1
        || probeCount > 8
        || wordCount < WORDS_PER_BLOCK
        || wordCount % WORDS_PER_BLOCK != 0
        || (long) wordCount * Long.BYTES != bytes.remaining()) {
      return null;
    }
    long[] words = new long[wordCount];
    bytes.asLongBuffer().get(words);
    return new RunFilter(probeCount, words);
  }
}
