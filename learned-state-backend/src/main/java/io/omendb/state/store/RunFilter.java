package io.omendb.state.store;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A blocked Bloom filter: all bits of a key lie in one 512-bit block, so a test touches one cache
 * line. About 1 % false positives at 10 bits per key. Built by one thread, then immutable; a filter
 * of a file is read where its bytes lie.
 *
 * <pre>
 * i32 probes per key | i32 words | 56 zero bytes | i64 word[words], bit 0 being the lowest
 * </pre>
 */
final class RunFilter {

  private static final int WORDS_PER_BLOCK = 8;

  /** One block, so that where the bytes are aligned the blocks are. */
  private static final int WORDS_OFFSET = 64;

  private static final int BLOCK_SHIFT = 6;

  private final int probeCount;
  private final int blockCount;
  private final ByteBuffer bytes;

  private RunFilter(int probeCount, int blockCount, ByteBuffer bytes) {
    this.probeCount = probeCount;
    this.blockCount = blockCount;
    this.bytes = bytes;
  }

  /** An empty filter for up to {@code keyCount} keys. */
  static RunFilter create(long keyCount, int bitsPerKey) {
    long bits = Math.max(1, keyCount) * bitsPerKey;
    int blocksMax = (Integer.MAX_VALUE >>> BLOCK_SHIFT) - 2;
    int blocks = (int) Math.min((bits + 511) / 512, blocksMax);
    int probes = Math.max(1, Math.min(8, (int) Math.round(bitsPerKey * 0.69)));
    ByteBuffer bytes = ByteBuffer.allocate(WORDS_OFFSET + (blocks << BLOCK_SHIFT));
    bytes.putInt(0, probes).putInt(4, blocks * WORDS_PER_BLOCK);
    return new RunFilter(probes, blocks, bytes);
  }

  void add(long hash) {
    int base = base(hash);
    int step = step(hash);
    int bit = (int) hash;
    for (int i = 0; i < probeCount; i++, bit += step) {
      int word = word(base, bit);
      bytes.putLong(word, bytes.getLong(word) | 1L << bit);
    }
  }

  boolean mayContain(long hash) {
    int base = base(hash);
    int step = step(hash);
    int bit = (int) hash;
    for (int i = 0; i < probeCount; i++, bit += step) {
      if ((bytes.getLong(word(base, bit)) & (1L << bit)) == 0) {
        return false;
      }
    }
    return true;
  }

  long memoryBytes() {
    return (long) blockCount << BLOCK_SHIFT;
  }

  /** Where the key's block starts. */
  private int base(long hash) {
    return WORDS_OFFSET + ((int) (((hash >>> 32) * blockCount) >>> 32) << BLOCK_SHIFT);
  }

  /** Where the word of a bit starts, whose number's bits 6 to 8 tell it. */
  private static int word(int base, int bit) {
    return base + ((bit >>> 3) & 0x38);
  }

  /** Odd, so that the probes of one key differ; from bits that neither base nor start uses much. */
  private static int step(long hash) {
    return (int) (hash >>> 9) | 1;
  }

  /** All bytes, of a filter that was created. */
  ByteBuffer encoded() {
    return bytes.duplicate().clear();
  }

  /** Takes over the bytes of a filter; null if the lengths do not fit together. */
  static @Nullable RunFilter of(ByteBuffer bytes) {
    if (bytes.capacity() < WORDS_OFFSET) {
      return null;
    }
    int probeCount = bytes.getInt(0);
    int wordCount = bytes.getInt(4);
    if (probeCount < 1
        || probeCount > 8
        || wordCount < WORDS_PER_BLOCK
        || wordCount % WORDS_PER_BLOCK != 0
        || (long) wordCount * Long.BYTES != bytes.capacity() - WORDS_OFFSET) {
      return null;
    }
    return new RunFilter(probeCount, wordCount / WORDS_PER_BLOCK, bytes);
  }
}
